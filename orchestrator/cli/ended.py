"""How each end of `exec` is said: text, document, exit code; decides nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, assert_never

from orchestrator.app.situation.edited import describe
from orchestrator.app.transition.execute import Closed, Ended, Landed, Planned, Stopped
from orchestrator.app.transition.land import name_of
from orchestrator.app.transition.trial import Trial
from orchestrator.core.change.changes import Change
from orchestrator.core.change.diff import unified
from orchestrator.core.documents.documents import DocsAnswer, how_text
from orchestrator.core.gate.check import Finding, Outcome
from orchestrator.core.gate.policy import Judged
from orchestrator.core.host.host import Observation
from orchestrator.core.search.search import Ranked
from orchestrator.core.story.workflow import Blocked, Refused
from orchestrator.core.text.canonical import sha256
from orchestrator.report.json import (
    diagnostic,
    edit_document,
    exec_document,
    observed,
    stopped_document,
)
from orchestrator.report.phrases import value_text
from orchestrator.report.text import render_report

FINDINGS_SHOWN = 20


@dataclass(frozen=True)
class Said:
    """What a command prints: stdout as `text` or `document`, `line` and `aside` on stderr."""

    text: str
    document: Mapping[str, object]
    code: int = 0
    line: str = ""
    aside: tuple[str, ...] = ()


def answer_of(ended: Ended) -> Said:
    """Say how a transition ended."""
    match ended:
        case Landed():
            return _landed(ended)
        case Closed():
            return _closed(ended)
        case Stopped():
            return _stopped(ended)
        case Planned():
            return _planned(ended)
        case _:
            assert_never(ended)


def _landed(ended: Landed) -> Said:
    where = f"on branch {ended.branch}" if ended.branch else "on no branch: HEAD is detached"
    aside = [f"committed {ended.commit[:12]} {where}"]
    if ended.secrets.written:
        aside.append(f"wrote .env with {', '.join(ended.secrets.written)} (untracked, mode 0600)")
    if ended.secrets.moved_to:
        aside.append(
            f"moved .env, which held nothing but secrets of ours, to {ended.secrets.moved_to}"
        )
    if ended.secrets.because:
        aside.append(ended.secrets.because)
    notes = [diagnostic("secrets", line, severity="info") for line in aside[1:]]
    document = exec_document(
        ended.record,
        outcome="moved",
        name=ended.name,
        commit=ended.commit,
        diagnostics=notes,
    )
    return Said(render_report(ended.record, ended.name), document, aside=tuple(aside))


def _closed(ended: Closed) -> Said:
    name = name_of(ended.record)
    closing = ended.verdict.closed_by
    named = "; ".join(f"{one.condition.id}: {one.reason or one.outcome.value}" for one in closing)
    line = (
        f"the gate could not be measured ({named})\ntry: {mending(closing)}"
        if ended.cannot_answer
        else f"the gate is closed ({named}); the attempt is kept as {ended.attempt}"
    )
    seen = [_finding(check, one) for check, one in _findings(ended)]
    document = exec_document(
        ended.record,
        outcome="not_checked" if ended.cannot_answer else "closed",
        name=name,
        diagnostics=[
            diagnostic(one.condition.id, one.reason or one.outcome.value) for one in closing
        ]
        + seen,
    )
    aside = [f"{one['code']}: {one['target']}: {one['message']}" for one in seen[:FINDINGS_SHOWN]]
    if len(seen) > FINDINGS_SHOWN:
        aside.append(f"… and {len(seen) - FINDINGS_SHOWN} more findings (--json names them all)")
    text = render_report(ended.record, name)
    return Said(text, document, 4 if ended.cannot_answer else 1, line, tuple(aside))


def mending(closing: Sequence[Judged]) -> str:
    """What opens a gate that was not measured; tolerant mode where the policy allows it."""
    if not all(
        one.outcome is Outcome.NOT_CHECKED and one.condition.unmeasured == "risk" for one in closing
    ):
        return "mend what is named, then run again"
    own = any(one.condition.check == "host_tests" for one in closing)
    name = (
        "name tests that need no service as `host_tests:` in orchestrator.yaml, or " if own else ""
    )
    return f"{name}take what is named as a risk: mode=tolerant"


def _condition(one: Judged) -> dict[str, Any]:
    return diagnostic(one.condition.id, one.reason or one.outcome.value)


def _findings(ended: Closed) -> Iterator[tuple[str, Finding]]:
    """What the checks that closed the gate found, the worst first."""
    for check in dict.fromkeys(one.condition.check for one in ended.verdict.closed_by):
        result = ended.results.get(check)
        for one in sorted(result.findings if result else (), key=_weight):
            yield check, one


def _weight(one: Finding) -> tuple[int, str, int]:
    return ("high", "medium", "low").index(one.severity), one.path, one.line


def _finding(check: str, one: Finding) -> dict[str, Any]:
    where = f"{one.path}:{one.line}" if one.line else one.path
    return diagnostic(f"{check}/{one.rule}", one.message, target=where)


def _stopped(ended: Stopped) -> Said:
    decision, prepared = ended.decision, ended.prepared
    gaps = decision.gaps if isinstance(decision, Blocked) else ()
    document = stopped_document(
        story=prepared.story.id,
        skill=prepared.request.skill,
        mode=prepared.request.mode,
        actor=prepared.actor,
        state=prepared.state,
        outcome="blocked" if gaps else "refused",
        missing_inputs=[gap.name for gap in gaps],
        unblock_steps=[gap.unblock for gap in gaps],
        diagnostics=list(_why_stopped(decision)),
    )
    if isinstance(decision, Refused):
        return Said("", document, 1, f"{decision.reason}\ntry: {decision.remedy}")
    line = "\n".join(f"{gap.name}: {gap.because}\ntry: {gap.unblock}" for gap in gaps)
    return Said(str(decision), document, 1, line)


def _why_stopped(decision: Blocked | Refused) -> Iterator[dict[str, object]]:
    if isinstance(decision, Refused):
        yield diagnostic("refused", decision.reason, fix=decision.remedy)
        return
    for gap in decision.gaps:
        yield diagnostic(gap.name, gap.because, fix=gap.unblock)


def _planned(ended: Planned) -> Said:
    trial = ended.trial
    prepared, changes = trial.prepared, trial.candidate.changes
    document = {
        **_about(prepared.story.id, prepared.skill.name, prepared.request.mode),
        "actor": prepared.actor,
        "from": prepared.state,
        "to": trial.allowed.target,
        "outcome": "planned",
        "patterns": [_ranked(trial, one) for one in trial.situation.ranked],
        "observations": [observed(one) for one in _observations(trial)],
        "answers": {name: _answer(trial, name) for name in trial.proposal.origins},
        "origins": dict(trial.proposal.origins),
        "files": [_file(change) for change in changes],
        "edits": [edit_document(one) for _, one in trial.candidate.edited.results],
        "diff": unified(changes),
        "documents": [_asked(one) for one in trial.documents],
        "gate": {
            "level": trial.level,
            "conditions": [one.model_dump() for one in trial.policy.levels[trial.level]],
        },
        "diagnostics": [
            diagnostic(gap.name, gap.because, severity="warning", fix=gap.unblock)
            for gap in trial.allowed.gaps
        ],
    }
    return Said("\n".join(_plan_lines(trial)), document)


def _plan_lines(trial: Trial) -> Iterator[str]:
    prepared, target = trial.prepared, trial.allowed.target
    yield f"PLAN {prepared.story.id}: {prepared.state} -> {target} (nothing written)"
    yield ""
    yield from _found_lines(trial)
    yield ""
    for change in trial.candidate.changes:
        yield f"  {change.kind:<7}{change.path}"
    for _, result in trial.candidate.edited.results:
        yield f"  edit   {describe(result)}"
    for gap in trial.allowed.gaps:
        yield f"  risk   {gap.name}: {gap.because}"
    yield ""
    yield from _gate_lines(trial)
    yield ""
    yield unified(trial.candidate.changes).rstrip("\n")


def _found_lines(trial: Trial) -> Iterator[str]:
    for one in trial.situation.ranked:
        parts = ", ".join(f"{part.id} {part.num}/{part.den}" for part in one.parts)
        chosen = "chosen" if _is_chosen(trial, one) else "not chosen"
        yield f"  pattern {one.pattern}: {chosen}, score {one.score.num}/{one.score.den} ({parts})"
    for seen in _observations(trial):
        place = f" ({seen.place})" if seen.place else ""
        yield f"  {seen.subject}: {seen.decision}, {seen.because}{place}"
    for answer in trial.documents:
        yield f"  documents of {answer.question.library}: note, {how_text(answer)}"
    for name, origin in trial.proposal.origins.items():
        yield f"  answer {name}={_answer(trial, name)} ({origin})"


def _observations(trial: Trial) -> tuple[Observation, ...]:
    return (*trial.proposal.observations, *trial.candidate.observations)


def _is_chosen(trial: Trial, one: Ranked) -> bool:
    return any(render.pattern == one.pattern for render in trial.proposal.renders)


def _ranked(trial: Trial, one: Ranked) -> dict[str, object]:
    return {
        "name": one.pattern,
        "chosen": _is_chosen(trial, one),
        "score": {"num": one.score.num, "den": one.score.den},
        "parts": [{"id": part.id, "num": part.num, "den": part.den} for part in one.parts],
    }


def _asked(answer: DocsAnswer) -> dict[str, object]:
    return {
        "library": answer.question.library,
        "topic": answer.question.topic,
        "how": answer.how,
        "told": how_text(answer),
    }


def _gate_lines(trial: Trial) -> Iterator[str]:
    yield f"GATE {trial.level}"
    for one in trial.policy.levels[trial.level]:
        unit = "%" if one.unit == "percent" else ""
        yield f"  {one.id:<24}{one.metric} {one.op} {one.value}{unit}"


def _answer(trial: Trial, name: str) -> str:
    given = next((one.answers for one in trial.proposal.renders if name in one.answers), {})
    return value_text(given.get(name))


def _about(story: str, skill: str, mode: str) -> dict[str, object]:
    return {"story": story, "skill": skill, "mode": mode}


def _file(change: Change) -> dict[str, object]:
    after = sha256(change.after.content) if change.after else None
    return {"path": change.path, "change": change.kind, "sha256": after}
