"""A condition is true of some facts only, and what cannot be read is refused with the forms."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.core.pattern.condition import FORMS, read_condition


@pytest.mark.parametrize(
    ("text", "facts", "expected"),
    [
        ("always", {}, True),
        ("answers.lockout == 'off'", {"lockout": "off"}, True),
        ("answers.lockout == 'off'", {"lockout": "ip"}, False),
        ("answers.lockout != 'off'", {"lockout": "ip"}, True),
        ("answers.lockout != 'off'", {"lockout": "off"}, False),
        ("answers.lockout == 'a and b'", {"lockout": "a and b"}, True),
        ("answers.roles == true", {"roles": True}, True),
        ("answers.roles == true", {"roles": False}, False),
        ("answers.ttl == 900", {"ttl": 900}, True),
        ("answers.ttl > 899", {"ttl": 900}, True),
        ("answers.ttl < 900", {"ttl": 900}, False),
        ("answers.ttl >= 900", {"ttl": 900}, True),
        ("answers.ttl <= 899", {"ttl": 900}, False),
        ("'google' in answers.oauth", {"oauth": ["github", "google"]}, True),
        ("'google' in answers.oauth", {"oauth": ["github"]}, False),
        ("'google' in answers.oauth", {"oauth": []}, False),
        ("answers.oauth != []", {"oauth": ["github"]}, True),
        ("answers.oauth != []", {"oauth": []}, False),
        ("answers.oauth", {"oauth": ["github"]}, True),
        ("answers.oauth", {"oauth": []}, False),
        ("answers.roles", {"roles": True}, True),
        ("answers.roles", {"roles": False}, False),
        ("answers.username", {"username": "none"}, False),
        ("answers.username", {"username": ""}, False),
        ("answers.username", {"username": "optional"}, True),
        ("answers.a and answers.b", {"a": True, "b": True}, True),
        ("answers.a and answers.b", {"a": True, "b": False}, False),
        ("answers.a or answers.b", {"a": False, "b": True}, True),
        ("answers.a or answers.b", {"a": False, "b": False}, False),
        ("answers.a or answers.b and answers.c", {"a": True, "b": False, "c": False}, True),
        ("answers.a and answers.b or answers.c", {"a": True, "b": False, "c": False}, False),
    ],
)
def test_a_condition_is_true_of_some_facts_only(
    text: str, facts: dict[str, Any], expected: bool
) -> None:
    known = {f"answers.{name}": value for name, value in facts.items()}
    assert read_condition(text).holds(known) is expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sometimes",
        "__import__('os')",
        "answers.x ==",
        "answers.x == v",
        "answers.x == 1 or 1",
        "answers.x and",
        "and answers.x",
        "answers.x  and answers.y",
        "(answers.x)",
        "not answers.x",
        "answers.x > 'a'",
        "always and answers.x",
        "x in answers.y",
        "answers.x == 'it's'",
    ],
)
def test_what_is_no_condition_is_refused_with_the_forms(text: str) -> None:
    with pytest.raises(ValueError, match="cannot be read") as caught:
        read_condition(text)
    assert FORMS in str(caught.value)


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(ValueError):
        assert read_condition(text).any_of
