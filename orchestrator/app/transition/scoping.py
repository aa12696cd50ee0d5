"""What a gate run is about: whose files, how the whole is served, what environments it needs."""

from __future__ import annotations

from collections.abc import Iterable

from orchestrator.app.measuring.gate import Alone, Wanted
from orchestrator.app.measuring.serving import served
from orchestrator.app.situation.situate import survey_commit
from orchestrator.app.transition.candidate import Candidate
from orchestrator.app.transition.trial import Trial
from orchestrator.core.change.changes import effective, plan_changes
from orchestrator.core.gate.check import Scope, Served
from orchestrator.core.host.edits import AddDependencies
from orchestrator.core.proposal.skill import Proposal
from orchestrator.ports.every import Ports


def scope_of(trial: Trial) -> Scope:
    """Which files are ours, which tests, which requirements.

    Where code leaves, its files are those of the tree before.
    """
    python = sorted(path for path in _ours(trial) if path.endswith(".py"))
    tests_path = f"{trial.proposal.tests}/"
    return Scope(
        package=trial.proposal.package,
        sources=tuple(path for path in python if not path.startswith(tests_path)),
        tests=tuple(path for path in python if path.startswith(tests_path)),
        changed=tuple(sorted(_touched(trial.candidate))),
        requirements=tuple(one.id for one in trial.prepared.story.requirements),
        host_tests=trial.prepared.settings.host_tests or trial.situation.host.test_command,
        verified_by=trial.proposal.requirement_map.host_tests
        if trial.proposal.requirement_map
        else (),
        served=_served(trial),
        acknowledges=trial.proposal.package,
    )


def _touched(candidate: Candidate) -> Iterable[str]:
    """Every file that is ours or that we edited, as far as it is there afterwards."""
    gone = ("delete", "release", "drop")
    return (one.path for one in candidate.managed if one.change not in gone)


def _ours(trial: Trial) -> Iterable[str]:
    if trial.leaves and trial.placed is not None:
        return [one.path for one in trial.placed.manifest.written]
    return trial.candidate.rendered


def _served(trial: Trial) -> Served | None:
    """How the whole is started, under the answers of the pattern that is, or was, put into it."""
    host, renders = trial.situation.host, trial.proposal.renders
    if renders:
        answers = {name: one for render in renders for name, one in render.answers.items()}
        return served(renders[-1].pattern, host, answers)
    patterns = trial.placed.manifest.patterns if trial.placed else ()
    if not patterns:
        return None
    answers = {name: one for used in patterns for name, one in (used.answers or {}).items()}
    return served(patterns[-1].name, host, answers)


def wanted_by(ports: Ports, trial: Trial) -> Wanted:
    """What both environments are made from."""
    after = trial.situation.host.manifest
    if trial.placed is None:
        return Wanted(after, after, _requirements(trial.proposal))
    before = survey_commit(ports, trial.prepared.head).manifest
    if trial.leaves:
        return Wanted(before, after, apart=True)
    return Wanted(before, after, _requirements(trial.proposal), alone=_alone(ports, trial))


def _alone(ports: Ports, trial: Trial) -> Alone | None:
    if trial.placed is None:
        return None
    cut, read = trial.placed.leaving.cut, ports.repository.read
    now = {path: file for path in cut if (file := read(trial.prepared.head, path))}
    changes = effective(plan_changes(cut, now, editable=frozenset(cut)))
    return Alone(changes, trial.situation.host.manifest)


def _requirements(proposal: Proposal) -> tuple[str, ...]:
    return tuple(
        requirement
        for edit in proposal.edits
        if isinstance(edit, AddDependencies)
        for requirement in edit.requirements
    )
