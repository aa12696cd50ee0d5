"""`exec`: one transition from request to verified record; nothing is written before publishing."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass, replace

from orchestrator.app import account, candidate, consult, facts, land, roles, rules
from orchestrator.app.land import Render
from orchestrator.app.measure import Trial, measure
from orchestrator.app.prepare import Prepared, prepare, situate
from orchestrator.core.check import CheckResult, Outcome
from orchestrator.core.diff import unified
from orchestrator.core.errors import CannotAnswer
from orchestrator.core.policy import Policy, Verdict
from orchestrator.core.record import Record
from orchestrator.core.request import Request
from orchestrator.core.routes import LOCK_FILE
from orchestrator.core.workflow import Allowed, Blocked, Refused, decide
from orchestrator.ports import Ports, SecretsProvided


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
        ports.progress.step("reading the story and the repository")
        prepared = prepare(ports, request)
        early = decide(prepared.workflow, prepared.state, request.skill, request.mode, {})
        refused = early if isinstance(early, Refused) else roles.refusal(ports, prepared)
        if refused is not None:
            return Stopped(prepared, refused)
        trial = _propose(ports, prepared)
        if isinstance(trial, Stopped):
            return trial
        asked = trial.proposal.questions
        answers = consult.consult(ports, asked, prepared.settings, dry_run=dry_run)
        trial = replace(trial, documents=answers)
        if dry_run:
            return Planned(trial)
        return _measure(ports, trial, render)


def _propose(ports: Ports, prepared: Prepared) -> Trial | Stopped:
    situation = situate(ports, prepared)
    proposal = prepared.skill.propose(situation)
    edited = candidate.apply_edits(ports, prepared.head, proposal.edits)
    decision = decide(
        prepared.workflow,
        prepared.state,
        prepared.request.skill,
        prepared.request.mode,
        facts.facts_of(prepared, situation.host, proposal, edited),
    )
    if not isinstance(decision, Allowed):
        return Stopped(prepared, decision)
    ports.progress.step("rendering the pattern")
    built = candidate.build(ports, prepared.head, proposal, edited, prepared.patterns)
    touched = [prepared.story_path, LOCK_FILE, *(one.path for one in built.changes)]
    candidate.refuse_dirty(ports, touched)
    branch = land.branch_of(prepared.request)
    ports.publisher.refuse(built.changes, base=prepared.head, branch=branch)
    policy = rules.policy(ports, prepared.head, prepared.settings)
    return Trial(
        prepared=prepared,
        allowed=decision,
        situation=situation,
        proposal=proposal,
        candidate=built,
        policy=rules.tightened(policy, prepared.inputs),
        level=_level(prepared, policy),
    )


def _measure(ports: Ports, trial: Trial, render: Render) -> Closed | Landed:
    prepared = trial.prepared
    identity = ports.repository.identity()
    measured = measure(ports, trial)
    cited = consult.citations(trial.documents)
    record = account.record_of(ports, trial, measured, identity, cited)
    blobs = {**measured.testimony.blobs, **cited.blobs}
    changes = (*trial.candidate.changes, *measured.written)
    if not measured.verdict.passed:
        attempt = land.keep_attempt(ports, record, blobs, unified(changes), render)
        return Closed(record, measured.verdict, measured.results, attempt)
    ports.progress.step("publishing")
    story = (prepared.story_path, prepared.story_raw)
    written = land.changes_of(ports, record, story, blobs, prepared.head, render)
    branch = land.branch_of(prepared.request)
    commit = ports.publisher.publish(
        [*changes, *written],
        base=prepared.head,
        message=land.message_of(record),
        branch=branch,
    )
    secrets = SecretsProvided(()) if branch else ports.secrets.provide(trial.proposal.secrets)
    on = branch or ports.repository.branch()
    return Landed(record, land.name_of(record), commit, on, secrets)


def _level(prepared: Prepared, policy: Policy) -> str:
    wanted = str(prepared.inputs.get("quality_gate", "comprehensive"))
    if wanted not in policy.levels:
        raise CannotAnswer(
            f"the policy has no level {wanted}", remedy=f"it has {', '.join(policy.levels)}"
        )
    return wanted
