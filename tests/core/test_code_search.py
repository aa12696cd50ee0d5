"""Code is ranked by parts that are shown; each can rise and fall, and none is a constant."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.core.gate.check import Figure
from orchestrator.core.host.host import Place
from orchestrator.core.search.code import Candidate, CodeHit, Symbol
from orchestrator.core.search.code_search import expressions, rank_code, starts
from orchestrator.core.search.query import meanings


def candidate(
    name: str,
    *,
    kind: str = "function",
    path: str = "src/a.py",
    words: str = "",
    text: str = "",
    imports: tuple[str, ...] = (),
) -> Candidate:
    symbol = Symbol(kind, name, 1, text, words)
    return Candidate(symbol, Place(path, 1), frozenset(imports))


def ranked(query: str, *candidates: Candidate, framework: str | None = None) -> list[CodeHit]:
    return list(rank_code(meanings([query]), candidates, framework=framework, limit=50))


def part(hit: CodeHit, name: str) -> Figure | None:
    return next((one for one in hit.parts if one.id == name), None)


def test_the_score_is_the_mean_of_the_parts() -> None:
    hits = ranked(
        "jwt login model", candidate("jwt_login"), candidate("x", words="jwt"), framework="flask"
    )
    for hit in hits:
        mean = sum(Fraction(one.num, one.den or 1) for one in hit.parts) / len(hit.parts)
        assert Fraction(hit.score.num, 1000) <= mean < Fraction(hit.score.num + 1, 1000)


def test_a_word_in_the_name_counts_more_than_one_in_the_body() -> None:
    first, second = ranked("jwt", candidate("other", words="jwt more"), candidate("jwt_decode"))
    assert (first.name, part(first, "name")) == ("jwt_decode", Figure("name", 1, 1))
    assert part(second, "name") == Figure("name", 0, 1)


def test_a_rarer_word_counts_more() -> None:
    many = [candidate(f"token_{n}") for n in range(20)]
    hits = {hit.name: hit for hit in ranked("jwt token", *many, candidate("jwt_9"))}
    assert hits["jwt_9"].parts[0].num > hits["token_1"].parts[0].num


def test_tests_and_examples_come_after_the_own_code() -> None:
    paths = ["tests/test_a.py", "docs/a.py", "src/jwt.py", "src/a_test.py"]
    hits = ranked("jwt", *(candidate("jwt", path=path) for path in paths))
    own = {hit.place.path: part(hit, "own") for hit in hits}
    assert hits[0].place.path == "src/jwt.py"
    assert own.pop("src/jwt.py") == Figure("own", 1, 1)
    assert set(own.values()) == {Figure("own", 0, 1)}


def test_a_kind_counts_where_the_question_names_it() -> None:
    model, function = ranked(
        "user model", candidate("user_model_helper"), candidate("User", kind="model", text="User.")
    )
    assert part(ranked("user", candidate("User"))[0], "kind") is None
    assert {part(model, "kind"), part(function, "kind")} == {
        Figure("kind", 1, 1),
        Figure("kind", 0, 1),
    }


def test_the_framework_counts_where_it_was_asked_for() -> None:
    with_it = candidate("jwt_a", imports=("flask.views",))
    hits = ranked("jwt", candidate("jwt_b"), with_it, framework="flask")
    assert [(hit.name, part(hit, "framework")) for hit in hits] == [
        ("jwt_a", Figure("framework", 1, 1)),
        ("jwt_b", Figure("framework", 0, 1)),
    ]
    assert part(ranked("jwt", with_it)[0], "framework") is None


def test_what_does_not_hold_a_word_is_left_out() -> None:
    assert ranked("jwt", candidate("paint"), candidate("ajwt")) == []


@pytest.mark.parametrize("name", ["authenticate", "Authenticator", "JWTAuthentication", "is_auth"])
def test_other_forms_of_a_word_are_found(name: str) -> None:
    assert len(ranked("auth" if name == "is_auth" else "authentication", candidate(name))) == 1


def test_a_very_short_word_is_found_as_a_word_only() -> None:
    hits = ranked("id", candidate("user_id"), candidate("identity"))
    assert [hit.name for hit in hits] == ["user_id"]


def test_equal_hits_stand_in_the_order_of_their_places() -> None:
    hits = ranked("jwt", *(candidate("jwt", path=f"src/{n}.py") for n in "cab"))
    assert [hit.place.path for hit in hits] == ["src/a.py", "src/b.py", "src/c.py"]


def test_the_questions_for_fts_name_every_word_once_and_quoted() -> None:
    asked = meanings(["auth id"])
    assert expressions(asked) == (
        'name : (("auth"* OR "authentic"*) AND ("id"))',
        '("auth"* OR "authentic"*) AND ("id")',
        'name : ("auth"* OR "authentic"* OR "id")',
        '"auth"* OR "authentic"* OR "id"',
    )
    assert expressions([]) == ()
    assert starts(asked) == ("auth", "authentic", "id")


@given(st.lists(st.text(max_size=30), max_size=4), st.text(max_size=20), st.text(max_size=40))
def test_every_part_lies_between_nothing_and_all(query: list[str], name: str, words: str) -> None:
    asked = meanings(query)
    candidates = [candidate(name, words=words.lower()), candidate("jwt_user")]
    for hit in rank_code(asked, candidates, framework="flask", limit=9):
        for figure in (hit.score, *hit.parts):
            assert figure.den is not None
            assert 0 <= figure.num <= figure.den
