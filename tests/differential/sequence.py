"""Recorded sequences of requests, read from files, and played against one running service."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from string import Template
from typing import Any

from normal import Names, Seen

from orchestrator.attack.rig import Rig
from orchestrator.attack.subject.service import Service
from orchestrator.attack.wire import Headers, Reply, chunked, request_bytes
from orchestrator.core.text.yaml_text import read_yaml

_FOLDER = Path(__file__).parent / "sequences"
PASSWORD = "Kv7 copper-lantern-91"
OTHER_PASSWORD = "Tz4 walnut-harbour-38"


@dataclass(frozen=True)
class Step:
    """One thing that a client does: a request, a look into the mail, a command, or a pause.

    `${name}` stands for a value that an earlier step took. `body` travels as JSON, `text` as it
    is, and `letters` as a JSON body with a member of so many letters.
    """

    ask: str = ""
    status: int = 0
    code: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    text: str | None = None
    letters: int = 0
    encoding: str = "utf-8"
    chunked: bool = False
    bearer: str = ""
    take: Mapping[str, str] = field(default_factory=dict)
    take_cookie: str = ""
    times: int = 1
    mail: str = ""
    to: str = "${email}"
    command: tuple[str, ...] = ()
    advance: int = 0

    def content(self) -> bytes | None:
        """The body as bytes; None when it has none."""
        if self.letters:
            return json.dumps({"email": "a" * self.letters}).encode()
        if self.text is not None:
            return self.text.encode(self.encoding)
        return None if self.body is None else json.dumps(self.body).encode()


@dataclass(frozen=True)
class Sequence:
    """Steps in order, the settings they need, and the answers (name: values) that they are for."""

    name: str
    steps: tuple[Step, ...]
    settings: Mapping[str, Any] = field(default_factory=dict)
    when: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)

    def fits(self, answers: Mapping[str, Any]) -> bool:
        """Whether it can be played against a module of these answers."""
        return all(answers[name] in values for name, values in self.when.items())


@cache
def sequences() -> tuple[Sequence, ...]:
    """All sequences, file by file. Raises TypeError for a member that a step does not have."""
    found = []
    for path in sorted(_FOLDER.glob("*.yaml")):
        for row in read_yaml(path.read_bytes(), path.name).data:
            steps = tuple(Step(**one) for one in row.pop("steps"))
            found.append(Sequence(steps=steps, **row))
    return tuple(found)


Played = list[tuple[Step, Seen]]


def play(sequence: Sequence, rig: Rig) -> Played:
    """What a client sees of each request, by step. Raises AssertionError for another status."""
    if any(step.advance for step in sequence.steps):
        with rig.alone(**sequence.settings) as service:
            return _Client(service, sequence.name).play(sequence.steps)
    return _Client(rig.service(**sequence.settings), sequence.name).play(sequence.steps)


class _Client:
    """One run of a sequence: the service, and the values that it has taken so far."""

    def __init__(self, service: Service, name: str) -> None:
        self._service = service
        self._names = Names()
        self._taken = {
            "email": f"{name}@example.com",
            "other_email": f"other-{name}@example.com",
            "admin": f"admin-{name}@example.com",
            "password": PASSWORD,
            "other_password": OTHER_PASSWORD,
        }

    def play(self, steps: tuple[Step, ...]) -> Played:
        return [(step, seen) for step in steps for seen in self._done(step)]

    def _done(self, step: Step) -> list[Seen]:
        if step.ask:
            return [self._asked(step) for _ in range(step.times)]
        if step.mail:
            mail = self._service.mail(self._filled(step.to), step.mail)
            self._taken.update({name: mail[member] for name, member in step.take.items()})
        elif step.command:
            stdin = f"{PASSWORD}\n"
            done = self._service.command(*self._filled(step.command), stdin=stdin)
            assert done.returncode == 0, done.stderr
        else:
            self._service.advance(step.advance)
        return []

    def _asked(self, step: Step) -> Seen:
        filled = replace(step, **self._filled(_wire_members(step)))
        method, _, target = filled.ask.partition(" ")
        headers, content = self._headers(filled), filled.content()
        if filled.chunked:
            reply = self._service.raw(_in_chunks(filled.ask, headers, content or b""))
        else:
            reply = self._service.request(method, target, content, headers=headers)
        assert reply.status == step.status, (step.ask, reply.status, reply.body[:400])
        assert reply.code == step.code or not step.code, (step.ask, reply.code)
        self._take(step, reply)
        return self._names.seen(reply)

    def _headers(self, step: Step) -> Headers:
        headers = list(step.headers.items())
        if step.bearer:
            headers.append(("Authorization", f"Bearer {self._taken[step.bearer]}"))
        return headers

    def _take(self, step: Step, reply: Reply) -> None:
        for name, member in step.take.items():
            found = reply.data
            for part in member.split("."):
                found = found[int(part)] if isinstance(found, list) else found[part]
            self._taken[name] = str(found)
        if step.take_cookie:
            self._taken[step.take_cookie] = self._service.cookie(reply)

    def _filled(self, value: Any) -> Any:
        match value:
            case str():
                return Template(value).substitute(self._taken)
            case Mapping():
                return {key: self._filled(one) for key, one in value.items()}
            case list() | tuple():
                return [self._filled(one) for one in value]
            case _:
                return value


def _in_chunks(ask: str, headers: Headers, content: bytes) -> bytes:
    method, _, target = ask.partition(" ")
    usual = [("Host", "localhost"), ("Connection", "close"), ("Transfer-Encoding", "chunked")]
    usual.append(("Content-Type", "application/json"))
    return request_bytes(method, target, [*usual, *headers], chunked(content))


def _wire_members(step: Step) -> dict[str, Any]:
    return {"ask": step.ask, "headers": step.headers, "body": step.body, "text": step.text}
