"""A score is the mean of parts that are shown, and every part can rise and fall."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.core.gate.check import Figure
from orchestrator.core.pattern.pattern import Document, Pattern, PatternManifest
from orchestrator.core.search.query import meaning, tokens
from orchestrator.core.search.search import freshness, rank

TODAY = date(2026, 6, 1)


def pattern(name: str, *, keywords: tuple[str, ...] = (), **more: object) -> Pattern:
    data = {
        "id": f"{name.upper()}-001",
        "title": f"The {name} pattern",
        "version": "1.0.0",
        "language": "python",
        "frameworks": ("fastapi",),
        "usage": f"Does {name}.",
        "keywords": keywords,
        "provides": {},
        **more,
    }
    manifest = PatternManifest.model_validate(data)
    return Pattern(name=name, manifest=manifest, questions=(), digest="0" * 64)


LOGIN = pattern("login", keywords=("authentication", "jwt", "tokens"))
PAINT = pattern("paint", keywords=("colour", "brush"))


def part(name: str, of: Pattern, **how: object) -> Figure | None:
    how.setdefault("on", TODAY)
    query = how.pop("query", ["jwt"])
    (found,) = [one for one in rank(query, [LOGIN, PAINT], **how) if one.pattern == of.name]  # type: ignore[arg-type]
    return next((one for one in found.parts if one.id == name), None)


def text_part(query: list[str]) -> int:
    figure = part("text", LOGIN, query=query)
    assert figure is not None
    return figure.num


def test_the_pattern_that_is_about_the_query_comes_first() -> None:
    assert [one.pattern for one in rank(["jwt", "login"], [PAINT, LOGIN], on=TODAY)] == [
        "login",
        "paint",
    ]


def test_equal_scores_stand_in_the_order_of_their_ids() -> None:
    assert [one.pattern for one in rank(["nothing"], [PAINT, LOGIN], on=TODAY)] == [
        "login",
        "paint",
    ]


def test_the_score_is_the_mean_of_the_parts() -> None:
    shares = {"login": Figure("requirements", 2, 3)}
    for one in rank(["jwt"], [LOGIN, PAINT], framework="fastapi", shares=shares, on=TODAY):
        values = [Fraction(part.num, part.den or 1) for part in one.parts]
        mean = sum(values, Fraction()) / len(values)
        assert Fraction(one.score.num, 1000) <= mean < Fraction(one.score.num + 1, 1000)


def test_text_rises_with_words_that_the_pattern_has_and_is_zero_without() -> None:
    both, one, none = (text_part([*words]) for words in (["jwt", "tokens"], ["jwt", "brush"], []))
    assert 1000 > both > one > none == text_part(["brush"]) == 0


def test_words_that_nobody_has_lower_the_text_part() -> None:
    assert text_part(["jwt"]) > text_part(["jwt", "unheard"]) > 0


@pytest.mark.parametrize(("wanted", "num"), [("fastapi", 1), ("django", 0)])
def test_the_framework_counts_only_where_it_was_asked_for(wanted: str, num: int) -> None:
    assert part("framework", LOGIN, framework=wanted) == Figure("framework", num, 1)
    assert part("framework", LOGIN) is None


@pytest.mark.parametrize(("wanted", "num"), [("python", 1), ("go", 0)])
def test_the_language_counts_only_where_it_was_asked_for(wanted: str, num: int) -> None:
    assert part("language", LOGIN, language=wanted) == Figure("language", num, 1)
    assert part("language", LOGIN) is None


def test_the_share_of_requirements_is_a_part_where_it_is_known() -> None:
    shares = {"login": Figure("requirements", 5, 7)}
    assert part("requirements", LOGIN, shares=shares) == Figure("requirements", 5, 7)
    assert part("requirements", PAINT, shares=shares) is None


@pytest.mark.parametrize(
    ("days", "num"), [(0, 1000), (90, 1000), (91, 998), (410, 500), (730, 0), (4000, 0), (-5, 1000)]
)
def test_documents_age(days: int, num: int) -> None:
    checked = date.fromordinal(TODAY.toordinal() - days)
    document = Document(title="t", url="u", claim="c", checked_on=checked)
    assert freshness([document], TODAY) == Figure("freshness", num, 1000)


def test_no_documents_are_not_fresh() -> None:
    assert freshness([], TODAY) == Figure("freshness", 0, 1000)


def test_short_forms_are_written_out() -> None:
    assert meaning(["auth", "RBAC"]) == ("auth", "authentication", "rbac", "role")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("user_management", ("user", "management")),
        ("JwtTokens", ("jwt", "token")),
        ("the access-tokens of a user", ("access", "token", "user")),
        ("status class", ("status", "class")),
        ("", ()),
    ],
)
def test_texts_are_split_into_plain_words(text: str, words: tuple[str, ...]) -> None:
    assert tokens(text) == words


def test_an_empty_query_ranks_by_the_other_parts() -> None:
    assert [one.score.num for one in rank([], [LOGIN], framework="fastapi", on=TODAY)] == [333]


@given(st.lists(st.text(max_size=20), max_size=5), st.dates(date(2000, 1, 1), date(2099, 1, 1)))
def test_every_part_lies_between_nothing_and_all(query: list[str], on: date) -> None:
    for one in rank(query, [LOGIN, PAINT], framework="fastapi", language="python", on=on):
        for figure in (one.score, *one.parts):
            assert figure.den is not None
            assert 0 <= figure.num <= figure.den
