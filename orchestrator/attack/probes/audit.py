"""AUD: every act leaves one event that nobody can change, and no input forges a line."""

from __future__ import annotations

import json
from collections import Counter

from orchestrator.attack.judging.proving import check, expect, proves
from orchestrator.attack.rig import Rig
from orchestrator.attack.subject.service import Service, User

_MEMBERS = {"id", "time", "type", "outcome", "user_id", "session_id", "ip", "user_agent",
            "request_id"}  # fmt: skip


@proves("AUD-02")
def every_act_leaves_one_event(rig: Rig) -> None:
    with rig.alone() as service:
        user = service.user()
        expect(service.login(User(user.email, "wrong " + user.password)), 401, "a wrong password")
        expect(service.refresh(user.refresh), 200, "a refresh")
        expect(service.logout(user), 204, "a logout")
        again = service.session(user)
        reply = service.delete("/sessions", token=again.access, headers=service.same_origin)
        expect(reply, 204, "a logout everywhere")
        last = service.session(user)
        service.post("/forgot-password", {"email": user.email}, ip=rig.address())
        body = {"current_password": user.password, "new_password": service.password()}
        changed = service.post(
            "/change-password", body, token=last.access, headers=service.same_origin
        )
        expect(changed, 200, "a change of the password")
        wanted = {"login": 3, "login_failed": 1, "token_refreshed": 1, "logout": 1, "logout_all": 1,
                  "password_reset_requested": 1, "password_changed": 1}  # fmt: skip
        if service.answers["registration"] == "verified":
            wanted |= {"registered": 1, "email_verified": 1}
        found = Counter(row[0] for row in _rows(service, user))
        wrong = {kind: found[kind] for kind in wanted if found[kind] != wanted[kind]}
        check(not wrong, f"events of the user: {wrong} where {wanted} were due")
        for kind, moment, address, request in _rows(service, user):
            check(moment > 0 and bool(address), f"an event {kind} has no time or address")
            by_command = kind == "registered" and service.answers["registration"] == "closed"
            check(bool(request) or by_command, f"an event {kind} has no request id")


def _rows(service: Service, user: User) -> list[tuple[str, float, str, str]]:
    query = "SELECT type, time, ip, request_id FROM auth_events WHERE user_id = ?"
    return [(str(a), float(b), str(c), str(d)) for a, b, c, d in service.rows(query, user.id)]


@proves("AUD-03")
def no_input_forges_a_line(rig: Rig) -> None:
    with rig.fresh() as service:
        forged = '{"message": "forged", "type": "login", "outcome": "success"}'
        evil = f"x\r\n{forged}\r\n\x1b[31mred\x1b[0m\u2028{forged}"
        body = {"email": evil, "password": evil}
        expect(
            service.post("/login", body, headers=service.same_origin), (401, 422), "an odd e-mail"
        )
        agent = [("User-Agent", evil.replace("\r\n", " ").replace("\u2028", " "))]
        wrong = {"email": service.email(), "password": service.password()}
        reply = service.post("/login", wrong, headers=[*service.same_origin, *agent])
        expect(reply, (400, 401), "an odd user agent")
        expect(service.get("/%0d%0aforged"), 404, "an odd path")
        expect(service.login(service.account()), 200, "a plain login")
        lines = [line for line in service.server.output().splitlines() if line.strip()]
        kinds = []
        for line in lines:
            check(line.isprintable(), "a line of the log has control characters")
            check(line.startswith("{"), f"a line of the log is not JSON: {line[:80]}")
            kinds.append(json.loads(line).get("message"))
        check("forged" not in kinds, "an input forged a line of the log")
        check("login" in kinds, "the log does not tell of a login")


@proves("AUD-04")
def a_refused_right_is_logged(rig: Rig) -> None:
    service = rig.service()
    user, admin = service.user(), service.admin()

    def refusals(identity: str) -> list[str]:
        query = "SELECT ip FROM auth_events WHERE user_id = ? AND type = 'authorization_failed'"
        return [str(row[0]) for row in service.rows(query, identity)]

    expect(service.get("/users", token=admin.access), 200, "an admin at /users")
    check(refusals(admin.id) == [], "an allowed call is logged as refused")
    expect(service.get("/users", token=user.access), 403, "a plain user at /users")
    check(refusals(user.id) == [service.ip], "a refused right leaves no event, or not one")


@proves("AUD-05")
def events_are_own_and_final(rig: Rig) -> None:
    service = rig.service()
    user, other = service.user(), service.user()
    shown = expect(service.get("/events", token=user.access), 200, "the own events").data
    check(bool(shown), "the list of own events is empty after a login")
    check(all(set(one) <= _MEMBERS for one in shown), "an event shows undocumented members")
    check({one["user_id"] for one in shown} <= {user.id}, "the list shows events of others")
    asked = expect(
        service.get(f"/events?user_id={other.id}", token=user.access), 200, "events"
    ).data
    check({one["user_id"] for one in asked} <= {user.id}, "a parameter shows events of others")
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        for path in ("/events", f"/events/{shown[0]['id']}"):
            reply = service.request(method, service.prefix + path, {}, token=user.access)
            expect(reply, (404, 405), f"{method} {path.partition('/events')[1]}")
    left = expect(service.get("/events", token=user.access), 200, "the own events again").data
    check(shown[0]["id"] in {one["id"] for one in left}, "an event is gone")


@proves("AUD-06")
def a_lost_event_changes_no_decision(rig: Rig) -> None:
    with rig.fresh() as service:
        user = service.account()
        service.write("ALTER TABLE auth_events RENAME TO auth_events_away")
        try:
            expect(service.login(user), 200, "a login while events cannot be stored")
            wrong = User(user.email, service.password())
            expect(service.login(wrong), 401, "a wrong password while events cannot be stored")
        finally:
            service.write("ALTER TABLE auth_events_away RENAME TO auth_events")
        lost = [line for line in service.log_lines() if "not stored" in str(line.get("message"))]
        check(bool(lost), "the log does not say that an event was lost")
