"""REG, OPS: the range query about breached passwords, and the breaker that stands before it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from orchestrator.attack.faulty_server import Answer, FaultyServer
from orchestrator.attack.proving import NotPossible, check, expect, proves
from orchestrator.attack.rig import Rig
from orchestrator.attack.service import Service, User
from orchestrator.attack.wire import Reply

_PATH = "/range/"
_PREFIX = 5
_ENOUGH = 9
_PAUSE = 300
_QUICK = 10.0


@dataclass
class _Ranges:
    """A range server: knows breached passwords by their SHA-1, and may fail."""

    outage: str = ""
    breached: set[str] = field(default_factory=set)

    def answer(self, path: str, _headers: Mapping[str, str], _body: bytes) -> Answer:
        if self.outage:
            return Answer(outage=self.outage)
        start = path.removeprefix(_PATH)
        digests = [_digest(text) for text in self.breached]
        lines = [f"{one[_PREFIX:]}:42" for one in digests if one.startswith(start)]
        return Answer("\r\n".join([*lines, "0" * 35 + ":1", "F" * 35 + ":0"]))


def _digest(password: str) -> str:
    return hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper()


@contextmanager
def _asking(rig: Rig, ranges: _Ranges) -> Iterator[tuple[Service, FaultyServer]]:
    server = FaultyServer(ranges.answer)
    try:
        with rig.fresh(breach_check="on", breach_url=server.url + _PATH) as service:
            yield service, server
    finally:
        server.close()


def _choose(service: Service, user: User, password: str) -> Reply:
    """Change the password; after success `user` has it, and the new tokens."""
    body = {"current_password": user.password, "new_password": password}
    reply = service.post("/change-password", body, token=user.access)
    if reply.status == 200:
        user.access, user.refresh = service.pair(reply)
        user.password = password
    return reply


@proves("REG-14")
def a_breached_password_is_refused_when_that_can_be_known(rig: Rig) -> None:
    ranges = _Ranges()
    with _asking(rig, ranges) as (service, server):
        user, known = service.user(), service.password()
        ranges.breached.add(known)
        reply = _choose(service, user, known)
        _somebody_asked(server)
        refused = expect(reply, 422, "a breached password")
        check("password_breached" in str(refused.document["errors"]), "another reason is given")
        expect(_choose(service, user, service.password()), 200, "a password that is not breached")
        asked = [path.removeprefix(_PATH) for path in server.requests]
        check(_digest(known)[:_PREFIX] in asked, "its first five characters were not asked for")
        check(all(len(one) == _PREFIX for one in asked), "more than five characters left the house")
        for outage in ("error", "redirect", "slow"):
            ranges.outage = outage
            before = _warnings(service)
            reply = expect(_choose(service, user, service.password()), 200, f"one during {outage}")
            check(reply.seconds < _QUICK, f"a choice during {outage} took {reply.seconds:.0f} s")
            check(_warnings(service) > before, f"{outage} of the range server was not logged")


def _somebody_asked(server: FaultyServer) -> None:
    """Raise NotPossible where the module has no such query."""
    if not server.requests:
        raise NotPossible("the module asks no list of breached passwords")


def _warnings(service: Service) -> int:
    lines = service.log_lines()
    return sum(str(one.get("level")).upper() in ("WARNING", "ERROR") for one in lines)


@proves("OPS-06")
def a_breaker_opens_rests_and_closes(rig: Rig) -> None:
    ranges = _Ranges("error")
    with _asking(rig, ranges) as (service, server):
        user = service.user()
        _choose(service, user, service.password())
        _somebody_asked(server)
        states = _States(rig, service)
        whole = states.shown()
        _choose_often(service, user)
        calls = len(server.requests)
        check(calls < _ENOUGH, f"{_ENOUGH} choices made {calls} calls to a failing server")
        expect(_choose(service, user, service.password()), 200, "a choice with an open breaker")
        check(len(server.requests) == calls, "an open breaker let a call through")
        states.differ(whole, "open")
        service.advance(_PAUSE)
        fresh = service.session(user)
        _choose_often(service, fresh)
        check(len(server.requests) == calls + 1, "after the pause not one call tried the server")
        ranges.outage = ""
        service.advance(_PAUSE)
        last = service.session(fresh)
        server.requests.clear()
        _choose_often(service, last)
        check(len(server.requests) == _ENOUGH, "the breaker did not close after a success")
        states.same(whole, "closed")


def _choose_often(service: Service, user: User) -> None:
    for _ in range(_ENOUGH):
        expect(_choose(service, user, service.password()), 200, "a choice")


class _States:
    """What the metrics say of breakers; nothing where there are no roles, and so no metrics."""

    def __init__(self, rig: Rig, service: Service) -> None:
        self._service = service
        self._admin = service.admin() if str(rig.answers["roles"]).lower() == "true" else None

    def shown(self) -> list[str]:
        if self._admin is None:
            return []
        self._admin = self._service.session(self._admin)
        reply = self._service.get("/metrics", token=self._admin.access)
        text = expect(reply, 200, "the metrics").body.decode()
        lines = [one for one in text.splitlines() if "breaker" in one and not one.startswith("#")]
        check(bool(lines), "the metrics name no breaker")
        return sorted(lines)

    def differ(self, before: list[str], state: str) -> None:
        check(not before or self.shown() != before, f"the metrics do not show the breaker {state}")

    def same(self, before: list[str], state: str) -> None:
        check(self.shown() == before, f"the metrics do not show the breaker {state}")
