"""Which risks of a pattern hold for these answers and this gate run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from orchestrator.core.gate.check import CheckResult
from orchestrator.core.pattern.condition import read_condition
from orchestrator.core.pattern.pattern import PatternRisk

NOT_RUN = "not_run"


def holding(risks: Iterable[PatternRisk], facts: Mapping[str, Any]) -> tuple[PatternRisk, ...]:
    """Keep the risks whose condition is true of the facts, in order."""
    return tuple(risk for risk in risks if read_condition(risk.when).holds(facts))


def facts_of_run(
    results: Mapping[str, CheckResult], checks: Iterable[str], *, network_off: bool
) -> dict[str, Any]:
    """The facts of a gate run that a condition may name.

    `outcomes.<check>` is the outcome's name, or `not_run` for one of `checks` that the level does
    not ask for; `figures.<check>.<figure>` the count; `network_off` whether nothing but the
    loopback could be reached.
    """
    outcomes = {f"outcomes.{check}": NOT_RUN for check in checks}
    outcomes |= {f"outcomes.{check}": one.outcome.value for check, one in results.items()}
    figures = {
        f"figures.{check}.{figure.id}": figure.num
        for check, one in results.items()
        for figure in one.figures
    }
    return {**outcomes, **figures, "network_off": network_off}
