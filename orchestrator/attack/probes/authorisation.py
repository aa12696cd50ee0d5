"""RBA: what needs a right is refused without it, whatever a client claims of itself."""

from __future__ import annotations

import json
from collections.abc import Iterator

from orchestrator.attack import tokens
from orchestrator.attack.judging.proving import check, expect, proves
from orchestrator.attack.rig import Rig
from orchestrator.attack.subject.service import Service
from orchestrator.attack.trying import rotated

_NOBODY = "0" * 32
_FRESH = 600


def _protected(service: Service) -> Iterator[tuple[str, str]]:
    """Every route that needs an access token: method, and path below the prefix."""
    yield from (("GET", "/me"), ("DELETE", "/me"), ("GET", "/verify-token"), ("GET", "/events"))
    yield from (("GET", "/sessions"), ("DELETE", "/sessions"), ("DELETE", f"/sessions/{_NOBODY}"))
    yield from (("POST", "/change-password"), ("POST", "/change-email"), ("POST", "/set-password"))
    if service.answers["roles"] in (True, "true"):
        yield from (("GET", "/users"), ("PATCH", f"/users/{_NOBODY}"), ("GET", "/metrics"))
        yield from (
            ("DELETE", f"/users/{_NOBODY}/sessions"),
            ("POST", f"/users/{_NOBODY}/send-reset"),
        )
    for provider in service.answers["oauth"]:
        yield from (("GET", "/identities"), ("DELETE", f"/identities/{_NOBODY}"))
        yield "POST", f"/oauth/{provider}/link"


@proves("RBA-01")
def nothing_protected_opens_without_a_token(rig: Rig) -> None:
    service = rig.service()
    user = service.user()
    for method, path in _protected(service):
        body = b"{}" if method in ("POST", "PATCH") else None
        whole = service.prefix + path
        reply = service.request(method, whole, body, headers=service.same_origin)
        expect(reply, 401, f"{method} {path} without a token")
        made_up = [("Authorization", "Bearer a.b.c"), *service.same_origin]
        reply = service.request(method, whole, body, headers=made_up)
        expect(reply, 401, f"{method} {path} with a made-up token")
    expect(service.me(user.access), 200, "GET /me with a token")
    expect(service.get("/sessions", token=user.access), 200, "GET /sessions with a token")


@proves("RBA-02")
def admin_routes_are_for_admins(rig: Rig) -> None:
    service = rig.service()
    plain, admin = service.user(), service.admin()
    for path in ("/users", "/metrics"):
        refused = service.get(path, token=plain.access)
        expect(refused, 403, f"a plain user at {path}", code="insufficient_scope")
        expect(service.get(path, token=admin.access), 200, f"an admin at {path}")
    refused = service.patch(f"/users/{admin.id}", {"is_active": False}, token=plain.access)
    expect(refused, 403, "a plain user who deactivates an admin", code="insufficient_scope")
    expect(service.me(admin.access), 200, "the admin after that attempt")
    changed = service.patch(f"/users/{plain.id}", {"roles": ["admin"]}, token=admin.access)
    expect(changed, 200, "an admin who gives a role")
    expect(service.get("/users", token=plain.access), 200, "the new admin at /users")


@proves("RBA-03")
def nobody_promotes_themselves(rig: Rig) -> None:
    service = rig.service()
    user = service.user()
    rights = {"roles": ["admin"], "is_admin": True, "is_superuser": True, "is_verified": True}
    for method, path in (("PATCH", "/me"), ("PUT", "/me"), ("POST", "/me")):
        reply = service.request(method, service.prefix + path, rights, token=user.access)
        expect(reply, 405, f"{method} {path} with rights")
    body = {"email": user.email, "password": user.password, **rights}
    login = service.post("/login", body, headers=service.same_origin)
    access, _ = service.pair(expect(login, 200, "a login that brings rights"))
    check(tokens.parts(access).claims["roles"] == [], "a login took roles from its body")
    headers = [("X-Role", "admin"), ("X-Roles", "admin"), ("X-User-Id", "1"), ("X-Admin", "true")]
    shown = expect(service.me(access, headers=headers), 200, "GET /me with headers of rights").data
    check(shown["roles"] == [], "headers gave a role")
    if service.answers["roles"] in (True, "true"):
        reply = service.patch(f"/users/{user.id}", rights, token=access, headers=headers)
        expect(reply, 403, "a plain user who changes the own roles", code="insufficient_scope")


