"""Accounts that an operator adds for an attack: whatever the answers ask for is given."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from orchestrator.attack.judging.proving import Failure
from orchestrator.attack.subject.server import Done
from orchestrator.attack.subject.service import Service, User
from orchestrator.attack.wire import Wire


def service(username: str, ends: int = 0) -> tuple[Service, list[tuple[str, ...]]]:
    said: list[tuple[str, ...]] = []

    def run(*words: str, stdin: str) -> Done:
        assert stdin == "a password\n"
        said.append(words)
        return Done(ends, "", "no such thing")

    server: Any = SimpleNamespace(run=run, application=SimpleNamespace(package="src.auth"))
    around: Any = SimpleNamespace(answers={"username": username})
    return Service(server, cast(Wire, None), around, ""), said


@pytest.mark.parametrize(
    ("username", "named"),
    [("none", ()), ("optional", ("--username", "ada")), ("required", ("--username", "ada"))],
)
def test_an_account_of_the_command_line_has_a_name_where_accounts_have_one(
    username: str, named: tuple[str, ...]
) -> None:
    there, said = service(username)
    there.make(User("ada@example.com", "a password"), "create-admin")
    words = ("create-admin", "--email", "ada@example.com", *named, "--password-stdin")
    assert said == [("src.auth.cli", *words)]


def test_a_command_that_adds_no_account_is_a_failure_with_its_words() -> None:
    there, _ = service("none", ends=2)
    with pytest.raises(Failure, match="create-user ended with 2: no such thing"):
        there.make(User("ada@example.com", "a password"))
