"""A risk holds by its condition, and a condition that cannot be read is refused."""

from __future__ import annotations

import pytest

from orchestrator.core.errors import CannotAnswer
from orchestrator.core.pattern import PatternRisk
from orchestrator.core.risks import holding, holds


@pytest.mark.parametrize(
    ("condition", "answers", "expected"),
    [
        ("always", {}, True),
        ("answers.lockout == 'off'", {"lockout": "off"}, True),
        ("answers.lockout == 'off'", {"lockout": "ip"}, False),
        ("answers.lockout != 'off'", {"lockout": "ip"}, True),
        ("answers.lockout != 'off'", {"lockout": "off"}, False),
        ("answers.roles == true", {"roles": True}, True),
        ("answers.roles == true", {"roles": False}, False),
        ("answers.ttl == 900", {"ttl": 900}, True),
    ],
)
def test_a_condition_is_true_of_some_answers_only(
    condition: str, answers: dict[str, object], expected: bool
) -> None:
    assert holds(condition, answers) is expected


@pytest.mark.parametrize(
    "condition", ["", "sometimes", "answers.lockout", "__import__('os')", "answers.x == 1 or 1"]
)
def test_what_is_no_condition_is_refused(condition: str) -> None:
    with pytest.raises(CannotAnswer):
        holds(condition, {"lockout": "ip"})


def test_only_the_risks_that_hold_are_kept_in_order() -> None:
    def risk(name: str, when: str) -> PatternRisk:
        return PatternRisk(id=name, text="t", owner="qa", mitigation="m", when=when)

    given = [risk("a", "always"), risk("b", "answers.x == 1"), risk("c", "answers.x == 2")]
    assert [one.id for one in holding(given, {"x": 2})] == ["a", "c"]
