"""OUT and SES: logout ends what it should and nothing else; a user sees and ends own sessions."""

from __future__ import annotations

import re
from typing import Any

from orchestrator.attack import tokens
from orchestrator.attack.judging.proving import check, expect, proves
from orchestrator.attack.rig import Rig
from orchestrator.attack.subject.service import COOKIE, Service, User

_MARKUP = '<script>alert(1)</script>"; DROP TABLE auth_sessions; --'
_MEMBERS = {"id", "created_at", "last_used_at", "expires_at", "ip", "user_agent", "current"}
_LONGEST_AGENT = 300
_CAP = 50
_ENOUGH = 5
"""Requests that meet every worker of two, very nearly always."""


def _session_id(user: User) -> str:
    return str(tokens.parts(user.access).claims["sid"])


def _dead(service: Service, user: User, what: str) -> None:
    """Neither token of the user's session opens anything, from the next request on."""
    for _ in range(_ENOUGH):
        expect(service.me(user.access), 401, f"an access token after {what}")
    reply = service.refresh(user.refresh)
    expect(reply, 401, f"a refresh token after {what}", code="invalid_refresh_token")


def _alive(service: Service, user: User, what: str) -> None:
    expect(service.me(user.access), 200, f"an access token of {what}")
    expect(service.refresh(user.refresh), 200, f"a refresh token of {what}")


def _list(service: Service, user: User) -> list[dict[str, Any]]:
    reply = expect(service.get("/sessions", token=user.access), 200, "the list of sessions")
    return list(reply.data)


@proves("OUT-01")
def a_logout_kills_the_refresh_token(rig: Rig) -> None:
    service = rig.service()
    user = service.user()
    expect(service.refresh(service.session(user).refresh), 200, "a refresh before a logout")
    expect(service.logout(user), 204, "a logout")
    reply = service.refresh(user.refresh)
    expect(reply, 401, "a refresh after the logout", code="invalid_refresh_token")


@proves("OUT-02")
def a_logout_kills_the_access_token_in_every_worker(rig: Rig) -> None:
    for database in rig.databases():
        service = rig.service(workers=2, **database)
        user = service.user()
        for _ in range(_ENOUGH):
            expect(service.me(user.access), 200, "an access token before the logout")
        expect(service.logout(user), 204, "a logout")
        _dead(service, user, "the logout")


@proves("OUT-03")
def a_logout_needs_no_valid_access_token(rig: Rig) -> None:
    with rig.alone() as service:
        user = service.user()
        service.advance(3600)
        expect(service.me(user.access), 401, "an expired access token")
        expect(_log_out_by_refresh(service, user), 204, "a logout with the refresh token alone")
        reply = service.refresh(user.refresh)
        expect(reply, 401, "the refresh token after that logout", code="invalid_refresh_token")
        nothing = service.post("/logout", headers=service.same_origin)
        expect(nothing, 204, "a logout with neither token")


def _log_out_by_refresh(service: Service, user: User) -> Any:
    if service.cookies:
        headers = [("Cookie", f"{COOKIE}={user.refresh}"), *service.same_origin]
        return service.post("/logout", headers=headers)
    return service.post("/logout", {"refresh_token": user.refresh}, token=user.access)


@proves("OUT-04")
def a_second_logout_is_fine(rig: Rig) -> None:
    service = rig.service()
    user = service.user()
    expect(service.logout(user), 204, "a logout")
    expect(service.logout(user), 204, "the same logout again")
    _alive(service, service.session(user), "a login after two logouts")


