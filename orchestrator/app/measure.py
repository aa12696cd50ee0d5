"""Put a candidate through the gate and store what was seen; decides and publishes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from orchestrator.app.candidate import Candidate
from orchestrator.app.gate import GateRun, Wanted, run_gate, sites
from orchestrator.app.locking import locked
from orchestrator.app.placed import Placed
from orchestrator.app.prepare import Prepared
from orchestrator.app.serving import served
from orchestrator.app.situate import survey_commit
from orchestrator.core.check import CheckResult, Scope
from orchestrator.core.documents import DocsAnswer
from orchestrator.core.edits import AddDependencies
from orchestrator.core.places import OURS
from orchestrator.core.policy import Policy, Verdict
from orchestrator.core.routes import LOCK_FILE
from orchestrator.core.skill import Proposal, Situation
from orchestrator.core.testimony import Testimony, Witness, testify
from orchestrator.core.workflow import Allowed
from orchestrator.ports import Ports


@dataclass(frozen=True)
class Trial:
    """A transition that may be tried: everything that was decided before the gate.

    `documents` were asked for afterwards and decided nothing.
    """

    prepared: Prepared
    allowed: Allowed
    situation: Situation
    proposal: Proposal
    candidate: Candidate
    policy: Policy
    level: str
    documents: tuple[DocsAnswer, ...] = ()
    placed: Placed | None = None


@dataclass(frozen=True)
class Measured:
    """What the gate answered: results by check, the verdict, the tree, and the stored evidence.

    `candidate` is the one that was measured, with what the gate's figures themselves change in the
    tree: the lock of the routes. `network_off` says that no process of the gate could reach more
    than the loopback.
    """

    candidate: Candidate
    results: Mapping[str, CheckResult]
    verdict: Verdict
    git_tree: str
    manifest: str
    testimony: Testimony
    network_off: bool


def measure(ports: Ports, trial: Trial) -> Measured:
    """Run the gate on HEAD with the candidate's changes.

    The subject is that tree without `.orchestrator/` and without the story, and with the lock that
    its listed routes make.
    """
    prepared = trial.prepared
    changes = trial.candidate.changes
    scope = scope_of(trial)
    with sites(ports, prepared.head, changes, _wanted(ports, trial)) as places:
        run = run_gate(
            ports,
            trial.policy,
            trial.level,
            scope,
            places,
            tolerant=prepared.request.mode == "tolerant",
        )
    done = _with_lock(ports, trial, run)
    tree = ports.repository.tree_with(prepared.head, done.changes)
    git_tree, manifest = ports.repository.subject(tree, [OURS, prepared.story_path])
    witness = Witness(git_tree, manifest, scope, trial.policy, run.runs, run.uses)
    return Measured(
        candidate=done,
        results=run.results,
        verdict=run.verdict,
        git_tree=git_tree,
        manifest=manifest,
        testimony=testify(witness, run.results),
        network_off=all(one.network_off for one in run.runs.values()),
    )


def _with_lock(ports: Ports, trial: Trial, run: GateRun) -> Candidate:
    """What leaves takes its lines of the lock along; else the gate's own listing makes it."""
    if trial.proposal.operation == "take out":
        return trial.candidate
    now = ports.repository.read(trial.prepared.head, LOCK_FILE)
    return locked(trial.candidate, now, trial.placed, run)


def scope_of(trial: Trial) -> Scope:
    """Which files are ours, which tests, which requirements."""
    renders = trial.proposal.renders
    answers = {name: one for render in renders for name, one in render.answers.items()}
    python = sorted(path for path in _ours(trial) if path.endswith(".py"))
    tests_path = f"{trial.proposal.tests}/"
    leaves = trial.proposal.operation == "take out"
    return Scope(
        package=trial.proposal.package,
        sources=tuple(path for path in python if not path.startswith(tests_path) and not leaves),
        tests=tuple(path for path in python if path.startswith(tests_path)),
        changed=tuple(sorted(_touched(trial.candidate))),
        requirements=tuple(one.id for one in trial.prepared.story.requirements),
        host_tests=trial.prepared.settings.host_tests or trial.situation.host.test_command,
        verified_by=trial.proposal.requirement_map.host_tests
        if trial.proposal.requirement_map
        else (),
        served=served(renders[-1].pattern, trial.situation.host, answers) if renders else None,
        acknowledges=trial.proposal.package,
    )


def _touched(candidate: Candidate) -> Iterable[str]:
    """Every file that is ours or that we edited, as far as it is there afterwards."""
    gone = ("delete", "release", "drop")
    return (one.path for one in candidate.managed if one.change not in gone)


def _ours(trial: Trial) -> Iterable[str]:
    """The files of ours; of those that leave the tests still count, for they are not the host's."""
    if trial.proposal.operation == "take out" and trial.placed is not None:
        return [one.path for one in trial.placed.manifest.written]
    return trial.candidate.rendered


def _wanted(ports: Ports, trial: Trial) -> Wanted:
    """What both environments are made from."""
    after = trial.situation.host.manifest
    if trial.placed is None:
        return Wanted(after, after, _requirements(trial.proposal))
    before = survey_commit(ports, trial.prepared.head).manifest
    leaves = trial.proposal.operation == "take out"
    return Wanted(before, after, _requirements(trial.proposal), apart=leaves)


def _requirements(proposal: Proposal) -> tuple[str, ...]:
    return tuple(
        requirement
        for edit in proposal.edits
        if isinstance(edit, AddDependencies)
        for requirement in edit.requirements
    )
