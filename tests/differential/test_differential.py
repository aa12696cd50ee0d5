"""A client cannot tell FastAPI and Flask apart: the same requests get the same answers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from generated_environment import declared, environment
from generated_service import generated_service
from normal import Names
from sequence import Played, Sequence, play, sequences

from orchestrator.attack.judging.catalogue import catalogue
from orchestrator.attack.rig import Rig
from orchestrator.attack.wire import Reply

FRAMEWORKS = ("fastapi", "flask")
CHOICES: dict[str, dict[str, Any]] = {
    "defaults": {},
    "both transports in envelopes": {"transport": "both", "response_style": "envelope"},
}


def _reply(status: int = 200, body: str = "{}", **headers: str) -> Reply:
    named = [(name.replace("_", "-"), value) for name, value in headers.items()]
    return Reply(status, named, body.encode())


def test_replies_that_differ_in_drawn_values_only_are_equal() -> None:
    first = _reply(body=json.dumps({"id": "a" * 32, "exp": 5}), X_Request_ID="a" * 32, Date="1")
    second = _reply(body=json.dumps({"id": "b" * 32, "exp": 6}), X_Request_ID="b" * 32, Date="2")
    assert Names().seen(first).differences(Names().seen(second)) == []


@pytest.mark.parametrize(
    "other",
    [
        _reply(201, X_One="1"),
        _reply(body='{"a": 1}', X_One="1"),
        _reply(X_One="2"),
        _reply(),
        Reply(200, [("X-One", "1"), ("x-one", "1")], b"{}"),
    ],
    ids=["status", "body", "value", "missing", "twice"],
)
def test_replies_that_differ_otherwise_are_not(other: Reply) -> None:
    seen, second = Names().seen(_reply(X_One="1")), Names().seen(other)
    assert seen.differences(second) != []
    assert second.differences(seen) != []


def test_values_that_were_equal_must_stay_equal() -> None:
    same = _reply(body=json.dumps(["a" * 32, "a" * 32]))
    apart = _reply(body=json.dumps(["a" * 32, "b" * 32]))
    assert Names().seen(same).differences(Names().seen(apart)) != []


def test_each_request_says_which_status_it_gets() -> None:
    silent = [step.ask for one in sequences() for step in one.steps if step.ask and not step.status]
    assert silent == []


def test_sequences_have_names_of_their_own() -> None:
    names = [one.name for one in sequences()]
    assert len(set(names)) == len(names)


@pytest.fixture(scope="session")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("environment") / "venv"
    return environment(folder, *declared(">="), "gunicorn")


Rigs = Callable[[str], tuple[Rig, ...]]


@pytest.fixture(scope="session")
def rigs(python: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rigs]:
    """For each choice of answers the same module behind FastAPI and behind Flask, for real."""
    with ExitStack() as stack:

        @cache
        def made(choice: str) -> tuple[Rig, ...]:
            places = (
                generated_service(
                    python,
                    tmp_path_factory.mktemp(framework),
                    {**CHOICES[choice], "framework": framework},
                )
                for framework in FRAMEWORKS
            )
            return tuple(map(stack.enter_context, places))

        yield made


_PLAYS = [
    (choice, sequence)
    for choice, answers in CHOICES.items()
    for sequence in sequences()
    if sequence.fits(catalogue().answers(answers))
]


@pytest.mark.slow
@pytest.mark.parametrize(("choice", "sequence"), _PLAYS, ids=lambda one: getattr(one, "name", one))
def test_both_frameworks_answer_alike(choice: str, sequence: Sequence, rigs: Rigs) -> None:
    first, second = (play(sequence, rig) for rig in rigs(choice))
    assert list(_told(first, second)) == []


def _told(first: Played, second: Played) -> Iterator[str]:
    for (step, one), (_, two) in zip(first, second, strict=True):
        yield from (f"{step.ask}: {difference}" for difference in one.differences(two))
