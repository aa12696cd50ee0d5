"""A gate run: each command once, quick ones first, an interrupt kills; thresholds only tighten."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from gate_trees import Silent, bundled_policy

from orchestrator.app.measuring.gate import Site, run_gate, with_threshold
from orchestrator.core.gate.check import CheckResult, Command, Completed, Figure, Outcome, Scope
from orchestrator.core.gate.policy import Condition, Policy
from orchestrator.ports.running import Environment

SITE = Site(Path(), Environment(Path("python"), "digest", "nowhere"))
PLACES: Any = {"candidate": SITE, "base": SITE}


class Counting:
    """A check that reads some commands and passes when all of them ended with 0."""

    def __init__(self, name: str, *commands: Command) -> None:
        self.NAME = name
        self._commands = commands

    def commands(self, scope: Scope) -> tuple[Command, ...]:
        return self._commands

    def parse(self, scope: Scope, runs: Mapping[str, Completed]) -> CheckResult:
        assert set(runs) == {one.name for one in self._commands}
        bad = sum(run.exit_code != 0 for run in runs.values())
        outcome = Outcome.FAILED if bad else Outcome.PASSED
        return CheckResult(outcome, "", len(runs), len(runs), (Figure("bad", bad),))


class Recorder:
    """A runner that runs nothing and remembers what it was asked."""

    def __init__(self, *, fails: BaseException | None = None) -> None:
        self.asked: list[str] = []
        self.stopped = False
        self._fails = fails

    def run(self, command: Command, *, tree: Path, python: Path) -> Completed:
        self.asked.append(command.name)
        if self._fails:
            raise self._fails
        return Completed(command, 0)

    def stop(self) -> None:
        self.stopped = True


class House:
    def __init__(self, runner: Recorder, *checks: Counting) -> None:
        self.runner = runner
        self.progress = Silent()
        self.checks = self
        self._checks = {check.NAME: check for check in checks}

    def load(self, name: str) -> Counting:
        return self._checks[name]


def policy_for(*checks: str) -> Policy:
    conditions = tuple(
        Condition(id=name, metric=f"{name}.bad", op="==", value=0) for name in checks
    )
    return Policy(schema="story-orchestrator/policy/1", levels={"basic": conditions})


def gate(runner: Recorder, *checks: Counting) -> Any:
    house: Any = House(runner, *checks)
    policy = policy_for(*(check.NAME for check in checks))
    return run_gate(house, policy, "basic", Scope(), PLACES)


def test_a_command_that_two_checks_read_runs_once() -> None:
    shared, own = Command("shared", ("x",)), Command("own", ("y",), timeout=10)
    runner = Recorder()
    run = gate(runner, Counting("first", shared), Counting("second", shared, own))
    assert sorted(runner.asked) == ["own", "shared"]
    assert run.uses == {"first": ("shared",), "second": ("shared", "own")}
    assert run.verdict.passed


def test_quick_commands_come_first() -> None:
    slow, quick = Command("slow", ("x",), timeout=900), Command("quick", ("y",), timeout=5)
    run = gate(Recorder(), Counting("first", slow, quick))
    assert run.order == ("quick", "slow")


def test_two_commands_of_one_name_are_a_mistake() -> None:
    with pytest.raises(ValueError, match="the name same"):
        gate(
            Recorder(),
            Counting("first", Command("same", ("x",))),
            Counting("second", Command("same", ("y",))),
        )


@pytest.mark.parametrize("problem", [KeyboardInterrupt(), RuntimeError("x")])
def test_what_interrupts_a_run_stops_every_command(problem: BaseException) -> None:
    runner = Recorder(fails=problem)
    with pytest.raises(type(problem)):
        gate(runner, Counting("first", Command("one", ("x",))))
    assert runner.stopped


def test_a_run_that_ends_well_stops_nothing() -> None:
    runner = Recorder()
    gate(runner, Counting("first", Command("one", ("x",))))
    assert not runner.stopped


def values(policy: Policy, metric: str) -> dict[str, int]:
    return {
        level: condition.value
        for level, conditions in policy.levels.items()
        for condition in conditions
        if condition.metric == metric
    }


def test_a_threshold_raises_and_never_lowers() -> None:
    policy = bundled_policy()
    before = values(policy, "coverage.line")
    assert values(with_threshold(policy, 1), "coverage.line") == before
    raised = values(with_threshold(policy, 97), "coverage.line")
    assert set(raised.values()) == {97}
    assert set(values(with_threshold(policy, 97), "coverage.branch").values()) == {97}


def test_the_bundled_policy_loads_and_uses_checks_that_exist() -> None:
    from orchestrator.adapters.checks import InstalledChecks

    policy = bundled_policy()
    assert list(policy.levels) == ["basic", "standard", "comprehensive"]
    for name in policy.checks("comprehensive"):
        assert name == InstalledChecks().load(name).NAME
