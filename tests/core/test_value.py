"""One value of a request: read as written, shown canonically."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.core.text.value import (
    Incomplete,
    Malformed,
    Percent,
    Value,
    plain_value,
    read_value,
    show_value,
)

READABLE = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=20)
ODD = st.text("ab01 []\"'\\,+%=#-.", max_size=12)
TEXTS = READABLE | ODD
PERCENTS = st.decimals(0, 10**9 - 1, allow_nan=False, places=3).map(Percent)
VALUES: st.SearchStrategy[Value] = (
    st.booleans()
    | st.integers(-(10**17), 10**17)
    | PERCENTS
    | TEXTS
    | st.lists(TEXTS, max_size=5).map(tuple)
)


@given(VALUES)
def test_a_shown_value_is_read_back_with_its_type(value: Value) -> None:
    read = read_value(show_value(value))
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize(
    ("text", "value", "canonical"),
    [
        ("true", True, "true"),
        ("false", False, "false"),
        ("True", "True", "True"),
        ("0", 0, "0"),
        ("-12", -12, "-12"),
        ("007", "007", "007"),
        ("+5", "+5", '"+5"'),
        ("1.50", "1.50", "1.50"),
        ("9" * 30, "9" * 30, "9" * 30),
        ("95%", Percent(Decimal(95)), "95%"),
        ("92.5%", Percent(Decimal("92.5")), "92.5%"),
        ("-5%", "-5%", '"-5%"'),
        ("api/openapi.yaml", "api/openapi.yaml", "api/openapi.yaml"),
        ("a=b", "a=b", '"a=b"'),
        ("What are they?", "What are they?", '"What are they?"'),
        ('"true"', "true", '"true"'),
        ('"12"', "12", '"12"'),
        (r'"a \"b\" \\ c\d"', r'a "b" \ c\d', r'"a \"b\" \\ c\\d"'),
        ("'it\\s'", "it\\s", r'"it\\s"'),
        ("it's", "it's", '"it\'s"'),
        ("", "", '""'),
        ("[]", (), "[]"),
        ("[ ]", (), "[]"),
        ("[a]", ("a",), "[a]"),
        ("[a,b]", ("a", "b"), "[a, b]"),
        ("[a, b c , d,]", ("a", "b c", "d"), '[a, "b c", d]'),
        ('["a", "b"]', ("a", "b"), "[a, b]"),
        ("""'["a", "b, c"]'""", ("a", "b, c"), '[a, "b, c"]'),
        ("""["it's", 'say "x"', it's]""", ("it's", 'say "x"', "it's"), None),
        ("[1, true, 5%]", ("1", "true", "5%"), '[1, true, "5%"]'),
        ('[""]', ("",), '[""]'),
        ("a+b", ("a", "b"), "[a, b]"),
        ("agile+architect+testing", ("agile", "architect", "testing"), None),
        ("c++", "c++", '"c++"'),
        ("user+tag@example.org", "user+tag@example.org", '"user+tag@example.org"'),
    ],
)
def test_a_value_is_read_leniently_and_shown_canonically(
    text: str, value: Value, canonical: str | None
) -> None:
    read = read_value(text)
    assert read == value
    assert type(read) is type(value)
    if canonical is not None:
        assert show_value(read) == canonical


@pytest.mark.parametrize("text", ["[", "[a", "[a,", "[a, ", '["a', '["a"', "['a, b]", '"a', "'a"])
def test_what_more_text_could_complete_is_incomplete(text: str) -> None:
    with pytest.raises(Incomplete):
        read_value(text)


@pytest.mark.parametrize("text", ["[a]b", "[,]", "[a,,b]", "[[a]]", "[a [b]", '["a" b]', '"a"b'])
def test_what_no_more_text_could_complete_is_malformed(text: str) -> None:
    with pytest.raises(Malformed) as refusal:
        read_value(text)
    assert not isinstance(refusal.value, Incomplete)


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (Percent(Decimal(95)), 95),
        (Percent(Decimal("92.50")), "92.50"),
        (("a", "b"), ["a", "b"]),
        (True, True),
        (5, 5),
        ("x", "x"),
    ],
)
def test_a_plain_value_knows_no_percentage(value: Value, plain: object) -> None:
    assert plain_value(value) == plain
