"""Put a candidate through the gate and store what was seen; decides and publishes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from orchestrator.app.candidate import Candidate
from orchestrator.app.gate import run_gate, sites
from orchestrator.app.locking import locked
from orchestrator.app.prepare import Prepared
from orchestrator.app.serving import served
from orchestrator.core.changes import Change
from orchestrator.core.check import CheckResult, Scope
from orchestrator.core.documents import DocsAnswer
from orchestrator.core.places import OURS
from orchestrator.core.policy import Policy, Verdict
from orchestrator.core.skill import AddDependencies, Proposal, Situation
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


@dataclass(frozen=True)
class Measured:
    """What the gate answered: results by check, the verdict, the tree, and the stored evidence.

    `network_off` says that no process of the gate could reach more than the loopback. `written` is
    what the gate's figures themselves change in the tree: the lock of the routes.
    """

    results: Mapping[str, CheckResult]
    verdict: Verdict
    git_tree: str
    manifest: str
    testimony: Testimony
    network_off: bool
    written: tuple[Change, ...] = ()


def measure(ports: Ports, trial: Trial) -> Measured:
    """Run the gate on HEAD with the candidate's changes.

    The subject is that tree without `.orchestrator/` and without the story, and with the lock that
    its listed routes make.
    """
    prepared = trial.prepared
    changes = trial.candidate.changes
    scope = scope_of(trial)
    with sites(
        ports, prepared.head, changes, trial.situation.host.manifest, _requirements(trial.proposal)
    ) as places:
        run = run_gate(
            ports,
            trial.policy,
            trial.level,
            scope,
            places,
            tolerant=prepared.request.mode == "tolerant",
        )
    written = locked(ports.repository, prepared.head, run.results, run.runs)
    tree = ports.repository.tree_with(prepared.head, (*changes, *written))
    git_tree, manifest = ports.repository.subject(tree, [OURS, prepared.story_path])
    witness = Witness(git_tree, manifest, scope, trial.policy, run.runs, run.uses)
    return Measured(
        results=run.results,
        verdict=run.verdict,
        git_tree=git_tree,
        manifest=manifest,
        testimony=testify(witness, run.results),
        network_off=all(one.network_off for one in run.runs.values()),
        written=written,
    )


def scope_of(trial: Trial) -> Scope:
    """Which files are ours, which tests, which requirements."""
    renders = trial.proposal.renders
    answers = {name: one for render in renders for name, one in render.answers.items()}
    python = sorted(path for path in trial.candidate.rendered if path.endswith(".py"))
    tests_path = f"{trial.proposal.tests}/"
    return Scope(
        package=trial.proposal.package,
        sources=tuple(path for path in python if not path.startswith(tests_path)),
        tests=tuple(path for path in python if path.startswith(tests_path)),
        changed=tuple(sorted(change.path for change in trial.candidate.changes)),
        requirements=tuple(one.id for one in trial.prepared.story.requirements),
        host_tests=trial.prepared.settings.host_tests or trial.situation.host.test_command,
        verified_by=trial.proposal.requirement_map.host_tests
        if trial.proposal.requirement_map
        else (),
        served=served(renders[-1].pattern, trial.situation.host, answers) if renders else None,
        acknowledges=trial.proposal.package,
    )


def _requirements(proposal: Proposal) -> tuple[str, ...]:
    return tuple(
        requirement
        for edit in proposal.edits
        if isinstance(edit, AddDependencies)
        for requirement in edit.requirements
    )
