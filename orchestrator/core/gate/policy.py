"""The gate's policy as data, and `judge`: which conditions open the gate, which close it, why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from orchestrator.core.gate.check import CheckResult, Figure, Outcome

# The checks that look at what was there before us; when our code leaves, they alone have a say.
ABOUT_HOST = ("host_tests", "unchanged")

Operator = Literal[">=", "<=", "=="]


class Condition(BaseModel):
    """One requirement on one figure: `metric` is `<check>.<figure>`; a percentage compares num/den.

    `must` conditions hold in every mode; with `unmeasured: risk` tolerant mode still lets through
    what could not be measured at all. A percentage of nothing is not applicable.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    metric: str = Field(pattern=r"^[a-z_]+\.[a-z0-9_.]+$")
    op: Operator
    value: int
    unit: Literal["count", "percent"] = "count"
    must: bool = True
    unmeasured: Literal["close", "risk"] = "close"

    @property
    def check(self) -> str:
        """The check whose figure this condition reads."""
        return self.metric.split(".", 1)[0]


class Policy(BaseModel):
    """Levels in rising order; each later level contains the earlier ones and never loosens them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_: Literal["story-orchestrator/policy/1"] = Field(alias="schema")
    levels: dict[str, tuple[Condition, ...]]

    @model_validator(mode="after")
    def _levels_only_tighten(self) -> Policy:
        names = list(self.levels)
        for level, conditions in self.levels.items():
            ids = [condition.id for condition in conditions]
            if not ids or len(ids) != len(set(ids)):
                raise ValueError(f"level {level} has no condition, or two of the same id")
        for lower, higher in pairwise(names):
            stronger = {c.id: c for c in self.levels[higher]}
            for condition in self.levels[lower]:
                if condition.id not in stronger or _looser(stronger[condition.id], condition):
                    raise ValueError(f"level {higher} drops or loosens {condition.id} of {lower}")
        return self

    def checks(self, level: str) -> tuple[str, ...]:
        """The checks that a level needs, in order of first mention."""
        return tuple(dict.fromkeys(condition.check for condition in self.levels[level]))

    def of_host(self) -> Policy:
        """What the policy asks of the host itself. Raises ValueError when that is nothing."""
        levels = {
            name: tuple(one for one in conditions if one.check in ABOUT_HOST)
            for name, conditions in self.levels.items()
        }
        return Policy.model_validate({"schema": self.schema_, "levels": levels})


def _looser(higher: Condition, lower: Condition) -> bool:
    if (higher.metric, higher.op, higher.unit) != (lower.metric, lower.op, lower.unit):
        return True
    if lower.must and not higher.must:
        return True
    if lower.unmeasured == "close" and higher.unmeasured == "risk":
        return True
    match lower.op:
        case ">=":
            return higher.value < lower.value
        case "<=":
            return higher.value > lower.value
        case "==":
            return higher.value != lower.value


@dataclass(frozen=True)
class Judged:
    """One condition with the figure it was held against."""

    condition: Condition
    outcome: Outcome
    actual: Figure | None
    reason: str


@dataclass(frozen=True)
class Verdict:
    """The gate's answer: open only if every condition passed or does not apply.

    A tolerant verdict forgives the conditions that are not `must`, and what could not be measured
    where the condition says so; each becomes a risk.
    """

    level: str
    judged: tuple[Judged, ...]
    tolerant: bool = False

    @property
    def closed_by(self) -> tuple[Judged, ...]:
        """The conditions that keep the gate closed, in policy order."""
        return tuple(one for one in self._wanting if not self._forgives(one))

    @property
    def forgiven(self) -> tuple[Judged, ...]:
        """The conditions that did not hold and that tolerant mode lets through as risks."""
        return tuple(one for one in self._wanting if self._forgives(one))

    @property
    def passed(self) -> bool:
        """Say whether the gate is open; a gate without conditions is closed."""
        return bool(self.judged) and not self.closed_by

    @property
    def _wanting(self) -> tuple[Judged, ...]:
        opening = (Outcome.PASSED, Outcome.NOT_APPLICABLE)
        return tuple(one for one in self.judged if one.outcome not in opening)

    def _forgives(self, one: Judged) -> bool:
        silent = one.outcome is Outcome.NOT_CHECKED and one.condition.unmeasured == "risk"
        return self.tolerant and (silent or not one.condition.must)


def judge(
    policy: Policy, level: str, results: Mapping[str, CheckResult], *, tolerant: bool = False
) -> Verdict:
    """Hold every condition of the level against the results; what was not measured closes."""
    judged = tuple(_judge(one, results.get(one.check)) for one in policy.levels[level])
    return Verdict(level, judged, tolerant)


def _judge(condition: Condition, result: CheckResult | None) -> Judged:
    if result is None:
        return Judged(condition, Outcome.NOT_CHECKED, None, "the check did not run")
    if result.outcome in (Outcome.ERRORED, Outcome.NOT_CHECKED, Outcome.NOT_APPLICABLE):
        return Judged(condition, result.outcome, None, result.reason)
    name = condition.metric.split(".", 1)[1]
    figure = next((f for f in result.figures if f.id == name), None)
    if figure is None:
        return Judged(condition, Outcome.ERRORED, None, f"the check gave no figure {name}")
    if condition.unit == "percent" and figure.den is None:
        return Judged(condition, Outcome.ERRORED, figure, "a count is no percentage")
    if condition.unit == "percent" and not figure.den:
        return Judged(condition, Outcome.NOT_APPLICABLE, figure, "nothing to measure")
    holds = _compare(condition, figure)
    if holds and result.examined != result.expected:
        seen = f"looked at {result.examined} of {result.expected}"
        return Judged(condition, Outcome.NOT_CHECKED, figure, seen)
    return Judged(condition, Outcome.PASSED if holds else Outcome.FAILED, figure, "")


def _compare(condition: Condition, figure: Figure) -> bool:
    den = figure.den or 1
    left, right = (
        (figure.num * 100, condition.value * den)
        if condition.unit == "percent"
        else (figure.num, condition.value)
    )
    match condition.op:
        case ">=":
            return left >= right
        case "<=":
            return left <= right
        case "==":
            return left == right
