"""`exec`: one transition from request to verified record; nothing is written before publishing."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass, replace

from orchestrator.app.situation import roles, rules
from orchestrator.app.situation.edited import apply_edits, with_written_manifest
from orchestrator.app.situation.placed import Placed, find_placed
from orchestrator.app.situation.prepare import Prepared, prepare
from orchestrator.app.situation.situate import situate
from orchestrator.app.situation.view import View
from orchestrator.app.transition import (
    account,
    conflicted,
    consult,
    facts,
    land,
    upgrading,
)
from orchestrator.app.transition.building import build
from orchestrator.app.transition.candidate import refuse_dirty
from orchestrator.app.transition.land import Render
from orchestrator.app.transition.measure import measure
from orchestrator.app.transition.trial import Trial
from orchestrator.core.change.diff import unified
from orchestrator.core.errors import CannotAnswer
from orchestrator.core.gate.check import CheckResult, Outcome
from orchestrator.core.gate.policy import Policy, Verdict
from orchestrator.core.gate.routes import LOCK_FILE
from orchestrator.core.pattern.foreign import Reserved
from orchestrator.core.proposal.skill import Proposal
from orchestrator.core.record.installed import installed
from orchestrator.core.record.record import Record
from orchestrator.core.story.request import Request
from orchestrator.core.story.workflow import Allowed, Blocked, Refused, decide
from orchestrator.ports.every import Ports
from orchestrator.ports.repository import SecretsProvided


@dataclass(frozen=True)
class Planned:
    """A dry run: what would change, what the gate would ask; nothing was written."""

    trial: Trial


@dataclass(frozen=True)
class Stopped:
    """The story may not move: out of order, or inputs are missing."""

    prepared: Prepared
    decision: Blocked | Refused


@dataclass(frozen=True)
class Closed:
    """The gate is closed; nothing was published, the attempt is kept among the runs."""

    record: Record
    verdict: Verdict
    results: Mapping[str, CheckResult]
    attempt: str

    @property
    def cannot_answer(self) -> bool:
        """Say whether it is closed only by what could not be measured."""
        silent = (Outcome.ERRORED, Outcome.NOT_CHECKED)
        return all(one.outcome in silent for one in self.verdict.closed_by)


@dataclass(frozen=True)
class Landed:
    """The story moved: the record, its name, the commit, and what became of the secrets.

    `branch` is what the commit is on; None: HEAD is detached.
    """

    record: Record
    name: str
    commit: str
    branch: str | None
    secrets: SecretsProvided


Ended = Planned | Stopped | Closed | Landed


def execute(ports: Ports, request: Request, *, render: Render, dry_run: bool) -> Ended:
    """Try the transition that the request names; `render` makes a report of a record.

    Raises the errors of its steps. Killed at any time, the working copy is fully old or, after
    `recover`, fully new.
    """
    # A dry run writes nothing, a lock file neither.
    with nullcontext() if dry_run else ports.locks.hold(request.story):
        if not dry_run:
            ports.secrets.keep_promises()
        ports.progress.step("reading the story and the repository")
        prepared = prepare(ports, request)
        early = decide(prepared.workflow, prepared.state, prepared.work, request.mode, {})
        refused = early if isinstance(early, Refused) else roles.refusal(ports, prepared)
        if refused is not None:
            return Stopped(prepared, refused)
        trial = _propose(ports, prepared, dry_run=dry_run)
        if isinstance(trial, Stopped):
            return trial
        asked = trial.proposal.questions
        answers = consult.consult(ports, asked, prepared.settings, dry_run=dry_run)
        trial = replace(trial, documents=answers)
        if dry_run:
            return Planned(trial)
        return _measure(ports, trial, render)


def _propose(ports: Ports, prepared: Prepared, *, dry_run: bool) -> Trial | Stopped:
    placed = _placed(ports, prepared)
    situation = situate(ports, prepared, placed)
    proposal = prepared.skill.propose(situation)
    tree = placed.without if placed else View(ports.repository, prepared.head)
    edited = apply_edits(ports.editor, tree, proposal.edits)
    observations = with_written_manifest(proposal.observations, edited)
    proposal = replace(proposal, observations=observations)
    decision = decide(
        prepared.workflow,
        prepared.state,
        prepared.work,
        prepared.request.mode,
        facts.facts_of(prepared, situation.host, proposal, edited, placed),
    )
    if not isinstance(decision, Allowed):
        return Stopped(prepared, decision)
    ports.environments.refuse(situation.host.manifest)
    built = build(ports, prepared, proposal, edited, placed)
    if built.conflicts:
        gap = conflicted.gap(ports, prepared, built, dry_run=dry_run)
        return Stopped(prepared, Blocked(decision.move, (gap,)))
    if placed and not built.changes and upgrading.is_recorded(prepared, proposal, built, placed):
        return Stopped(prepared, _nothing_to_do(prepared, placed))
    touched = [prepared.story_path, LOCK_FILE, *(one.path for one in built.changes)]
    refuse_dirty(ports, touched)
    branch = land.branch_of(prepared.request)
    ports.publisher.refuse(built.changes, base=prepared.head, branch=branch)
    policy = rules.policy(ports, prepared.head, prepared.settings)
    return Trial(
        prepared=prepared,
        allowed=decision,
        situation=situation,
        proposal=proposal,
        candidate=built,
        policy=rules.for_work(policy, proposal.operation, prepared.inputs),
        level=_level(prepared, policy),
        placed=placed,
    )


def _placed(ports: Ports, prepared: Prepared) -> Placed | None:
    """What the story has put in place; the skill's usual work starts where nothing is."""
    manifest = installed(prepared.history) if prepared.work.operation else None
    reserved = Reserved(prepared.settings.stories)
    if manifest is None:
        return None
    return find_placed(ports, prepared.head, manifest, reserved, prepared.patterns)


