"""Requirements are tied to keys by name, by host test, or by likeness; else they stay open."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.core.gate.check import Figure
from orchestrator.core.gate.trace import (
    Match,
    RequirementMap,
    claims,
    marks,
    match_requirements,
    read_claims,
)
from orchestrator.core.story.requirement import REQUIREMENT_ID, Requirement, read_requirement
from orchestrator.core.text.yaml_text import read_yaml

CASES = read_yaml((Path(__file__).parents[1] / "cases" / "likeness.yaml").read_bytes(), "c").data
PROVIDES = CASES["provides"]
LOGIN = "WHEN a user submits a valid e-mail and password THEN the system SHALL answer 200"


def requirement(item: str) -> Requirement:
    found = read_requirement(item)
    assert isinstance(found, Requirement)
    return found


def test_a_named_key_wins_over_any_likeness() -> None:
    found = match_requirements([requirement(f"A-1 [health.live]: {LOGIN}")], PROVIDES)
    assert found.matches == (Match("A-1", "health.live", Figure("likeness", 1, 1), named=True),)
    assert found.unmatched == ()


def test_an_unknown_key_leaves_the_requirement_unmatched_with_the_reason() -> None:
    found = match_requirements([requirement(f"A-1 [login.sucess]: {LOGIN}")], PROVIDES)
    assert (found.matches, found.unmatched) == ((), ("A-1",))
    assert found.reasons == ("the pattern has no key login.sucess",)


def test_without_a_key_the_most_alike_promise_wins_with_its_score() -> None:
    text = (
        "WHEN a user submits a valid e-mail address and password THEN the system SHALL answer 200"
    )
    (match,) = match_requirements([requirement(f"A-1: {text}")], PROVIDES).matches
    assert (match.requirement, match.key, match.named) == ("A-1", "login.success", False)
    assert 0 < match.score.num < (match.score.den or 0)


@pytest.mark.parametrize("text", CASES["none"])
def test_what_no_promise_answers_stays_open_and_the_nearest_is_named(text: str) -> None:
    found = match_requirements([requirement(f"A-1: {text}")], PROVIDES)
    assert (found.matches, found.unmatched) == ((), ("A-1",))
    assert found.reasons[0].startswith("nothing like it; nearest is ")


@pytest.mark.parametrize("text", CASES["between"])
def test_a_choice_between_two_close_promises_is_left_to_a_person(text: str) -> None:
    found = match_requirements([requirement(f"A-1: {text}")], PROVIDES)
    assert (found.matches, found.unmatched) == ((), ("A-1",))
    assert found.reasons[0].startswith("as like ")


@pytest.mark.parametrize(("key", "text"), CASES["same"])
def test_every_labelled_pair_is_matched(key: str, text: str) -> None:
    found = match_requirements([requirement(f"A-1: {text}")], PROVIDES)
    assert [one.key for one in found.matches] == [key]


@pytest.mark.parametrize(
    ("text", "others"),
    [
        ("The system SHALL hash passwords using bcrypt with cost factor 10", "10"),
        (
            "IF a client address fails login 7 times within 10 minutes THEN the system SHALL "
            "answer 429 to logins from that address for 45 minutes",
            "7, 45",
        ),
    ],
)
def test_another_number_is_another_promise(text: str, others: str) -> None:
    found = match_requirements([requirement(f"A-1: {text}")], PROVIDES)
    assert found.matches == ()
    assert found.reasons[0].endswith(f"but says nothing of {others}")


def test_a_host_test_answers_a_requirement_without_key() -> None:
    tests = {"A-1": "tests/test_host.py::test_it"}
    found = match_requirements([requirement(f"A-1: {LOGIN}")], PROVIDES, tests)
    assert found == RequirementMap(host_tests=(("A-1", "tests/test_host.py::test_it"),))


def test_a_requirement_may_have_both_a_key_and_a_host_test() -> None:
    one = requirement(f"A-1 [login.success]: {LOGIN}")
    found = match_requirements([one], PROVIDES, {"A-1": "t.py"})
    assert [match.key for match in found.matches] == ["login.success"]
    assert found.host_tests == (("A-1", "t.py"),)


def test_a_host_test_makes_up_for_an_unknown_key() -> None:
    found = match_requirements([requirement(f"A-1 [no.key]: {LOGIN}")], PROVIDES, {"A-1": "t.py"})
    assert (found.matches, found.unmatched) == ((), ())


def test_a_pattern_that_promises_nothing_answers_nothing() -> None:
    found = match_requirements([requirement(f"A-1: {LOGIN}")], {})
    assert (found.unmatched, found.reasons) == (("A-1",), ("the pattern promises nothing",))


def test_several_requirements_may_have_one_key_and_keep_their_order() -> None:
    found = match_requirements(
        [requirement(f"{id_} [login.success]: {LOGIN}") for id_ in ("B-2", "A-1")], PROVIDES
    )
    assert found.ids_of("login.success") == ("B-2", "A-1")
    assert claims(found, ["login.success", "health.live"]) == {
        "login.success": "# @req B-2, A-1",
        "health.live": "# rule: health.live",
    }
    assert marks(found, ["login.success", "health.live"]) == {
        "login.success": '@pytest.mark.requirement("B-2", "A-1")',
        "health.live": "@pytest.mark.requirement()",
    }


IDS = st.lists(st.from_regex(REQUIREMENT_ID, fullmatch=True), min_size=1, max_size=4)


@given(IDS)
def test_a_claim_that_we_write_is_read_back(ids: list[str]) -> None:
    score = Figure("likeness", 1, 1)
    found = RequirementMap(tuple(Match(id_, "k", score, named=True) for id_ in ids))
    line = claims(found, ["k"])["k"]
    text = f"import os\n\n    {line}\ndef f(): ...\n"
    assert read_claims(text) == tuple((3, id_) for id_ in ids)
    assert read_claims(text.replace("\n", "\r\n")) == tuple((3, id_) for id_ in ids)
    (call,) = (
        node
        for node in ast.walk(ast.parse(f"{marks(found, ['k'])['k']}\ndef f(): ..."))
        if isinstance(node, ast.Call)
    )
    assert [ast.literal_eval(one) for one in call.args] == ids


@pytest.mark.parametrize(
    ("line", "ids"),
    [
        ("# @req A-1", ["A-1"]),
        ("#@req A-1,B-2", ["A-1", "B-2"]),
        ("\t#  @req  A-1 , A-1/2 ", ["A-1", "A-1/2"]),
        ("# @req", []),
        ("# @req a-1", []),
        ("# @req A-1 and B-2", []),
        ("# @req A-1,", []),
        ("x = 1  # @req A-1", []),
        ("# see @req A-1", []),
        ("# @requirement A-1", []),
        ("# rule: login.success", []),
        ("'# @req A-1'", []),
    ],
)
def test_only_a_comment_of_its_own_claims(line: str, ids: list[str]) -> None:
    assert [id_ for _, id_ in read_claims(f"{line}\n")] == ids