@proves("OUT-05")
def a_logout_clears_the_cookie_as_it_was_set(rig: Rig) -> None:
    service = rig.service()
    user = service.account()
    body = {"email": user.email, "password": user.password}
    if service.answers["transport"] == "both":
        body["transport"] = "cookie"
    login = expect(service.post("/login", body, headers=service.same_origin), 200, "a login")
    access, refresh = service.pair(login)
    headers = [("Cookie", f"{COOKIE}={refresh}"), *service.same_origin]
    reply = expect(service.post("/logout", token=access, headers=headers), 204, "a logout")
    cleared = [line for line in reply.every("Set-Cookie") if line.startswith(f"{COOKIE}=")]
    check(len(cleared) == 1, "the logout does not clear the cookie")
    for part in ("path=/", "secure", "httponly", "samesite="):
        check(part in cleared[0].lower(), f"the cleared cookie lacks {part}")
    check("max-age=0" in cleared[0].lower(), "the cleared cookie has no Max-Age=0")
    cleared_data = reply.header("Clear-Site-Data")
    check(bool(cleared_data), "the logout sends no Clear-Site-Data")


@proves("OUT-06")
def a_logout_leaves_other_devices_alone(rig: Rig) -> None:
    service = rig.service()
    phone = service.user()
    laptop, stranger = service.session(phone), service.user()
    expect(service.logout(phone), 204, "a logout")
    _dead(service, phone, "the logout")
    _alive(service, laptop, "the other device")
    _alive(service, stranger, "somebody else")


@proves("OUT-07")
def logging_out_everywhere_kills_every_token(rig: Rig) -> None:
    service = rig.service(workers=2)
    phone = service.user()
    laptop, stranger = service.session(phone), service.user()
    reply = service.delete("/sessions", token=phone.access, headers=service.same_origin)
    expect(reply, 204, "a logout everywhere")
    fresh = service.session(phone)
    _dead(service, phone, "a logout everywhere")
    _dead(service, laptop, "a logout everywhere")
    _alive(service, fresh, "a login in the same second")
    _alive(service, stranger, "somebody else")


@proves("OUT-08")
def ending_all_others_keeps_the_current_one(rig: Rig) -> None:
    service = rig.service()
    phone = service.user()
    laptop = service.session(phone)
    reply = service.delete("/sessions?keep=current", token=phone.access)
    expect(reply, 204, "an end of all other sessions")
    _dead(service, laptop, "an end of all other sessions")
    _alive(service, phone, "the session that was kept")


@proves("SES-01")
def the_list_shows_own_sessions(rig: Rig) -> None:
    service = rig.service()
    phone = service.user()
    elsewhere = rig.address()
    laptop = service.session(phone, ip=elsewhere, headers=[("User-Agent", "Laptop/1.0")])
    stranger = service.user()
    shown = {one["id"]: one for one in _list(service, phone)}
    check(set(shown) == {_session_id(phone), _session_id(laptop)},
          "the list is not that of the user's own sessions")  # fmt: skip
    check(_session_id(stranger) not in shown, "the list shows somebody else's session")
    current = [name for name, one in shown.items() if one["current"]]
    check(current == [_session_id(phone)], "the list does not mark just the current session")
    other = shown[_session_id(laptop)]
    check(set(other) == _MEMBERS, f"a listed session has the members {sorted(other)}")
    check(other["ip"] == elsewhere, "a listed session does not show its address")
    check(other["user_agent"] == "Laptop/1.0", "a listed session does not show its device")
    check(other["created_at"] <= other["last_used_at"], "a session was used before it began")


@proves("SES-02")
def the_list_holds_no_secret(rig: Rig) -> None:
    service = rig.service()
    user = service.user()
    reply = expect(service.get("/sessions", token=user.access), 200, "the list of sessions")
    text = reply.body.decode()
    for name, secret in {"refresh": user.refresh, "access": user.access}.items():
        check(secret not in text, f"the list of sessions holds the {name} token")
    identity = _session_id(user)
    check(identity in text, "the list does not name the session")
    for what in (identity, re.sub(r"\W", "", identity)):
        expect(service.me(what), 401, "a session's id as access token")
        reply = service.refresh(what)
        expect(reply, 401, "a session's id as refresh token", code="invalid_refresh_token")


