"""`exec`: one transition from request to verified record; nothing is written before publishing."""

from __future__ import annotations

from dataclasses import dataclass

from orchestrator.app import candidate, facts, rules
from orchestrator.app.candidate import Candidate, Edited
from orchestrator.app.gate import GateRun
from orchestrator.app.prepare import Prepared, prepare, situate
from orchestrator.core.errors import CannotAnswer
from orchestrator.core.host import Host
from orchestrator.core.policy import Policy
from orchestrator.core.record import Record
from orchestrator.core.request import Request
from orchestrator.core.skill import Proposal
from orchestrator.core.workflow import Allowed, Blocked, Refused, decide
from orchestrator.ports import Ports, SecretsProvided


@dataclass(frozen=True)
class Planned:
    """A dry run: what would change, what the gate would ask; nothing was written."""

    prepared: Prepared
    allowed: Allowed
    proposal: Proposal
    candidate: Candidate
    policy: Policy
    level: str


@dataclass(frozen=True)
class Stopped:
    """The story may not move: out of order, or inputs are missing."""

    prepared: Prepared
    decision: Blocked | Refused


@dataclass(frozen=True)
class Closed:
    """The gate is closed; nothing was published, the attempt is kept among the runs."""

    record: Record
    gate: GateRun
    attempt: str


@dataclass(frozen=True)
class Landed:
    """The story moved: the record, its name and bytes, the commit, and what became of secrets."""

    record: Record
    name: str
    gate: GateRun
    commit: str
    branch: str | None
    secrets: SecretsProvided


Ended = Planned | Stopped | Closed | Landed


def execute(ports: Ports, request: Request, *, dry_run: bool) -> Ended:
    """Try the transition that the request names. Raises the errors of its steps; kills are safe."""
    with ports.locks.hold(request.story):
        ports.progress.step("reading the story and the repository")
        prepared = prepare(ports, request)
        early = decide(prepared.workflow, prepared.state, request.skill, request.mode, {})
        if isinstance(early, Refused):
            return Stopped(prepared, early)
        return _propose(ports, prepared, dry_run=dry_run)


def _propose(ports: Ports, prepared: Prepared, *, dry_run: bool) -> Ended:
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
    candidate.refuse_dirty(ports, [prepared.story_path, *(c.path for c in built.changes)])
    policy = rules.policy(ports, prepared.head, prepared.settings)
    level = _level(prepared, policy)
    if dry_run:
        return Planned(prepared, decision, proposal, built, policy, level)
    return _measure(ports, _Run(prepared, decision, situation.host, proposal, built, policy, level))


@dataclass(frozen=True)
class _Run:
    prepared: Prepared
    allowed: Allowed
    host: Host
    proposal: Proposal
    built: Candidate
    policy: Policy
    level: str


def _measure(ports: Ports, run: _Run) -> Ended:
    """Gate, record, publish."""
    raise NotImplementedError


def _level(prepared: Prepared, policy: Policy) -> str:
    wanted = str(prepared.inputs.get("quality_gate", "comprehensive"))
    if wanted not in policy.levels:
        raise CannotAnswer(
            f"the policy has no level {wanted}", remedy=f"it has {', '.join(policy.levels)}"
        )
    return wanted


__all__ = ["Closed", "Edited", "Ended", "Landed", "Planned", "Stopped", "execute"]
