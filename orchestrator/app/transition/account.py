"""Write down a finished transition as a record: every field from data, none from prose."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orchestrator.app.measuring.traced import unverified
from orchestrator.app.situation.prepare import Prepared
from orchestrator.app.transition import land
from orchestrator.app.transition.candidate import Candidate, Managed
from orchestrator.app.transition.consult import Citations
from orchestrator.app.transition.measure import Measured
from orchestrator.app.transition.open_points import follow_ups_of, risks_of
from orchestrator.app.transition.trial import Trial
from orchestrator.core.gate.check import Figure
from orchestrator.core.gate.trace import RequirementMap
from orchestrator.core.host.edits import AddDependencies, EditDone
from orchestrator.core.host.host import Observation
from orchestrator.core.pattern.active import active
from orchestrator.core.pattern.pattern import Pattern
from orchestrator.core.places import POLICY_FILE
from orchestrator.core.record.record import (
    ActorData,
    CheckData,
    DependencyData,
    DocumentData,
    FigureData,
    FileData,
    GateData,
    ObservationData,
    PatternData,
    Record,
    RequirementData,
    SubjectData,
)
from orchestrator.core.record.testimony import check_data, condition_data
from orchestrator.core.search.search import Ranked
from orchestrator.core.story.story import subject_digest
from orchestrator.core.text.canonical import sha256
from orchestrator.ports.every import Ports
from orchestrator.ports.repository import Identity, Repository
from orchestrator.version import VERSION

_LABELS = {"claims", "marks"}


def record_of(
    ports: Ports, trial: Trial, measured: Measured, identity: Identity, cited: Citations
) -> Record:
    """The record of this attempt: a transition when the gate opened, else an attempt that stays."""
    prepared, allowed = trial.prepared, trial.allowed
    proposal, candidate = trial.proposal, measured.candidate
    now = ports.clock.now()
    rendered = [
        active(prepared.patterns[render.pattern], render.answers) for render in proposal.renders
    ]
    answers = {name: one for render in proposal.renders for name, one in render.answers.items()}
    passed = measured.verdict.passed
    return Record(
        schema="story-orchestrator/record/1",
        kind="transition" if passed else "attempt",
        story=prepared.story.id,
        lamport=prepared.history.lamport + 1,
        parents=tuple(prepared.history.heads),
        tag=allowed.move.tag,
        skill=prepared.skill.name,
        title=allowed.move.title if prepared.work.operation else prepared.skill.title,
        mode=prepared.request.mode,
        actor=ActorData(role=prepared.actor, name=identity.name, email=identity.email),
        from_=prepared.state,
        to=allowed.target if passed else prepared.state,
        decided_at=now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        tool={"name": "story-orchestrator", "version": VERSION},
        words=prepared.request.words,
        inputs={k: _text(v) for k, v in prepared.inputs.items() if v is not None},
        answers=_settled(answers, rendered),
        origins=dict(proposal.origins),
        subject=_subject(prepared, measured),
        gate=_gate(measured),
        checks=_checks(measured),
        patterns=tuple(
            _pattern(one, trial.situation.ranked, render.answers)
            for one, render in zip(rendered, proposal.renders, strict=True)
        ),
        requirements=()
        if trial.leaves
        else _requirements(prepared, proposal.requirement_map, measured),
        observations=(
            *map(_observation, (*proposal.observations, *candidate.observations)),
            *cited.observations,
        ),
        documents=(
            *(_documents(rendered) if _asks_for_documents(prepared.inputs) else ()),
            *cited.documents,
        ),
        files=tuple(_file(one, ports.repository) for one in candidate.managed),
        dependencies=_dependencies(candidate),
        risks=risks_of(rendered, trial, measured, answers),
        follow_ups=follow_ups_of(rendered, trial, now),
        next_steps=proposal.next_steps,
        pins=_pins(ports, trial),
        evidence=tuple(sorted(blobs_of(measured, cited))),
        notes=_notes(prepared),
        pristine=candidate.pristine[0] if candidate.pristine else None,
    )


def blobs_of(measured: Measured, cited: Citations) -> Mapping[str, bytes]:
    """All evidence of this attempt by its stored name: the gate's, what is cited, the renders."""
    pristine = dict(filter(None, [measured.candidate.pristine]))
    return {**measured.testimony.blobs, **cited.blobs, **pristine}


def _subject(prepared: Prepared, measured: Measured) -> SubjectData:
    return SubjectData(
        git_tree=measured.git_tree,
        manifest=measured.manifest,
        story=subject_digest(prepared.story_raw, prepared.story_path),
        scope=measured.testimony.scope,
    )


