"""Measure a tree and judge it: every command once, every check parsed; publishes nothing."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from orchestrator.core.change.changes import Change
from orchestrator.core.gate.check import Check, CheckResult, Command, Completed, Scope, Tree
from orchestrator.core.gate.policy import Condition, Policy, Verdict, judge
from orchestrator.core.host.host import Manifest
from orchestrator.ports.every import Ports
from orchestrator.ports.running import Environment

LANES = 2
_THRESHOLDS = ("coverage.line", "coverage.branch")


@dataclass(frozen=True)
class Site:
    """A tree to measure and the environment to measure it in."""

    root: Path
    environment: Environment


@dataclass(frozen=True)
class GateRun:
    """What a gate run answered.

    `runs` are the processes by command name, in the order in which they were started; `uses` the
    command names that each check reads.
    """

    results: Mapping[str, CheckResult]
    verdict: Verdict
    runs: Mapping[str, Completed]
    uses: Mapping[str, tuple[str, ...]]

    @property
    def order(self) -> tuple[str, ...]:
        """The command names, as they were started."""
        return tuple(self.runs)

    def read_by(self, check: str) -> Mapping[str, Completed]:
        """The runs that one check reads."""
        return {name: self.runs[name] for name in self.uses[check]}


@dataclass(frozen=True)
class Alone:
    """The host without the module: the changes that take it out, and the manifest that is left."""

    changes: Sequence[Change]
    manifest: Manifest | None


@dataclass(frozen=True)
class Wanted:
    """What the environments of both trees are made from.

    `before` and `after` are the host's manifests, `requirements` what is added. The candidate's
    environment grows out of the base's and moves no version of it; with `apart` it is made by
    itself, so that nothing is there that only the base brought. Where the base has a module of ours
    already, both grow out of the environment of the host `alone`, so that what only the module
    brought may move or leave.
    """

    before: Manifest | None
    after: Manifest | None
    requirements: Sequence[str] = ()
    apart: bool = False
    alone: Alone | None = None


@contextmanager
def sites(
    ports: Ports, rev: str, changes: Sequence[Change], wanted: Wanted, *, base: str | None = None
) -> Iterator[Mapping[Tree, Site]]:
    """Both trees with their environments: `base` (else `rev`) as it is, `rev` with the changes.

    Raises CannotAnswer when an environment cannot be made.
    """
    with (
        ports.scratch.tree(base or rev, ()) as before,
        ports.scratch.tree(rev, changes) as after,
    ):
        ports.progress.step("environment of the host")
        host = _alone(ports, base or rev, wanted.alone) if wanted.alone else None
        own = ports.environments.prepare(before, wanted.before, (), within=host)
        ports.progress.step("environment with what is added")
        within = None if wanted.apart else host or own
        wider = ports.environments.prepare(after, wanted.after, wanted.requirements, within=within)
        yield {"base": Site(before, own), "candidate": Site(after, wider)}


def _alone(ports: Ports, rev: str, alone: Alone) -> Environment:
    with ports.scratch.tree(rev, alone.changes) as tree:
        return ports.environments.prepare(tree, alone.manifest, ())


def run_gate(
    ports: Ports,
    policy: Policy,
    level: str,
    scope: Scope,
    places: Mapping[Tree, Site],
    *,
    tolerant: bool = False,
) -> GateRun:
    """Run what the level's checks ask for, each command once, and judge what they read.

    Commands of which two checks give the same name must be equal. An interrupt kills every
    running command before it is passed on.
    """
    checks = {name: ports.checks.load(name) for name in policy.checks(level)}
    asked = {name: check.commands(scope) for name, check in checks.items()}
    runs = _run_all(ports, _union(asked.values()), places)
    results = {name: _parsed(check, scope, runs, asked[name]) for name, check in checks.items()}
    return GateRun(
        results=results,
        verdict=judge(policy, level, results, tolerant=tolerant),
        runs=runs,
        uses={name: tuple(one.name for one in commands) for name, commands in asked.items()},
    )


def with_threshold(policy: Policy, percent: int) -> Policy:
    """The policy with coverage conditions of at least `percent`; it can only tighten."""
    levels = {
        name: tuple(_tightened(condition, percent) for condition in conditions)
        for name, conditions in policy.levels.items()
    }
    return policy.model_copy(update={"levels": levels})


def _tightened(condition: Condition, percent: int) -> Condition:
    if condition.metric not in _THRESHOLDS or condition.value >= percent:
        return condition
    return condition.model_copy(update={"value": percent})


def _union(asked: Iterable[tuple[Command, ...]]) -> list[Command]:
    """Every command once, the quick ones first."""
    found: dict[str, Command] = {}
    for command in (one for commands in asked for one in commands):
        if found.setdefault(command.name, command) != command:
            raise ValueError(f"two checks give the name {command.name} to different commands")
    return sorted(found.values(), key=lambda one: (one.timeout, one.name))


def _run_all(
    ports: Ports, commands: Sequence[Command], places: Mapping[Tree, Site]
) -> dict[str, Completed]:
    announce = threading.Lock()
    started = 0

    def run(command: Command) -> Completed:
        nonlocal started
        with announce:
            started += 1
            ports.progress.step(f"{command.name.replace('_', ' ')} ({started}/{len(commands)})")
        place = places[command.tree]
        return ports.runner.run(command, tree=place.root, python=place.environment.python)

    with ThreadPoolExecutor(LANES) as lanes:
        futures = {command.name: lanes.submit(run, command) for command in commands}
        try:
            wait(futures.values(), return_when=FIRST_EXCEPTION)
            return {name: future.result() for name, future in futures.items()}
        except BaseException:
            ports.runner.stop()
            lanes.shutdown(wait=True, cancel_futures=True)
            raise


def _parsed(
    check: Check, scope: Scope, runs: Mapping[str, Completed], asked: Sequence[Command]
) -> CheckResult:
    """A check sees the runs that it asked for and no others, as when they are read back later."""
    return check.parse(scope, {one.name: runs[one.name] for one in asked})
