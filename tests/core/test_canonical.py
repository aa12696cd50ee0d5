"""Canonical JSON: one spelling for everything, and nothing that has two."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.core.errors import IntegrityBroken
from orchestrator.core.text.canonical import LARGEST, canonical, load_canonical

plain_text = st.text(st.characters(exclude_categories=["Cs"]))
plain_data = st.recursive(
    st.none() | st.booleans() | st.integers(-LARGEST, LARGEST) | plain_text,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(plain_text, inner, max_size=4),
    max_leaves=12,
)


@given(plain_data)
def test_what_is_written_is_read_back(value: object) -> None:
    assert load_canonical(canonical(value)) == value


@given(plain_data)
def test_the_bytes_do_not_depend_on_how_the_data_was_spelled(value: object) -> None:
    assert canonical(json.loads(json.dumps(value))) == canonical(value)


def test_keys_are_sorted_by_utf16_and_control_characters_are_escaped() -> None:
    assert canonical({"\ufb33": 1, "\U0001f600": 2, "a": "\x0f\n"}) == (
        b'{"a":"\\u000f\\n",' + '"\U0001f600":2,"\ufb33":1}'.encode()
    )


@pytest.mark.parametrize(
    "value",
    [1.5, float("nan"), 2**53, -(2**53), "\ud800", {"\udfff": 1}, {1: 2}, b"bytes", {"a": {1}}],
)
def test_data_without_a_canonical_form_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match=r"."):
        canonical(value)


@pytest.mark.parametrize("value", [LARGEST, -LARGEST, "\ufffd", {"": [True, None]}])
def test_data_at_the_edge_is_accepted(value: object) -> None:
    assert load_canonical(canonical(value)) == value


def test_nesting_beyond_the_limit_is_refused() -> None:
    deep: list[object] = []
    for _ in range(100):
        deep = [deep]
    with pytest.raises(ValueError, match="nested"):
        canonical(deep)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b'{"a":1,"a":1}', "twice"),
        (b'{"a": 1}', "another canonical form"),
        (b'{"b":1,"a":2}', "another canonical form"),
        (b'{"a":1}\n', "another canonical form"),
        (b'"\\u0061"', "another canonical form"),
        (b"1.0", "not an integer"),
        (b"1e3", "not an integer"),
        (b"NaN", "not an integer"),
        (b"9007199254740992", "beyond"),
        (b'"\\ud800"', "surrogate"),
        (b"-0", "another canonical form"),
        (b"\xff", "utf-8"),
        (b"", "Expecting"),
        (b"[" * 100_000, "deep"),
        (b"[" * 80 + b"]" * 80, "nested"),
        (b"9" * 5000, "."),
    ],
)
def test_bytes_that_are_not_canonical_are_refused_with_the_reason(raw: bytes, reason: str) -> None:
    with pytest.raises(IntegrityBroken, match=f"not canonical JSON: .*{reason}"):
        load_canonical(raw)