def _checks(measured: Measured) -> tuple[CheckData, ...]:
    return tuple(
        check_data(name, result, measured.testimony.statements[name])
        for name, result in measured.results.items()
    )


def _observation(one: Observation) -> ObservationData:
    return ObservationData(
        subject=one.subject,
        decision=one.decision,
        because=one.because,
        place=str(one.place) if one.place else None,
    )


def _text(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case list() | tuple():
            return "[" + ", ".join(str(item) for item in value) + "]"
        case _:
            return str(value)


def _settled(answers: Mapping[str, Any], patterns: list[Pattern]) -> dict[str, Any]:
    asked = {question.name for pattern in patterns for question in pattern.questions}
    return {name: answers[name] for name in sorted(answers.keys() & asked - _LABELS)}


def _figure(figure: Figure) -> FigureData:
    return FigureData(id=figure.id, num=figure.num, den=figure.den)


def _gate(measured: Measured) -> GateData:
    return GateData(
        level=measured.verdict.level,
        policy=measured.testimony.policy,
        passed=measured.verdict.passed,
        conditions=tuple(condition_data(one) for one in measured.verdict.judged),
    )


def _pattern(
    pattern: Pattern, ranked: tuple[Ranked, ...], answers: Mapping[str, Any]
) -> PatternData:
    rank = next((one for one in ranked if one.pattern == pattern.name), None)
    manifest = pattern.manifest
    return PatternData(
        name=pattern.name,
        id=manifest.id,
        version=manifest.version,
        digest=pattern.digest,
        title=manifest.title,
        score=_figure(rank.score) if rank else FigureData(id="score", num=0, den=None),
        parts=tuple(_figure(part) for part in rank.parts) if rank else (),
        answers=dict(sorted(answers.items())),
    )


def _requirements(
    prepared: Prepared, mapped: RequirementMap | None, measured: Measured
) -> tuple[RequirementData, ...]:
    mapped = mapped or RequirementMap(unmatched=tuple(r.id for r in prepared.story.requirements))
    wanting = unverified(measured.results)
    matches = {match.requirement: match for match in mapped.matches}
    tests = dict(mapped.host_tests)
    return tuple(
        RequirementData(
            id=one.id,
            key=matches[one.id].key if one.id in matches else None,
            score=_figure(matches[one.id].score) if one.id in matches else None,
            host_test=tests.get(one.id),
            status="verified"
            if wanting is not None and one.id not in wanting
            else "claimed"
            if one.id in matches or one.id in tests
            else "unmatched",
        )
        for one in prepared.story.requirements
    )


def _pins(ports: Ports, trial: Trial) -> dict[str, str]:
    """Digests of lock files and of the policy in force, where there are any."""
    manifest = trial.situation.host.manifest
    paths = [*(manifest.lock_files if manifest else ()), POLICY_FILE]
    head = trial.prepared.head
    return dict(land.pins_of((path, ports.repository.read(head, path)) for path in paths))


def _asks_for_documents(inputs: Mapping[str, Any]) -> bool:
    """Documents are cited unless the request says that it wants none."""
    return inputs.get("documentation_retrieval") is not False


def _documents(patterns: list[Pattern]) -> tuple[DocumentData, ...]:
    return tuple(
        DocumentData(
            title=document.title,
            url=document.url,
            claim=document.claim,
            checked_on=document.checked_on.isoformat(),
            origin="pattern",
        )
        for pattern in patterns
        for document in pattern.manifest.documents
    )


def _file(one: Managed, repository: Repository) -> FileData:
    content = one.file.content if one.file else b""
    return FileData(
        path=one.path,
        change=one.change,
        sha256=sha256(content),
        pristine=repository.blob(one.original.after if one.original else content),
        executable=bool(one.file and one.file.executable),
        region=one.region,
    )


def _dependencies(candidate: Candidate) -> tuple[DependencyData, ...]:
    return tuple(
        DependencyData(
            manifest=edit.manifest,
            requirement=requirement,
            added=isinstance(result, EditDone) and requirement in result.added,
        )
        for edit, result in candidate.edited.results
        if isinstance(edit, AddDependencies)
        for requirement in edit.requirements
    )


def _notes(prepared: Prepared) -> tuple[str, ...]:
    notes = ["unsigned: tamper-evident against the last anchor; author not authenticated"]
    notes.append("git hooks were not run for this commit")
    if not prepared.settings.roles:
        notes.append("roles are not enforced: orchestrator.yaml names none")
    return tuple(notes)
