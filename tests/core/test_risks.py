"""A risk holds by its condition on answers and on what the gate measured."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.core.gate.check import CheckResult, Figure, Outcome
from orchestrator.core.pattern.pattern import PatternRisk
from orchestrator.core.pattern.risks import facts_of_run, holding


def risk(name: str, when: str) -> PatternRisk:
    return PatternRisk(id=name, text="t", owner="qa", mitigation="m", when=when)


def run(outcome: Outcome = Outcome.PASSED, skipped: int = 0, *, off: bool = True) -> dict[str, Any]:
    figures = (Figure("skipped", skipped), Figure("passed", 3, 4))
    results = {"tests": CheckResult(outcome, "", 1, 1, figures)}
    return facts_of_run(results, ["tests", "attack"], network_off=off)


def test_only_the_risks_that_hold_are_kept_in_order() -> None:
    given = [risk("a", "always"), risk("b", "answers.x == 1"), risk("c", "answers.x == 2")]
    assert [one.id for one in holding(given, {"answers.x": 2})] == ["a", "c"]


@pytest.mark.parametrize(
    ("when", "facts", "expected"),
    [
        ("figures.tests.skipped > 0", run(skipped=1), True),
        ("figures.tests.skipped > 0", run(skipped=0), False),
        ("figures.tests.passed < 4", run(), True),
        ("figures.attack.not_checked > 0", run(), False),
        ("figures.attack.not_checked <= 0", run(), False),
        ("outcomes.tests == 'passed'", run(), True),
        ("outcomes.tests != 'passed'", run(Outcome.ERRORED), True),
        ("outcomes.attack == 'not_run'", run(), True),
        ("network_off == false", run(off=False), True),
        ("network_off == false", run(off=True), False),
        ("answers.x == 1 and figures.tests.skipped > 0", {**run(skipped=1), "answers.x": 1}, True),
        ("answers.x == 1 and figures.tests.skipped > 0", {**run(skipped=1), "answers.x": 2}, False),
    ],
)
def test_a_measurement_makes_a_risk_hold(when: str, facts: dict[str, Any], expected: bool) -> None:
    assert bool(holding([risk("a", when)], facts)) is expected
