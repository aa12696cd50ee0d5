"""Likeness of sentences: a fraction, the same every time, that knows what belongs together."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.core.gate.likeness import Likeness, meaningful, numbers
from orchestrator.core.gate.trace import THRESHOLD
from orchestrator.core.text.yaml_text import read_yaml

CASES = read_yaml((Path(__file__).parents[1] / "cases" / "likeness.yaml").read_bytes(), "c").data
LIKENESS = Likeness(CASES["provides"])


def best(text: str) -> tuple[str, Fraction]:
    key, score = LIKENESS.ranked(text)[0]
    return key, Fraction(score.num, score.den or 1)


@pytest.mark.parametrize(("key", "text"), CASES["same"])
def test_a_requirement_is_most_like_the_promise_that_answers_it(key: str, text: str) -> None:
    found, score = best(text)
    assert found == key
    assert score >= THRESHOLD


@pytest.mark.parametrize("text", CASES["none"])
def test_a_requirement_that_nothing_answers_stays_below_the_threshold(text: str) -> None:
    assert best(text)[1] < THRESHOLD


def test_the_threshold_lies_clear_of_both_sides() -> None:
    same = min(best(text)[1] for _, text in CASES["same"])
    none = max(best(text)[1] for text in CASES["none"])
    assert same - THRESHOLD >= Fraction(2, 100)
    assert THRESHOLD - none >= Fraction(4, 100)


@pytest.mark.parametrize("key", CASES["provides"])
def test_a_promise_is_wholly_like_itself(key: str) -> None:
    assert best(CASES["provides"][key]) == (key, Fraction(1))


@given(st.text(max_size=60))
def test_a_measure_is_a_fraction_between_nought_and_one(text: str) -> None:
    assert 0 <= best(text)[1] <= 1


@pytest.mark.parametrize("order", ["ab", "ba"])
def test_equals_stand_in_the_order_of_their_names(order: str) -> None:
    same = "The system SHALL wait for rain"
    ranked = Likeness({**dict.fromkeys(order, same), "c": "The system SHALL sing"}).ranked(same)
    assert [key for key, _ in ranked] == ["a", "b", "c"]


def test_without_promises_nothing_is_ranked() -> None:
    assert Likeness({}).ranked("The system SHALL wait") == ()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("logs in", "log-in"),
        ("signed in", "login"),
        ("e-mail address", "emails"),
        ("verification", "verified"),
        ("wrong", "invalid"),
        ("tokens expired", "the expiry of a token"),
        ("retries", "retry"),
        ("invalidates", "revokes"),
    ],
)
def test_words_of_one_meaning_have_one_root(one: str, other: str) -> None:
    assert meaningful(one) == meaningful(other)


@pytest.mark.parametrize(
    ("one", "other"), [("login", "logout"), ("valid", "invalid"), ("401", "403"), ("all", "one")]
)
def test_words_of_another_meaning_stay_apart(one: str, other: str) -> None:
    assert meaningful(one) != meaningful(other)


def test_numbers_are_kept_and_found() -> None:
    assert numbers("answer 401 within 30 seconds, RS256") == {"401", "30", "256"}
