"""REF: a refresh gives a new pair, a replaced token ends its session, and no race breaks either."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from orchestrator.attack import tokens
from orchestrator.attack.judging.proving import check, expect, proves
from orchestrator.attack.rig import Rig
from orchestrator.attack.subject.service import COOKIE, Service, User
from orchestrator.attack.trying import goes_on, not_renewed, rotated
from orchestrator.attack.wire import Reply

_GRACE = 10
_AT_ONCE = 20


@proves("REF-01")
def a_refresh_gives_a_new_pair(rig: Rig) -> None:
    service = rig.service()
    user = service.user()
    access, refresh = rotated(service, user.refresh)
    check(access != user.access, "the access token after a refresh is the old one")
    check(refresh != user.refresh, "the refresh token after a refresh is the old one")
    expect(service.me(access), 200, "the new access token")
    rotated(service, refresh, "the new refresh token")


@proves("REF-02")
def a_replaced_token_ends_its_session(rig: Rig) -> None:
    with rig.alone() as service:
        user = service.user()
        access, newest = rotated(service, user.refresh)
        service.advance(_GRACE + 2)
        expect(service.me(access), 200, "the access token before the reuse")
        not_renewed(service, user.refresh, "a refresh token that was replaced 12 seconds ago")
        not_renewed(service, newest, "the newest refresh token of a session with a reused one")
        expect(service.me(access), 401, "an access token of a session with a reused refresh token")


@proves("REF-03")
def reuse_leaves_other_sessions_alone(rig: Rig) -> None:
    with rig.alone() as service:
        phone = service.user()
        laptop = service.session(phone)
        rotated(service, phone.refresh)
        service.advance(_GRACE + 2)
        not_renewed(service, phone.refresh, "a replaced refresh token")
        expect(service.me(laptop.access), 200, "the access token of the other device")
        goes_on(service, laptop, "the other device")


@proves("REF-04")
def reuse_leaves_an_event(rig: Rig) -> None:
    with rig.alone() as service:
        user = service.user()
        session = tokens.parts(user.access).claims["sid"]
        rotated(service, user.refresh)
        service.advance(_GRACE + 2)
        before = _reuses(service, session)
        check(before == [], "a token_reused event was there before the reuse")
        not_renewed(service, user.refresh, "a replaced refresh token")
        service.soon(
            lambda: _reuses(service, session) == [service.ip],
            "the reuse of a refresh token left no token_reused event with session and address",
        )


def _reuses(service: Service, session: str) -> list[str]:
    """The addresses in the log's token_reused events of a session."""
    return [
        str(line.get("ip"))
        for line in service.log_lines()
        if line.get("type") == "token_reused" and line.get("session_id") == session
    ]


@proves("REF-05")
def parallel_refreshes_agree(rig: Rig) -> None:
    service = rig.service()
    successor = _one_successor(service, service.user().refresh)
    access, _ = rotated(service, successor, "the successor after a race")
    expect(service.me(access), 200, "the access token after a race")


def _one_successor(service: Service, token: str) -> str:
    """Refresh many times at once: all who get a refresh token get the same one."""
    replies = _at_once(lambda: service.refresh(token))
    broken = [reply.status for reply in replies if reply.status >= 500]
    check(not broken, f"{len(broken)} of {_AT_ONCE} parallel refreshes ended with a server error")
    successors = {service.pair(reply)[1] for reply in replies if reply.status == 200}
    check(bool(successors), f"none of {_AT_ONCE} parallel refreshes of a live token succeeded")
    check(len(successors) == 1, f"parallel refreshes made {len(successors)} different successors")
    return successors.pop()


def _at_once(work: Callable[[], Reply]) -> list[Reply]:
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        return [one.result() for one in [threads.submit(work) for _ in range(_AT_ONCE)]]


@proves("REF-06")
def rotation_holds_across_processes_and_a_restart(rig: Rig) -> None:
    for database in rig.databases():
        _holds_across_processes(rig, database)


def _holds_across_processes(rig: Rig, database: dict[str, Any]) -> None:
    with rig.alone(workers=2, **database) as service:
        user = service.user()
        successor = _one_successor(service, user.refresh)
        service.server.stop()
        service.server.start()
        access, newest = rotated(service, successor, "a refresh token after a restart")
        expect(service.me(access), 200, "an access token after a restart")
        service.advance(_GRACE + 2)
        not_renewed(service, user.refresh, "a token that was replaced before the restart")
        not_renewed(service, newest, "the newest token after that reuse")


@proves("REF-07")
def a_lost_answer_can_be_had_again(rig: Rig) -> None:
    service = rig.service()
    user = service.user()
    _, first = rotated(service, user.refresh)
    _, again = rotated(service, user.refresh, "the same refresh token a moment later")
    check(first == again, "a repeated refresh within the grace gave another successor")
    rotated(service, first, "the successor after the repetition")


@proves("REF-08")
def the_grace_is_for_the_last_predecessor_only(rig: Rig) -> None:
    service = rig.service()
    user = service.user()
    _, child = rotated(service, user.refresh)
    _, grandchild = rotated(service, child)
    not_renewed(service, user.refresh, "the grandparent of the newest token, within the grace")
    not_renewed(service, grandchild, "the newest token after its grandparent came back")
    with rig.alone() as other:
        late = other.user()
        rotated(other, late.refresh)
        other.advance(31)
        not_renewed(other, late.refresh, "a token that was replaced 31 seconds ago")


@proves("REF-09")
def the_loser_of_a_race_clears_no_cookie(rig: Rig) -> None:
    service = rig.service()
    user = _cookie_user(service)
    first = expect(_by_cookie(service, user.refresh), 200, "a refresh by cookie")
    second = expect(_by_cookie(service, user.refresh), 200, "the same refresh a moment later")
    for reply in (first, second):
        check(bool(service.cookie(reply)), "a refresh by cookie sent an empty cookie or none")
    check(service.cookie(first) == service.cookie(second), "the loser's cookie is another one")
    gone = _by_cookie(service, secrets.token_urlsafe(32))
    expect(gone, 401, "an unknown token in the cookie")


def _cookie_user(service: Service) -> User:
    """A user whose refresh token travels in the cookie."""
    user = service.account()
    body = {"email": user.email, "password": user.password}
    if service.answers["transport"] == "both":
        body["transport"] = "cookie"
    reply = service.post("/login", body, headers=service.same_origin)
    user.access, user.refresh = service.pair(expect(reply, 200, "a login that asks for a cookie"))
    return user


def _by_cookie(service: Service, token: str) -> Reply:
    headers = [("Cookie", f"{COOKIE}={token}"), *service.same_origin]
    return service.post("/refresh", headers=headers)
