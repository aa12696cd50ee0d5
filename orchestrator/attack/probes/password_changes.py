"""PWC: who changes a password knows the old one, and every other session ends."""

from __future__ import annotations

from typing import Any

from orchestrator.attack.judging.proving import check, expect, proves
from orchestrator.attack.rig import Rig
from orchestrator.attack.subject.service import Service, User
from orchestrator.attack.wire import Reply

_TRIES = 12


def _change(service: Service, user: User, fresh: str, current: str = "", **options: Any) -> Reply:
    body = {"current_password": current or user.password, "new_password": fresh}
    options.setdefault("token", user.access)
    return service.post("/change-password", body, headers=service.same_origin, **options)


def _logs_in(service: Service, email: str, password: str) -> int:
    return service.login(User(email, password), ip=service.around.address()).status


@proves("PWC-01")
def a_change_needs_login_and_the_current_password(rig: Rig) -> None:
    service = rig.service()
    user, fresh = service.user(), service.password()
    expect(_change(service, user, fresh, token=None), 401, "a change without a token")
    wrong = _change(service, user, fresh, current=service.password())
    expect(wrong, 401, "a change with a wrong current password", code="invalid_credentials")
    check(_logs_in(service, user.email, user.password) == 200, "a refused change changed something")
    expect(_change(service, user, fresh), 200, "a change with the right current password")
    check(_logs_in(service, user.email, fresh) == 200, "the new password does not work")
    check(_logs_in(service, user.email, user.password) == 401, "the old password still works")


@proves("PWC-02")
def guessing_the_current_password_is_limited(rig: Rig) -> None:
    service = rig.service(limits="on", request_limit="100000/minute")
    user = service.user()
    found = []
    for _ in range(_TRIES):
        found.append(_change(service, user, service.password(), service.password()).status)
        if found[-1] == 429:
            break
    check(set(found) <= {401, 429}, f"guesses were answered {sorted(set(found))}")
    check(found[-1] == 429, f"{_TRIES} wrong current passwords met no limit")
    check(found[0] == 401, "the first wrong current password was refused by the limit")
    other = service.session(service.account(), ip=rig.address())
    reply = _change(service, other, service.password(), ip=rig.address())
    expect(reply, 200, "somebody else's change")


@proves("PWC-03")
def a_change_ends_the_other_sessions(rig: Rig) -> None:
    service = rig.service(workers=2)
    phone = service.user()
    laptop, stranger = service.session(phone), service.user()
    access, refresh = service.pair(
        expect(_change(service, phone, service.password()), 200, "a change")
    )
    for dead in (laptop, phone):
        for _ in range(4):
            expect(service.me(dead.access), 401, "an access token from before the change")
        expect(service.refresh(dead.refresh), 401, "a refresh token from before the change")
    expect(service.me(access), 200, "the access token that the change gave")
    expect(service.refresh(refresh), 200, "the refresh token that the change gave")
    expect(service.me(stranger.access), 200, "somebody else's access token")


@proves("PWC-04")
def the_same_policy_holds_and_the_owner_is_told(rig: Rig) -> None:
    service = rig.service()
    user = service.user()
    for bad, what in (
        ("short", "a short"),
        ("password123", "a common"),
        ("a" * 129, "a long"),
    ):
        reply = expect(_change(service, user, bad), 422, f"a change to {what} password")
        check(reply.code == "validation_error", f"{what} password is no validation error")
    fresh = service.password()
    expect(_change(service, user, fresh), 200, "a change to a good password")
    mail = service.mail(user.email, "security_notice")
    check(fresh not in str(mail), "the notice holds the new password")
    check(not mail.get("token"), "the notice carries a token")


@proves("PWC-06")
def an_admin_sends_a_reset_and_sees_no_password(rig: Rig) -> None:
    service = rig.service()
    user, plain, admin = service.user(), service.user(), service.admin()
    path = f"/users/{user.id}/send-reset"
    refused = service.post(path, token=plain.access)
    expect(refused, 403, "a plain user who sends a reset", code="insufficient_scope")
    expect(service.post(path, token=admin.access), 202, "an admin who sends a reset")
    service.mail(user.email, "reset_password")
    before = service.rows("SELECT password_hash FROM auth_users WHERE id = ?", user.id)
    for member in ("password", "new_password", "password_hash"):
        service.patch(f"/users/{user.id}", {member: service.password()}, token=admin.access)
    after = service.rows("SELECT password_hash FROM auth_users WHERE id = ?", user.id)
    check(before == after, "an admin set a password")
    shown = expect(
        service.get("/users", token=admin.access), 200, "the list of users"
    ).body.decode()
    check("$2" not in shown and "argon2" not in shown, "the list of users shows hashes")
    check("password" not in shown, "the list of users speaks of passwords")
