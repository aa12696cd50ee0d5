"""Which risks of a pattern hold for these answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from orchestrator.core.condition import read_condition
from orchestrator.core.pattern import PatternRisk


def holding(risks: Iterable[PatternRisk], facts: Mapping[str, Any]) -> tuple[PatternRisk, ...]:
    """Keep the risks whose condition is true of the facts, in order."""
    return tuple(risk for risk in risks if read_condition(risk.when).holds(facts))
