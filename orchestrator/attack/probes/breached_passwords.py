"""REG: the range query about breached passwords, and what happens when nobody answers it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from orchestrator.attack.judging.proving import check, expect, proves
from orchestrator.attack.rig import Rig
from orchestrator.attack.subject.service import Service, User
from orchestrator.attack.surroundings.faulty_server import Answer, FaultyServer
from orchestrator.attack.wire import Reply

_PATH = "/range/"
_PREFIX = 5
_QUICK = 10.0


@dataclass
class Ranges:
    """A range server: knows breached passwords by their SHA-1, and may fail."""

    outage: str = ""
    breached: set[str] = field(default_factory=set)

    def answer(self, path: str, _headers: Mapping[str, str], _body: bytes) -> Answer:
        """What is known of the digests that begin as the path ends."""
        if self.outage:
            return Answer(outage=self.outage)
        start = path.removeprefix(_PATH)
        digests = [_digest(text) for text in self.breached]
        lines = [f"{one[_PREFIX:]}:42" for one in digests if one.startswith(start)]
        return Answer("\r\n".join([*lines, "0" * 35 + ":1", "F" * 35 + ":0"]))


def _digest(password: str) -> str:
    return hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper()


@contextmanager
def asking(rig: Rig, ranges: Ranges) -> Iterator[tuple[Service, FaultyServer]]:
    """A service that asks a range server, and that server."""
    server = FaultyServer(ranges.answer)
    try:
        with rig.fresh(breach_check="on", breach_url=server.url + _PATH) as service:
            yield service, server
    finally:
        server.close()


def choose(service: Service, user: User, password: str) -> Reply:
    """Change the password; after success `user` has it, and the new tokens."""
    body = {"current_password": user.password, "new_password": password}
    reply = service.post("/change-password", body, token=user.access)
    if reply.status == 200:
        user.access, user.refresh = service.pair(reply)
        user.password = password
    return reply


@proves("REG-14")
def a_breached_password_is_refused_when_that_can_be_known(rig: Rig) -> None:
    ranges = Ranges()
    with asking(rig, ranges) as (service, server):
        user, known = service.user(), service.password()
        ranges.breached.add(known)
        reply = choose(service, user, known)
        check(bool(server.requests), "a range server is set up, and nobody asked it")
        refused = expect(reply, 422, "a breached password")
        check("password_breached" in str(refused.document["errors"]), "another reason is given")
        expect(choose(service, user, service.password()), 200, "a password that is not breached")
        asked = [path.removeprefix(_PATH) for path in server.requests]
        check(_digest(known)[:_PREFIX] in asked, "its first five characters were not asked for")
        check(all(len(one) == _PREFIX for one in asked), "more than five characters left the house")
        for outage in ("error", "redirect", "slow"):
            ranges.outage = outage
            before = _warnings(service)
            reply = expect(choose(service, user, service.password()), 200, f"one during {outage}")
            check(reply.seconds < _QUICK, f"a choice during {outage} took {reply.seconds:.0f} s")
            check(_warnings(service) > before, f"{outage} of the range server was not logged")


def _warnings(service: Service) -> int:
    lines = service.log_lines()
    return sum(str(one.get("level")).upper() in ("WARNING", "ERROR") for one in lines)
