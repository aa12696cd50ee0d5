"""Which risks of a pattern hold for these answers; a condition is data, never evaluated code."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from orchestrator.core.errors import CannotAnswer
from orchestrator.core.pattern import PatternRisk

_CONDITION = re.compile(r"answers\.(?P<name>[a-z][a-z0-9_]*) (?P<op>==|!=) '?(?P<value>[^']*?)'?")


def holding(risks: Iterable[PatternRisk], answers: Mapping[str, Any]) -> tuple[PatternRisk, ...]:
    """Keep the risks whose `when` is `always`, or true of the answers. Raises CannotAnswer."""
    return tuple(risk for risk in risks if holds(risk.when, answers))


def holds(condition: str, answers: Mapping[str, Any]) -> bool:
    """Say whether `always`, `answers.<name> == <value>` or `!=` is true; text compares as text."""
    if condition == "always":
        return True
    found = _CONDITION.fullmatch(condition.strip())
    if found is None:
        raise CannotAnswer(
            f"the risk condition {condition!r} cannot be read",
            remedy="write `always`, `answers.<name> == 'value'` or `answers.<name> != 'value'`",
        )
    if found["name"] not in answers:
        raise CannotAnswer(
            f"the risk condition {condition!r} names an answer that the pattern does not ask for",
            remedy="name one of the pattern's questions",
        )
    equal = _as_text(answers[found["name"]]) == found["value"]
    return equal if found["op"] == "==" else not equal


def _as_text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