@proves("SES-03")
def nobody_ends_a_session_of_somebody_else(rig: Rig) -> None:
    service = rig.service()
    victim, attacker = service.user(), service.user()
    path = f"/sessions/{_session_id(victim)}"
    reply = expect(service.delete(path, token=attacker.access), 404, "an end of a foreign session")
    absent = service.delete(f"/sessions/{'0' * 32}", token=attacker.access)
    expect(absent, 404, "an end of a session that is not there")
    check(reply.code == absent.code, "a foreign session is told from one that is not there")
    _alive(service, victim, "the victim")
    own = service.delete(f"/sessions/{_session_id(attacker)}", token=attacker.access)
    expect(own, 204, "an end of the own session")


@proves("SES-04")
def an_ended_session_is_dead_at_once(rig: Rig) -> None:
    service = rig.service(workers=2)
    phone = service.user()
    laptop = service.session(phone)
    reply = service.delete(f"/sessions/{_session_id(laptop)}", token=phone.access)
    expect(reply, 204, "an end of one session")
    _dead(service, laptop, "the end of its session")
    _alive(service, phone, "the session that ended the other")


@proves("SES-05")
def a_device_name_is_cut_and_cleaned(rig: Rig) -> None:
    service = rig.service()
    user = service.user()
    agents = [_MARKUP, "x" * 7000, "a\x1b[31mred\tb", "\u00e9\u00e8".encode().decode("latin-1")]
    for agent in agents:
        reply = service.login(user, headers=[("User-Agent", agent)])
        expect(reply, (200, 400, 431), "a login with an odd user agent")
    shown = [one["user_agent"] for one in _list(service, user)]
    check(len(shown) >= 2, "no login with an odd user agent was taken")
    check(all(len(one) <= _LONGEST_AGENT for one in shown), "a user agent is stored uncut")
    check(all(one.isprintable() for one in shown), "a stored user agent has control characters")
    reply = expect(service.get("/sessions", token=user.access), 200, "the list of sessions")
    check(
        reply.header("Content-Type").startswith("application/json"),
        "the list of sessions is not JSON",
    )


@proves("SES-06")
def sessions_are_capped(rig: Rig) -> None:
    service = rig.service()
    first = service.user()
    for _ in range(_CAP):
        newest = service.session(first)
    shown = _list(service, newest)
    check(len(shown) <= _CAP, f"a user has {len(shown)} live sessions")
    expect(service.me(first.access), 401, "the oldest session beyond the cap")
    _alive(service, newest, "the newest session")


@proves("SES-07")
def an_admin_ends_the_sessions_of_a_user(rig: Rig) -> None:
    service = rig.service()
    user, plain, admin = service.user(), service.user(), service.admin()
    path = f"/users/{user.id}/sessions"
    refused = service.delete(path, token=plain.access)
    expect(refused, 403, "a plain user who ends another's sessions", code="insufficient_scope")
    expect(service.me(user.access), 200, "the user's access token after that attempt")
    expect(service.delete(path, token=admin.access), 204, "an admin who ends a user's sessions")
    _dead(service, user, "an admin's end of the sessions")
    _alive(service, plain, "somebody else")


@proves("SES-08")
def a_deleted_account_is_gone_and_its_address_free(rig: Rig) -> None:
    service = rig.service()
    user = service.user()
    other = service.session(user)
    wrong = service.delete("/me", {"password": "not it"}, token=user.access)
    expect(wrong, 401, "a deletion with the wrong password")
    done = service.delete("/me", {"password": user.password}, token=user.access)
    expect(done, 204, "a deletion with the right password")
    _dead(service, user, "the deletion of the account")
    _dead(service, other, "the deletion of the account")
    expect(service.login(user), 401, "a login to a deleted account", code="invalid_credentials")
    if service.answers["registration"] == "verified":
        again = User(user.email, service.password())
        expect(service.register(again.email, again.password), 202, "the address, registered again")
        token = service.mail(user.email, "verify_email", number=2)["token"]
        expect(service.verify(again, token), 204, "the token of the second registration")
        fresh = service.session(again)
        check(fresh.id != user.id, "the new account has the id of the old one")
