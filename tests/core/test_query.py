"""Words of a question, and the beginnings under which they are looked for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.core.search.query import is_start, meaning, meanings, spaced, stem, tokens


def test_words_that_mean_the_same_stay_together() -> None:
    assert meanings(["auth jwt", "auth"]) == (("auth", "authentication"), ("jwt",))
    assert meaning(["auth jwt"]) == ("auth", "authentication", "jwt")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("JWTAuthentication", "JWT Authentication"),
        ("getUserById", "get User By Id"),
        ("OAuth2Password", "OAuth2 Password"),
        ("HTTPServer", "HTTP Server"),
        ("plain_name", "plain_name"),
    ],
)
def test_names_are_taken_apart_at_their_capitals(text: str, parts: str) -> None:
    assert spaced(text) == parts


@pytest.mark.parametrize(
    ("word", "others"),
    [
        ("authentication", ["authenticate", "authenticator"]),
        ("authorization", ["authorize", "authorized"]),
        ("decode", ["decoder", "decoding", "decoded"]),
        ("migration", ["migrate", "migrations"]),
        ("verify", ["verification", "verified"]),
        ("handler", ["handle", "handling"]),
    ],
)
def test_a_stem_begins_the_other_forms_of_a_word(word: str, others: list[str]) -> None:
    assert all(other.startswith(stem(word)) for other in (word, *others))


@pytest.mark.parametrize("word", ["user", "login", "jwt", "id", "token", "settings"[:7]])
def test_short_words_stay_whole(word: str) -> None:
    assert stem(word) == word


def test_a_word_of_two_letters_stands_for_itself_alone() -> None:
    assert [is_start(stem(word)) for word in ("id", "jwt")] == [False, True]


@given(st.text(max_size=40))
def test_a_stem_is_always_the_beginning_of_its_word(text: str) -> None:
    for word in tokens(text):
        assert word.startswith(stem(word))
        assert stem(word)
