"""The host's table of users is mapped when that is asked for and possible, and never otherwise."""

from __future__ import annotations

from dataclasses import replace

from plain_host import PLAIN

from orchestrator.core.host.host import Observation, Place, UserTable
from orchestrator.core.pattern.answers import Answer
from orchestrator.core.proposal.adoption import can_be_answered, user_answers, with_mapped_users

PLACE = Place("models.py", 3)
APART = Observation("user model", "stay apart", "it stays", PLACE)
OTHER = Observation("settings", "stay apart", "they stay", PLACE)
USERS = UserTable("User", "users", "id", "email", "password_hash", "is_active", "", PLACE)
HOST = replace(PLAIN, observations=(APART, OTHER), users=USERS)
MAP, ALONE = Answer("users", "map", "story"), Answer("users", "apart", "default")


def test_the_columns_are_answers_that_only_the_tool_knows() -> None:
    assert user_answers(HOST) == {
        "host_users_table": "users",
        "host_users_key": "id",
        "host_users_email": "email",
        "host_users_password": "password_hash",
        "host_users_active": "is_active",
        "host_users_verified": "",
    }
    assert set(user_answers(replace(HOST, users=None)).values()) == {""}


def test_a_table_that_was_asked_for_is_mapped_and_no_longer_said_to_stay_apart() -> None:
    host, bad = with_mapped_users(HOST, [MAP], user_answers(HOST))
    assert bad == ()
    assert host.observations[0] == OTHER
    mapped = host.observations[1]
    assert (mapped.subject, mapped.decision, mapped.place) == ("user model", "map", PLACE)
    assert "key id, email email, password password_hash, active is_active" in mapped.because


def test_nothing_is_mapped_by_itself() -> None:
    for answers in ([], [ALONE], [Answer("users", "map2", "story")], [Answer("x", "map", "story")]):
        assert with_mapped_users(HOST, answers, user_answers(HOST)) == (HOST, ())


def test_what_cannot_be_mapped_is_a_bad_answer_with_the_reason() -> None:
    host = replace(HOST, users=None, users_apart="its column email is not unique (models.py:3)")
    same, (bad,) = with_mapped_users(host, [MAP], user_answers(host))
    assert same == host
    assert "its column email is not unique (models.py:3)" in bad.because
    assert "users=apart" in bad.remedy
    _, (none,) = with_mapped_users(
        replace(host, users_apart=""), [MAP], user_answers(replace(host, users_apart=""))
    )
    assert "no table of users was found" in none.because


def test_columns_of_a_record_are_used_where_the_host_has_changed() -> None:
    gone = replace(HOST, users=None, observations=(OTHER,))
    host, bad = with_mapped_users(gone, [MAP], user_answers(HOST))
    assert (bad, host.observations[1].decision, host.observations[1].place) == ((), "map", None)


def test_what_only_mapped_users_bring_is_not_promised_where_nothing_can_be_mapped() -> None:
    remedies = {"host.login": "answer users=map", "token.email": "answer email_claim=true"}
    assert can_be_answered(HOST, remedies) == remedies
    left = can_be_answered(replace(HOST, users=None), remedies)
    assert left == {"token.email": "answer email_claim=true"}
