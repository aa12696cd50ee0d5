"""REF: when a session ends, so does its refresh token, and nothing prolongs it."""

from __future__ import annotations

from collections.abc import Callable

from orchestrator.attack import tokens
from orchestrator.attack.judging.proving import check, expect, proves
from orchestrator.attack.lifetimes import lifetimes
from orchestrator.attack.rig import Rig
from orchestrator.attack.subject.service import COOKIE, Service, User
from orchestrator.attack.trying import goes_on, not_renewed, rotated
from orchestrator.attack.wire import Reply

_DAY = 86_400


@proves("REF-10")
def rotation_moves_no_absolute_end(rig: Rig) -> None:
    with rig.alone() as service:
        user, life = service.user(), lifetimes(service.answers).session
        refresh = user.refresh
        for _ in range(7):
            service.advance(life // 8)
            access, refresh = rotated(service, refresh, "a refresh within the session's life")
        real = tokens.parts(access).claims
        start = tokens.parts(user.access).claims["iat"]
        check(real["exp"] <= start + life + 1, "an access token outlives its session")
        service.advance(life // 8 + 60)
        not_renewed(service, refresh, "a refresh after the session's absolute end")
        expect(service.me(access), 401, "an access token after the session's absolute end")


@proves("REF-11")
def an_idle_session_ends(rig: Rig) -> None:
    with rig.alone(idle_ttl=3600) as service:
        user = service.user()
        service.advance(3500)
        _, refresh = rotated(service, user.refresh, "a refresh before the idle end")
        service.advance(3500)
        _, refresh = rotated(service, refresh, "a refresh soon after the last one")
        service.advance(3700)
        not_renewed(service, refresh, "a refresh after the idle end")


@proves("REF-12")
def every_end_of_a_session_kills_its_refresh_token(rig: Rig) -> None:
    service = rig.service()
    for what, end in _ENDS.items():
        user = service.user()
        bystander = service.user()
        end(service, user)
        not_renewed(service, user.refresh, f"a refresh after {what}")
        goes_on(service, bystander, f"somebody else after {what}")


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
        service.write("UPDATE auth_users SET is_active = FALSE WHERE id = ?", user.id)


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
        access, _ = rotated(service, user.refresh, "a refresh with an expired access token")
        expect(service.me(access), 200, "the access token it gave")


@proves("REF-19")
def only_the_tick_makes_a_session_last(rig: Rig) -> None:
    with rig.alone() as service:
        user, life = service.account(), lifetimes(service.answers)
        replies = {tick: service.login(user, remember=tick) for tick in (False, True)}
        pairs = {tick: service.pair(expect(one, 200, "a login")) for tick, one in replies.items()}
        if service.cookies:
            _lasting_cookie(replies[False], replies[True])
        service.advance(life.session + 60)
        not_renewed(service, pairs[False][1], "a session without the tick after its end")
        refresh, left, step = pairs[True][1], life.remembered - life.session - 60, life.idle // 2
        while left > step:
            _, refresh = rotated(service, refresh, "a session with the tick")
            service.advance(step)
            left -= step
        _, refresh = rotated(service, refresh, "a session with the tick near its end")
        service.advance(left + 60)
        not_renewed(service, refresh, "a session with the tick after its end")


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
        not_renewed(
            service, refresh, "a session of yesterday that asked to be remembered afterwards"
        )
