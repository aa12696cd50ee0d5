"""A risk holds by its condition."""

from __future__ import annotations

from orchestrator.core.pattern import PatternRisk
from orchestrator.core.risks import holding


def test_only_the_risks_that_hold_are_kept_in_order() -> None:
    def risk(name: str, when: str) -> PatternRisk:
        return PatternRisk(id=name, text="t", owner="qa", mitigation="m", when=when)

    given = [risk("a", "always"), risk("b", "answers.x == 1"), risk("c", "answers.x == 2")]
    assert [one.id for one in holding(given, {"answers.x": 2})] == ["a", "c"]
