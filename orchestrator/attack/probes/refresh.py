"""REF: refresh tokens rotate, a replaced one ends its session, and no race breaks either."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from orchestrator.attack import tokens
from orchestrator.attack.proving import check, expect, proves, same_answer
from orchestrator.attack.rig import Rig
from orchestrator.attack.service import COOKIE, Service, User
from orchestrator.attack.wire import Reply

_DAY = 86_400
_GRACE = 10
_IDLE = 14 * _DAY
_AT_ONCE = 20
_SHORTEST = 22
"""Characters of base64url that hold 128 bits."""


def _refused(service: Service, token: str, what: str) -> Reply:
    return expect(service.refresh(token), 401, what, code="invalid_refresh_token")


def _rotated(service: Service, token: str, what: str = "a live refresh token") -> tuple[str, str]:
    return service.pair(expect(service.refresh(token), 200, what))


def _works(service: Service, user: User, what: str) -> str:
    """The session goes on: its refresh token gives a pair whose access token opens the door."""
    access, refresh = _rotated(service, user.refresh, what)
    expect(service.me(access), 200, f"the access token of {what}")
    return refresh


@proves("REF-01")
def a_refresh_gives_a_new_pair(rig: Rig) -> None:
    service = rig.service()
    user = service.user()
    access, refresh = _rotated(service, user.refresh)
    check(access != user.access, "the access token after a refresh is the old one")
    check(refresh != user.refresh, "the refresh token after a refresh is the old one")
    expect(service.me(access), 200, "the new access token")
    _rotated(service, refresh, "the new refresh token")


@proves("REF-02")
def a_replaced_token_ends_its_session(rig: Rig) -> None:
    with rig.alone() as service:
        user = service.user()
        access, newest = _rotated(service, user.refresh)
        service.advance(_GRACE + 2)
        expect(service.me(access), 200, "the access token before the reuse")
        _refused(service, user.refresh, "a refresh token that was replaced 12 seconds ago")
        _refused(service, newest, "the newest refresh token of a session with a reused one")
        expect(service.me(access), 401, "an access token of a session with a reused refresh token")


@proves("REF-03")
def reuse_leaves_other_sessions_alone(rig: Rig) -> None:
    with rig.alone() as service:
        phone = service.user()
        laptop = service.session(phone)
        _rotated(service, phone.refresh)
        service.advance(_GRACE + 2)
        _refused(service, phone.refresh, "a replaced refresh token")
        expect(service.me(laptop.access), 200, "the access token of the other device")
        _works(service, laptop, "the other device")


@proves("REF-04")
def reuse_leaves_an_event(rig: Rig) -> None:
    with rig.alone() as service:
        user = service.user()
        session = tokens.parts(user.access).claims["sid"]
        _rotated(service, user.refresh)
        service.advance(_GRACE + 2)
        before = _reuses(service, session)
        check(before == [], "a token_reused event was there before the reuse")
        _refused(service, user.refresh, "a replaced refresh token")
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


def _at_once(work: Callable[[], Reply]) -> list[Reply]:
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        return [one.result() for one in [threads.submit(work) for _ in range(_AT_ONCE)]]


def _one_successor(service: Service, token: str) -> str:
    """Refresh many times at once: all who get a refresh token get the same one."""
    replies = _at_once(lambda: service.refresh(token))
    broken = [reply.status for reply in replies if reply.status >= 500]
    check(not broken, f"{len(broken)} of {_AT_ONCE} parallel refreshes ended with a server error")
    successors = {service.pair(reply)[1] for reply in replies if reply.status == 200}
    check(bool(successors), f"none of {_AT_ONCE} parallel refreshes of a live token succeeded")
    check(len(successors) == 1, f"parallel refreshes made {len(successors)} different successors")
    return successors.pop()


@proves("REF-05")
def parallel_refreshes_agree(rig: Rig) -> None:
    service = rig.service()
    successor = _one_successor(service, service.user().refresh)
    access, _ = _rotated(service, successor, "the successor after a race")
    expect(service.me(access), 200, "the access token after a race")


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
        access, newest = _rotated(service, successor, "a refresh token after a restart")
        expect(service.me(access), 200, "an access token after a restart")
        service.advance(_GRACE + 2)
        _refused(service, user.refresh, "a token that was replaced before the restart")
        _refused(service, newest, "the newest token after that reuse")


@proves("REF-07")
def a_lost_answer_can_be_had_again(rig: Rig) -> None:
    service = rig.service()
    user = service.user()
    _, first = _rotated(service, user.refresh)
    _, again = _rotated(service, user.refresh, "the same refresh token a moment later")
    check(first == again, "a repeated refresh within the grace gave another successor")
    _rotated(service, first, "the successor after the repetition")


@proves("REF-08")
def the_grace_is_for_the_last_predecessor_only(rig: Rig) -> None:
    service = rig.service()
    user = service.user()
    _, child = _rotated(service, user.refresh)
    _, grandchild = _rotated(service, child)
    _refused(service, user.refresh, "the grandparent of the newest token, within the grace")
    _refused(service, grandchild, "the newest token after its grandparent came back")
    with rig.alone() as other:
        late = other.user()
        _rotated(other, late.refresh)
        other.advance(31)
        _refused(other, late.refresh, "a token that was replaced 31 seconds ago")


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


@proves("REF-10")
def rotation_moves_no_absolute_end(rig: Rig) -> None:
    with rig.alone() as service:
        user = service.user()
        refresh = user.refresh
        for _ in range(7):
            service.advance(3 * 3600)
            access, refresh = _rotated(service, refresh, "a refresh within the session's life")
        real = tokens.parts(access).claims
        start = tokens.parts(user.access).claims["iat"]
        check(real["exp"] <= start + _DAY + 1, "an access token outlives its session")
        service.advance(3 * 3600 + 60)
        _refused(service, refresh, "a refresh after the session's absolute end")
        expect(service.me(access), 401, "an access token after the session's absolute end")


@proves("REF-11")
def an_idle_session_ends(rig: Rig) -> None:
    with rig.alone(idle_ttl=3600) as service:
        user = service.user()
        service.advance(3500)
        _, refresh = _rotated(service, user.refresh, "a refresh before the idle end")
        service.advance(3500)
        _, refresh = _rotated(service, refresh, "a refresh soon after the last one")
        service.advance(3700)
        _refused(service, refresh, "a refresh after the idle end")


@proves("REF-12")
def every_end_of_a_session_kills_its_refresh_token(rig: Rig) -> None:
    service = rig.service()
    for what, end in _ENDS.items():
        user = service.user()
        bystander = service.user()
        end(service, user)
        _refused(service, user.refresh, f"a refresh after {what}")
        _works(service, bystander, f"somebody else after {what}")


def _log_out(service: Service, user: User) -> None:
    expect(service.logout(user), 204, "a logout")


def _log_out_everywhere(service: Service, user: User) -> None:
    expect(service.delete("/sessions", token=user.access), 204, "a logout everywhere")


def _reset(service: Service, user: User) -> None:
    asked = service.post("/forgot-password", {"email": user.email}, ip=service.around.address())
    expect(asked, 202, "a request for a new password")
    token = service.mail(user.email, "reset_password")["token"]
    body = {"token": token, "new_password": service.password()}
    expect(service.post("/reset-password", body), 204, "a reset of the password")


def _change(service: Service, user: User) -> None:
    body = {"current_password": user.password, "new_password": service.password()}
    reply = service.post("/change-password", body, token=user.access, headers=service.same_origin)
    expect(reply, 200, "a change of the password")


def _delete(service: Service, user: User) -> None:
    body = {"password": user.password}
    expect(service.delete("/me", body, token=user.access), 204, "the end of an account")


def _deactivate(service: Service, user: User) -> None:
    if service.answers["roles"] in (True, "true"):
        reply = service.patch(f"/users/{user.id}", {"is_active": False}, token=_admin(service))
        expect(reply, 200, "a deactivation by an admin")
    else:
        service.write("UPDATE auth_users SET is_active = 0 WHERE id = ?", user.id)


def _admin(service: Service) -> str:
    return service.admin().access


_ENDS: dict[str, Callable[[Service, User], None]] = {
    "logout": _log_out,
    "logout everywhere": _log_out_everywhere,
    "a password reset": _reset,
    "a password change": _change,
    "a deactivation": _deactivate,
    "the account's deletion": _delete,
}


@proves("REF-13")
def no_access_token_is_needed(rig: Rig) -> None:
    with rig.alone() as service:
        user = service.user()
        service.advance(2 * 3600)
        expect(service.me(user.access), 401, "an expired access token")
        access, _ = _rotated(service, user.refresh, "a refresh with an expired access token")
        expect(service.me(access), 200, "the access token it gave")


@proves("REF-14")
def refresh_tokens_are_random_and_stored_as_digests(rig: Rig) -> None:
    service = rig.service()
    user = service.user()
    check("." not in user.refresh, "the refresh token is not opaque")
    check(len(user.refresh) >= _SHORTEST, "the refresh token has fewer than 128 bits")
    others = {service.session(user).refresh for _ in range(20)}
    check(len(others) == 20, "two logins gave the same refresh token")
    stored = service.dump()
    check(user.refresh not in stored, "the database holds a refresh token in plain text")
    digest = hashlib.sha256(user.refresh.encode()).hexdigest()
    check(digest in stored, "the database does not hold the SHA-256 of the refresh token")


@proves("REF-15")
def refresh_takes_no_query_and_no_get(rig: Rig) -> None:
    service = rig.service()
    user = service.user()
    query = f"/refresh?refresh_token={user.refresh}"
    expect(service.get(query), 405, "a refresh by GET")
    reply = service.post(query, {}, headers=service.same_origin)
    expect(reply, (400, 401, 403, 422), "a refresh token in the query")
    _works(service, user, "a refresh in the proper place")
    logged = [line for line in service.log_lines() if user.refresh in str(line)]
    check(not logged, "the refresh token of a query is in the service's log")


@proves("REF-16")
def a_refresh_shows_the_roles_of_now(rig: Rig) -> None:
    service = rig.service()
    user = service.user()
    check(tokens.parts(user.access).claims["roles"] == [], "a new user has roles")
    service.write("UPDATE auth_users SET roles = ? WHERE id = ?", '["admin"]', user.id)
    access, _ = _rotated(service, user.refresh)
    claims = tokens.parts(access).claims
    check(claims["roles"] == ["admin"], "the access token after a refresh has the old roles")
    check(claims["sid"] == tokens.parts(user.access).claims["sid"], "a refresh changed the session")


@proves("REF-17")
def other_tokens_give_one_and_the_same_refusal(rig: Rig) -> None:
    service = rig.service()
    user = service.user()
    with rig.fresh() as elsewhere:
        foreign = elsewhere.user().refresh
    first = _refused(service, secrets.token_urlsafe(32), "a random refresh token")
    # A cookie travels in a header, of which servers take 8190 bytes and browsers send 4096.
    long = "a" * (4_000 if service.cookies else 10_000)
    junk = ("x", long, user.access, foreign, user.refresh[:-1], f"{user.refresh}A")
    for token in junk:
        reply = _refused(service, token, f"the refresh token {token[:12]}…")
        same_answer(first, reply, "the refusals of two wrong refresh tokens")
    _works(service, user, "the right refresh token")


@proves("REF-18")
def refreshes_of_a_session_are_limited(rig: Rig) -> None:
    service = rig.service(limits="on", refresh_limit="5/minute", request_limit="1000/minute")
    user, other = service.user(), service.user()
    refresh = user.refresh
    for _ in range(5):
        _, refresh = _rotated(service, refresh)
    reply = expect(service.refresh(refresh), 429, "the sixth refresh of a session in a minute")
    wait = reply.header("Retry-After")
    check(wait.isdigit() and int(wait) > 0, f"Retry-After is {wait!r}, not whole seconds")
    _works(service, other, "another session")


@proves("REF-19")
def only_the_tick_lasts_a_month(rig: Rig) -> None:
    with rig.alone() as service:
        user = service.account()
        replies = {tick: service.login(user, remember=tick) for tick in (False, True)}
        pairs = {tick: service.pair(expect(one, 200, "a login")) for tick, one in replies.items()}
        if service.cookies:
            _lasting_cookie(replies[False], replies[True])
        service.advance(_DAY + 60)
        _refused(service, pairs[False][1], "a session of yesterday without the tick")
        refresh = pairs[True][1]
        for _ in range(4):
            _, refresh = _rotated(service, refresh, "a session with the tick")
            service.advance(7 * _DAY)
        _, refresh = _rotated(service, refresh, "a session with the tick after 29 days")
        service.advance(_DAY + 60)
        _refused(service, refresh, "a session with the tick after 30 days")


def _lasting_cookie(without: Reply, ticked: Reply) -> None:
    def lasting(reply: Reply) -> bool:
        line = next(one for one in reply.every("Set-Cookie") if one.startswith(COOKIE))
        return "max-age" in line.lower() or "expires" in line.lower()

    check(not lasting(without), "without the tick the cookie outlives the browser")
    check(lasting(ticked), "with the tick the cookie ends with the browser")


@proves("REF-20")
def a_refresh_cannot_tick_the_box(rig: Rig) -> None:
    with rig.alone() as service:
        user = service.user()
        body: dict[str, object] = {"remember_me": True}
        headers = list(service.same_origin)
        if service.cookies:
            headers.append(("Cookie", f"{COOKIE}={user.refresh}"))
        else:
            body["refresh_token"] = user.refresh
        reply = service.post("/refresh", body, headers=headers)
        refresh = service.pair(expect(reply, 200, "a refresh with a tick"))[1]
        service.advance(_DAY + 60)
        _refused(service, refresh, "a session of yesterday that asked to be remembered afterwards")
