"""OPS: circuit breakers before what lies outside: breached passwords and the mail server."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from orchestrator.attack.judging.proving import check, expect, proves
from orchestrator.attack.judging.timing import within
from orchestrator.attack.probes.breached_passwords import Ranges, asking, choose
from orchestrator.attack.rig import Rig
from orchestrator.attack.subject.service import Service, User
from orchestrator.attack.surroundings.mail_server import MailServer

_ENOUGH = 9
_PAUSE = 300
_REST = 31
_QUICK = 3.0
_WORK = 20.0
_STATE = re.compile(r'^\w*breaker_state\{.*name="(\w+)".*state="(\w+)".*\} 1$', re.MULTILINE)


@proves("OPS-06")
def a_breaker_opens_rests_and_closes(rig: Rig) -> None:
    """Once before the list of breached passwords, once before the mail server."""
    _before_the_range_server(rig)
    _before_the_mail_server(rig)


def _before_the_range_server(rig: Rig) -> None:
    ranges = Ranges("error")
    with asking(rig, ranges) as (service, server):
        user = service.user()
        states = _States(rig, service, "breaches")
        states.expect("closed")
        choose(service, user, service.password())
        check(bool(server.requests), "a range server is set up, and nobody asked it")
        _choose_often(service, user)
        calls = len(server.requests)
        check(calls < _ENOUGH, f"{_ENOUGH} choices made {calls} calls to a failing server")
        expect(choose(service, user, service.password()), 200, "a choice with an open breaker")
        check(len(server.requests) == calls, "an open breaker let a call through")
        states.expect("open")
        service.advance(_PAUSE)
        states.expect("half_open")
        fresh = service.session(user)
        _choose_often(service, fresh)
        check(len(server.requests) == calls + 1, "after the pause not one call tried the server")
        ranges.outage = ""
        service.advance(_PAUSE)
        last = service.session(fresh)
        server.requests.clear()
        _choose_often(service, last)
        check(len(server.requests) == _ENOUGH, "the breaker did not close after a success")
        states.expect("closed")


def _choose_often(service: Service, user: User) -> None:
    for _ in range(_ENOUGH):
        expect(choose(service, user, service.password()), 200, "a choice")


def _before_the_mail_server(rig: Rig) -> None:
    """It refuses until the breaker rests, hesitates while it is tried, and works again."""
    with _posting(rig) as (service, post):
        states = _States(rig, service, "mail")
        states.expect("closed")
        for _ in range(_ENOUGH):
            _ask(service, states.email)
        states.expect("open")
        calls = post.visits
        check(0 < calls < _ENOUGH, f"{_ENOUGH} mails made {calls} calls to a refusing server")
        _ask(service, states.email)
        states.expect("open")
        check(post.visits == calls, "an open breaker let a mail through")
        post.mood = "hesitates"
        service.advance(_REST)
        _ask(service, states.email)
        service.soon(lambda: post.visits > calls, "after the pause no mail was tried", _WORK)
        states.expect("half_open")
        check(post.visits == calls + 1, "a half open breaker let more than one mail through")
        post.mood = "works"
        states.expect("closed")
        service.soon(lambda: bool(post.mails), "no mail left when its server was back", _WORK)
        service.advance(_PAUSE)
        _ask(service, states.email)
        known = [str(one["Message-ID"]) for one in post.mails]
        check(len(set(known)) == len(known), "a mail left twice")


@contextmanager
def _posting(rig: Rig) -> Iterator[tuple[Service, MailServer]]:
    post = MailServer("refuses")
    sending: dict[str, Any] = {
        "email_backend": "smtp",
        "smtp_url": post.url,
        "email_from": "auth@example.com",
    }
    try:
        with rig.fresh(**sending, email_file_path=None) as service:
            yield service, post
    finally:
        post.close()


def _ask(service: Service, email: str) -> None:
    """Ask for a mail; the answer waits for no mail server."""
    what = "a request for a mail while no mail can leave"
    body = {"email": email}
    ip = service.around.address()
    expect(within(_QUICK, lambda: service.post("/forgot-password", body, ip=ip), what), 202, what)


class _States:
    """What the metrics say of one breaker; nothing where there are no roles, and so no metrics."""

    def __init__(self, rig: Rig, service: Service, name: str) -> None:
        self._service = service
        self._name = name
        self._shown = str(rig.answers["roles"]).lower() == "true"
        self._admin = service.admin() if self._shown else service.by_command()
        self.email = self._admin.email

    def expect(self, state: str) -> None:
        """Fail unless the breaker is in this state soon."""
        if not self._shown:
            return
        self._admin = self._service.session(self._admin)
        self._service.soon(
            lambda: self._states() == {state},
            f"the metrics do not show the breaker {self._name} {state.replace('_', ' ')}",
            _WORK,
        )

    def _states(self) -> set[str]:
        reply = self._service.get("/metrics", token=self._admin.access)
        text = expect(reply, 200, "the metrics").body.decode()
        return {state for name, state in _STATE.findall(text) if name == self._name}
