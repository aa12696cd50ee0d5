"""Put a candidate through the gate and store what was seen; decides and publishes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from orchestrator.app.measuring.gate import GateRun, run_gate, sites
from orchestrator.app.transition.candidate import Candidate
from orchestrator.app.transition.locking import locked
from orchestrator.app.transition.scoping import scope_of, wanted_by
from orchestrator.app.transition.trial import Trial
from orchestrator.core.gate.check import CheckResult
from orchestrator.core.gate.policy import Verdict
from orchestrator.core.gate.routes import LOCK_FILE
from orchestrator.core.places import OURS
from orchestrator.core.record.testimony import Testimony, Witness, testify
from orchestrator.ports.every import Ports


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
    with sites(ports, prepared.head, changes, wanted_by(ports, trial)) as places:
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
    if trial.leaves:
        return trial.candidate
    now = ports.repository.read(trial.prepared.head, LOCK_FILE)
    return locked(trial.candidate, now, trial.placed, run)
