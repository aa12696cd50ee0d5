"""The policy as data: levels only tighten, and only what was measured opens the gate."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

import orchestrator
from orchestrator.core.gate.check import CheckResult, Figure, Outcome
from orchestrator.core.gate.policy import Condition, Policy, judge
from orchestrator.core.text.typed import typed
from orchestrator.core.text.yaml_text import read_yaml

FILE = Path(orchestrator.__file__).parent / "defaults" / "policy.yaml"
BUNDLED = typed(Policy, read_yaml(FILE.read_bytes(), "policy.yaml"))
AT_LEAST = {"id": "lines", "metric": "coverage.lines", "op": ">=", "value": 90, "unit": "percent"}


def policy(*levels: list[dict[str, Any]]) -> Policy:
    names = ("basic", "standard", "comprehensive")
    return Policy.model_validate(
        {
            "schema": "story-orchestrator/policy/1",
            "levels": dict(zip(names, levels, strict=False)),
        }
    )


def result(
    num: int, den: int | None = 100, outcome: Outcome = Outcome.PASSED, *, examined: int = 3
) -> CheckResult:
    return CheckResult(outcome, "why", examined, 3, (Figure("lines", num, den),))


def outcome_of(found: CheckResult | None, **condition: Any) -> Outcome:
    results = {} if found is None else {"coverage": found}
    (one,) = judge(policy([{**AT_LEAST, **condition}]), "basic", results).judged
    return one.outcome


@pytest.mark.parametrize("outcome", Outcome)
def test_what_did_not_run_or_could_not_tell_keeps_its_outcome(outcome: Outcome) -> None:
    told = outcome in (Outcome.PASSED, Outcome.FAILED)
    assert outcome_of(result(95, outcome=outcome)) is (Outcome.PASSED if told else outcome)


@pytest.mark.parametrize("outcome", [*Outcome, None])
def test_only_a_pass_or_what_does_not_apply_opens_the_gate(outcome: Outcome | None) -> None:
    found = {} if outcome is None else {"coverage": result(50, outcome=outcome)}
    verdict = judge(policy([AT_LEAST]), "basic", found)
    assert verdict.passed is (outcome is Outcome.NOT_APPLICABLE)


def test_a_gate_without_conditions_is_refused() -> None:
    with pytest.raises(ValidationError, match="has no condition"):
        policy([])


@pytest.mark.parametrize(
    ("op", "unit", "num", "den", "holds"),
    [
        (">=", "percent", 90, 100, True),
        (">=", "percent", 899, 1000, False),
        (">=", "percent", 9, 10, True),
        ("<=", "percent", 90, 100, True),
        ("<=", "percent", 901, 1000, False),
        ("==", "percent", 90, 100, True),
        ("==", "percent", 91, 100, False),
        (">=", "count", 90, None, True),
        (">=", "count", 89, None, False),
        (">=", "count", 89, 1, False),
        ("<=", "count", 90, 200, True),
        ("<=", "count", 91, 0, False),
        ("==", "count", 90, None, True),
        ("==", "count", 0, 0, False),
    ],
)
def test_figures_are_compared_as_integers(
    op: str, unit: str, num: int, den: int | None, holds: bool
) -> None:
    expected = Outcome.PASSED if holds else Outcome.FAILED
    assert outcome_of(result(num, den), op=op, unit=unit) is expected


def test_a_percentage_of_nothing_does_not_apply() -> None:
    assert outcome_of(result(0, 0)) is Outcome.NOT_APPLICABLE


def test_a_count_is_no_percentage() -> None:
    assert outcome_of(result(95, None)) is Outcome.ERRORED


def test_a_missing_figure_is_an_error_and_a_missing_check_is_not_checked() -> None:
    assert outcome_of(result(95), metric="coverage.branches") is Outcome.ERRORED
    assert outcome_of(None) is Outcome.NOT_CHECKED


def test_a_check_that_looked_at_less_than_expected_cannot_pass() -> None:
    assert outcome_of(result(95, examined=2)) is Outcome.NOT_CHECKED
    assert outcome_of(result(95, examined=4)) is Outcome.NOT_CHECKED
    assert outcome_of(result(50, examined=2)) is Outcome.FAILED


@pytest.mark.parametrize("outcome", list(Outcome))
@pytest.mark.parametrize("tolerant", [True, False])
def test_what_could_not_be_measured_is_a_risk_only_where_the_condition_says_so(
    outcome: Outcome, tolerant: bool
) -> None:
    conditions = [{**AT_LEAST, "unmeasured": "risk"}, {**AT_LEAST, "id": "strict"}]
    measured = {"coverage": result(1, outcome=outcome)}
    verdict = judge(policy(conditions), "basic", measured, tolerant=tolerant)
    forgiven = {one.condition.id for one in verdict.forgiven}
    silent = tolerant and outcome is Outcome.NOT_CHECKED
    assert forgiven == ({AT_LEAST["id"]} if silent else set())


@pytest.mark.parametrize(("must", "tolerant"), list(product([True, False], repeat=2)))
def test_tolerance_forgives_only_what_is_not_a_must(must: bool, tolerant: bool) -> None:
    verdict = judge(
        policy([{**AT_LEAST, "must": must}]), "basic", {"coverage": result(1)}, tolerant=tolerant
    )
    forgiven = tolerant and not must
    assert verdict.passed is forgiven
    assert (len(verdict.closed_by), len(verdict.forgiven)) == ((0, 1) if forgiven else (1, 0))


@pytest.mark.parametrize(
    "change",
    [
        {"value": 89},
        {"op": "<="},
        {"op": "=="},
        {"unit": "count"},
        {"metric": "coverage.branches"},
        {"must": False},
        {"id": "other"},
    ],
)
def test_a_later_level_that_loosens_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="drops or loosens lines"):
        policy([AT_LEAST], [{**AT_LEAST, **change}])


@pytest.mark.parametrize(("op", "value"), [("<=", 91), ("==", 89), ("==", 91)])
def test_loosening_depends_on_the_operator(op: str, value: int) -> None:
    with pytest.raises(ValidationError, match="drops or loosens"):
        policy([{**AT_LEAST, "op": op}], [{**AT_LEAST, "op": op, "value": value}])


@pytest.mark.parametrize(("op", "value"), [(">=", 90), (">=", 95), ("<=", 85), ("==", 90)])
def test_a_later_level_may_tighten_and_add(op: str, value: int) -> None:
    lower, higher = {**AT_LEAST, "op": op}, {**AT_LEAST, "op": op, "value": value}
    other = {**AT_LEAST, "id": "more", "metric": "tests.passed", "unit": "count"}
    tightened = policy([{**lower, "must": False}], [other, higher])
    assert tightened.checks("standard") == ("tests", "coverage")


def test_two_conditions_of_one_id_are_refused() -> None:
    with pytest.raises(ValidationError, match="two of the same id"):
        policy([AT_LEAST, {**AT_LEAST, "value": 1}])


CONDITIONS = [condition for level in BUNDLED.levels.values() for condition in level]
METRICS = sorted({condition.metric for condition in CONDITIONS})


def figures_of(metric: str) -> list[tuple[int, int | None]]:
    """Values on, below and above every threshold of a metric; the one that meets all first."""
    own = [condition for condition in CONDITIONS if condition.metric == metric]
    den = 100 if own[0].unit == "percent" else None
    nums = {one.value + step for one in own for step in (-1, 0, 1) if one.value + step >= 0}
    met = [sum(judge_alone(one, num, den) is Outcome.PASSED for one in own) for num in sorted(nums)]
    ranked = sorted(zip(met, sorted(nums), strict=True), reverse=True)
    return [(num, den) for _, num in ranked]


def judge_alone(condition: Condition, num: int, den: int | None) -> Outcome:
    one = {**condition.model_dump(), "metric": "coverage.lines"}
    return judge(policy([one]), "basic", {"coverage": result(num, den)}).judged[0].outcome


def results_of(figures: dict[str, tuple[int, int | None]]) -> dict[str, CheckResult]:
    found: dict[str, tuple[Figure, ...]] = {}
    for metric, (num, den) in figures.items():
        check, name = metric.split(".", 1)
        found[check] = (*found.get(check, ()), Figure(name, num, den))
    return {check: CheckResult(Outcome.PASSED, "", 1, 1, all_) for check, all_ in found.items()}


BEST = {metric: figures_of(metric)[0] for metric in METRICS}
OTHERS = st.lists(
    st.sampled_from([(metric, one) for metric in METRICS for one in figures_of(metric)]), max_size=3
)


def opened(figures: dict[str, tuple[int, int | None]]) -> list[bool]:
    return [judge(BUNDLED, level, results_of(figures)).passed for level in BUNDLED.levels]


def test_the_bundled_policy_can_be_met() -> None:
    assert opened(BEST) == [True, True, True]


@given(OTHERS)
def test_what_a_higher_level_lets_through_every_lower_level_lets_through(
    others: list[tuple[str, tuple[int, int | None]]],
) -> None:
    levels = opened({**BEST, **dict(others)})
    assert levels == sorted(levels, reverse=True)


@pytest.mark.parametrize("condition", CONDITIONS, ids=lambda one: one.id)
def test_every_bundled_condition_can_close_the_gate(condition: Condition) -> None:
    missed = {**BEST, condition.metric: worst(condition)}
    level = next(name for name, all_ in BUNDLED.levels.items() if condition in all_)
    closed = judge(BUNDLED, level, results_of(missed)).closed_by
    assert condition in [one.condition for one in closed]


def worst(condition: Condition) -> tuple[int, int | None]:
    return next(
        one
        for one in reversed(figures_of(condition.metric))
        if judge_alone(condition, *one) is Outcome.FAILED
    )


def test_the_bundled_levels_rise_in_the_documented_order() -> None:
    assert list(BUNDLED.levels) == ["basic", "standard", "comprehensive"]


def test_a_condition_reads_the_check_of_its_metric() -> None:
    assert Condition(id="x", metric="a_b.c.d", op=">=", value=1).check == "a_b"