def _nothing_to_do(prepared: Prepared, placed: Placed) -> Refused:
    names = " and ".join(f"{one.name} {one.version}" for one in placed.manifest.patterns)
    return Refused(
        f"nothing would change: {prepared.story.id} has what {names} gives",
        "`orchestrator outdated` lists the stories whose pattern has a newer version",
    )


def _measure(ports: Ports, trial: Trial, render: Render) -> Closed | Landed:
    prepared = trial.prepared
    identity = ports.repository.identity()
    measured = measure(ports, trial)
    cited = consult.citations(trial.documents)
    record = account.record_of(ports, trial, measured, identity, cited)
    changes = measured.candidate.changes
    blobs = account.blobs_of(measured, cited)
    if not measured.verdict.passed:
        attempt = land.keep_attempt(ports, record, blobs, unified(changes), render)
        return Closed(record, measured.verdict, measured.results, attempt)
    ports.progress.step("publishing")
    story = (prepared.story_path, prepared.story_raw)
    written = land.changes_of(ports, record, story, blobs, prepared.head, render)
    branch = land.branch_of(prepared.request)
    if trial.leaves and branch is None:
        ports.secrets.promise(trial.proposal.secrets, land.entry_path_of(record))
    commit = ports.publisher.publish(
        [*changes, *written],
        base=prepared.head,
        message=land.message_of(record),
        branch=branch,
    )
    secrets = SecretsProvided(()) if branch else _secrets(ports, trial.proposal)
    on = branch or ports.repository.branch()
    return Landed(record, land.name_of(record), commit, on, secrets)


def _secrets(ports: Ports, proposal: Proposal) -> SecretsProvided:
    if proposal.operation == "take out":
        return ports.secrets.keep_promises()
    return ports.secrets.provide(proposal.secrets)


def _level(prepared: Prepared, policy: Policy) -> str:
    wanted = str(prepared.inputs.get("quality_gate", "comprehensive"))
    if wanted not in policy.levels:
        raise CannotAnswer(
            f"the policy has no level {wanted}", remedy=f"it has {', '.join(policy.levels)}"
        )
    return wanted