@proves("RBA-04")
def objects_of_others_are_not_there(rig: Rig) -> None:
    service = rig.service()
    victim, attacker = service.user(), service.user()
    session = tokens.parts(victim.access).claims["sid"]
    own = tokens.parts(attacker.access).claims["sid"]
    for identity in (session, session.upper(), f"{session}%00", "1", "..", "%2e%2e"):
        reply = service.delete(f"/sessions/{identity}", token=attacker.access)
        expect(reply, (404, 405), f"an end of the foreign session {identity[:8]}")
    expect(service.me(victim.access), 200, "the victim's access token")
    expect(service.delete(f"/sessions/{own}", token=attacker.access), 204, "an own session")


@proves("RBA-05")
def role_names_are_exact(rig: Rig) -> None:
    service = rig.service()
    user, admin = service.user(), service.admin()
    for name in ("Admin", "ADMIN", "admin ", " admin", "admin\u200b", "\u0430dmin"):
        given = service.patch(f"/users/{user.id}", {"roles": [name]}, token=admin.access)
        expect(given, 422, f"the role {name!r}", code="validation_error")
        service.write("UPDATE auth_users SET roles = ? WHERE id = ?", json.dumps([name]), user.id)
        reply = service.get("/users", token=user.access)
        expect(reply, 403, f"a user with the role {name!r} at /users", code="insufficient_scope")
    service.write("UPDATE auth_users SET roles = ? WHERE id = ?", '["admin"]', user.id)
    expect(service.get("/users", token=user.access), 200, "a user with the role 'admin' at /users")


@proves("RBA-06")
def roles_of_a_token_give_nothing(rig: Rig) -> None:
    service = rig.service()
    user, admin = service.user(), service.admin()
    for roles in (["admin"], ["root", "superuser"], ["*"], "admin", {"admin": True}):
        forged = service.forge(user.access, claims={"roles": roles})
        reply = service.get("/users", token=forged)
        expect(reply, (401, 403), f"a token signed with the roles {roles}")
    own = service.forge(admin.access, claims={"roles": []})
    expect(service.get("/users", token=own), 200, "an admin whose token names no roles")


@proves("RBA-07")
def a_broken_check_denies(rig: Rig) -> None:
    with rig.alone() as service:
        user = service.user()
        expect(service.me(user.access), 200, "the access token")
        service.write("ALTER TABLE auth_users RENAME TO auth_users_away")
        try:
            reply = expect(
                service.me(user.access), 503, "an access token without the table of users"
            )
            check(reply.code == "service_unavailable", f"the code is {reply.code}")
            check(user.email not in str(reply.body), "the refusal shows the user")
        finally:
            service.write("ALTER TABLE auth_users_away RENAME TO auth_users")
        expect(service.me(user.access), 200, "the same token when the table is back")


@proves("RBA-08")
def sensitive_acts_need_a_fresh_login(rig: Rig) -> None:
    with rig.alone() as service:
        user = service.user()
        service.advance(_FRESH + 30)
        user.access, user.refresh = rotated(service, user.refresh)
        fresh = service.session(user)
        body = {"email": service.email(), "password": user.password}
        acts = {"change of address": ("POST", "/change-email", body),
                "deletion": ("DELETE", "/me", {"password": user.password})}  # fmt: skip
        for what, (method, path, document) in acts.items():
            late = service.request(method, service.prefix + path, document, token=user.access)
            expect(late, 401, f"a {what} ten minutes after login", code="fresh_login_required")
        moved = service.post("/change-email", body, token=fresh.access)
        expect(moved, 202, "a change of address right after login")
        gone = service.delete("/me", {"password": user.password}, token=fresh.access)
        expect(gone, 204, "a deletion right after login")
