"""ERR: refusals in one format, with stable codes, that tell nothing of the inside."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator, Mapping
from typing import Any

from orchestrator.attack.judging.proving import check, expect, proves
from orchestrator.attack.rig import Rig
from orchestrator.attack.subject.service import Service
from orchestrator.attack.walk import (
    answers_of_every_kind,
    breakable,
    framework_refusals,
    internal_error,
)
from orchestrator.attack.wire import Reply

_MEMBERS = {"type", "title", "status", "detail", "code", "request_id"}
_CODES = frozenset(
    {
        "invalid_credentials",
        "email_not_verified",
        "too_many_attempts",
        "rate_limited",
        "invalid_token",
        "token_expired",
        "invalid_refresh_token",
        "insufficient_scope",
        "fresh_login_required",
        "validation_error",
        "email_taken",
        "registration_closed",
        "not_found",
        "method_not_allowed",
        "unsupported_media_type",
        "payload_too_large",
        "origin_not_allowed",
        "invalid_request",
        "provider_error",
        "service_unavailable",
        "internal_error",
    }
)
_INSIDE = re.compile(
    r"traceback|sqlalchemy|sqlite3|psycopg|File \"|\.py\b|site-packages|Error\(|SELECT |<html", re.I
)


def _problem(what: str, reply: Reply) -> None:
    kind = reply.header("Content-Type").partition(";")[0]
    check(kind == "application/problem+json", f"{what} is {kind!r}, no problem document")
    document = reply.document
    check(isinstance(document, dict), f"{what} is no JSON object")
    missing = sorted(_MEMBERS - set(document))
    check(not missing, f"{what} lacks {', '.join(missing)}")
    check(document["status"] == reply.status, f"{what} says another status than HTTP does")
    check(document["code"] in _CODES, f"{what} has the unknown code {document['code']!r}")


@proves("ERR-01")
def refusals_are_problem_documents(rig: Rig) -> None:
    seen = answers_of_every_kind(rig)
    for what, reply in seen.items():
        if reply.status >= 400:
            _problem(what, reply)
    check(any(one.status < 400 for one in seen.values()), "nothing was let through")


@proves("ERR-02")
def successes_are_in_the_envelope(rig: Rig) -> None:
    for what, reply in answers_of_every_kind(rig).items():
        if not reply.body:
            continue
        document = reply.document
        check({"data", "error", "meta"} <= set(document), f"{what} has no envelope")
        meta = document["meta"]
        check({"request_id", "timestamp"} <= set(meta), f"{what}: meta lacks a member")
        check(meta["request_id"] == reply.header("X-Request-ID"), f"{what}: another request id")
        if reply.status < 400:
            check(document["error"] is None, f"{what} succeeded with an error")
        else:
            check(document["data"] is None, f"{what} was refused with data")
            check({"code", "message"} <= set(document["error"]), f"{what}: error lacks a member")


@proves("ERR-03")
def challenges_say_whether_a_token_was_sent(rig: Rig) -> None:
    service = rig.service()
    user = service.user()
    basic = service.get("/me", headers=[("Authorization", "Basic YTpi")])
    for what, reply in (("no token", service.get("/me")), ("Basic", basic)):
        challenge = expect(reply, 401, what).header("WWW-Authenticate")
        check(challenge.lower().startswith("bearer"), f"{what}: the challenge is {challenge!r}")
        check("error" not in challenge, f"{what}: an error is told though no token was sent")
    flipped = user.access[:-4] + ("AAAA" if user.access[-4:] != "AAAA" else "BBBB")
    for what, token in (("garbage", "x.y.z"), ("a damaged token", flipped)):
        challenge = expect(service.me(token), 401, what).header("WWW-Authenticate")
        check('error="invalid_token"' in challenge, f"{what}: the challenge is {challenge!r}")
    wrong = service.post("/login", {"email": user.email, "password": "no"},
                         headers=service.same_origin)  # fmt: skip
    check(bool(expect(wrong, 401, "a login").header("WWW-Authenticate")), "a 401 has no challenge")
    expect(service.me(user.access), 200, "the token itself")


@proves("ERR-04")
def a_missing_right_is_told_as_such(rig: Rig) -> None:
    service = rig.service()
    plain, admin = service.user(), service.user()
    service.write("""UPDATE auth_users SET roles = '["admin"]' WHERE id = ?""", admin.id)
    refused = service.get("/users", token=plain.access)
    expect(refused, 403, "a plain user at /users", code="insufficient_scope")
    challenge = refused.header("WWW-Authenticate")
    check('error="insufficient_scope"' in challenge, f"the challenge is {challenge!r}")
    expect(service.get("/users", token=admin.access), 200, "an admin at /users")


@proves("ERR-05")
def an_unknown_user_is_no_missing_page(rig: Rig) -> None:
    service = rig.service()
    user = service.user()
    nobody = service.forge(user.access, claims={"sub": secrets.token_hex(16)})
    for path in ("/me", "/sessions", "/verify-token"):
        expect(service.get(path, token=nobody), 401, f"nobody's token at {path}",
               code="invalid_token")  # fmt: skip
        expect(service.get(path, token=user.access), 200, f"somebody's token at {path}")


@proves("ERR-06")
def the_frameworks_own_words_are_never_heard(rig: Rig) -> None:
    service = rig.service()
    seen = framework_refusals(service)
    seen["a bug (500)"] = internal_error(breakable(rig))
    for what, reply in seen.items():
        promised = re.search(r"\((\d+)\)", what)
        expect(reply, int(promised[1]) if promised else 0, what)
        _problem(what, reply)
        check(b"<" not in reply.body[:1], f"{what} is HTML")
    allowed = seen["another method (405)"].header("Allow")
    check("POST" in allowed, f"a 405 allows {allowed!r}")


@proves("ERR-07")
def a_bug_tells_nothing_and_is_logged_once(rig: Rig) -> None:
    service = breakable(rig)
    other = service.user()
    reply = expect(internal_error(service), 500, "a broken row", code="internal_error")
    found = _INSIDE.search(reply.body.decode())
    check(found is None, f"the answer to a bug tells {found and found[0]!r}")
    check("roles" not in reply.body.decode(), "the answer to a bug names a column")
    number = reply.header("X-Request-ID")

    def logged() -> list[Mapping[str, Any]]:
        return [
            line
            for line in service.log_lines()
            if line.get("request_id") == number and line.get("level") in ("ERROR", "CRITICAL")
        ]

    service.soon(lambda: bool(logged()), "a bug leaves no error in the log")
    check(len(logged()) == 1, f"a bug is logged {len(logged())} times")
    expect(service.me(other.access), 200, "another user at the same time")


@proves("ERR-08")
def validation_names_fields_and_never_values(rig: Rig) -> None:
    service = rig.service()
    sentinel = f"Sentinel-{secrets.token_hex(12)}"
    bodies: list[tuple[str, dict[str, Any], set[str]]] = [
        ("/login", {"email": sentinel, "password": [sentinel]}, {"password"}),
        ("/login", {"password": sentinel}, {"email"}),
        ("/login", {"email": {"a": sentinel}, "password": sentinel}, {"email"}),
    ]
    if service.answers["registration"] != "closed":
        bodies.append(("/register", {"email": sentinel, "password": "a" * 200}, {"email"}))
        bodies.append(("/register", {sentinel: sentinel}, {"email", "password"}))
    for path, body, fields in bodies:
        reply = service.post(path, body, headers=service.same_origin)
        expect(reply, 422, f"wrong fields at {path}", code="validation_error")
        named = {one["field"] for one in reply.document["errors"]}
        check(fields <= named, f"{path} names {sorted(named)}, not {sorted(fields)}")
        check(all(set(one) == {"field", "reason"} for one in reply.document["errors"]),
              "an error has other members than field and reason")  # fmt: skip
        heard = reply.body.decode() + str(reply.headers)
        check(sentinel not in heard, f"{path} repeats what was sent")


@proves("ERR-09")
def answers_are_as_the_description_says(rig: Rig) -> None:
    """Every status observed is described; Flask describes nothing, so there only codes count."""
    service = rig.service()
    description = service.request("GET", "/openapi.json")
    seen = answers_of_every_kind(rig)
    strange = sorted({one.code for one in seen.values() if one.code} - _CODES)
    check(not strange, f"codes that are not documented: {', '.join(strange)}")
    if description.status != 200:
        return
    paths = description.document["paths"]
    listed = set(_enumerated(description.document))
    check({one.code for one in seen.values() if one.code} <= listed | {""},
          "a code that was seen is not listed in the description")  # fmt: skip
    for method, path, reply in _observed(service, rig):
        operation = paths.get(path, {}).get(method.lower())
        check(operation is not None, f"{method} {path} is not described")
        check(str(reply.status) in operation["responses"],
              f"{method} {path} answered {reply.status}, which is not described")  # fmt: skip


def _enumerated(node: Any) -> Iterator[str]:
    """Every value of every `code` that a schema lists."""
    if isinstance(node, dict):
        code = node.get("properties", {}).get("code") if "properties" in node else None
        if isinstance(code, dict):
            yield from code.get("enum", ())
        for value in node.values():
            yield from _enumerated(value)
    elif isinstance(node, list):
        for item in node:
            yield from _enumerated(item)


def _observed(service: Service, rig: Rig) -> Iterator[tuple[str, str, Reply]]:
    user = service.user()
    prefix = service.prefix
    yield "POST", f"{prefix}/login", service.login(user)
    yield "POST", f"{prefix}/login", service.post("/login", {}, headers=service.same_origin)
    wrong = {"email": user.email, "password": "no"}
    yield "POST", f"{prefix}/login", service.post("/login", wrong, headers=service.same_origin)
    yield "POST", f"{prefix}/login", service.post("/login", b"{", headers=service.same_origin)
    yield "GET", f"{prefix}/me", service.get("/me")
    yield "GET", f"{prefix}/me", service.me(user.access)
    yield "GET", f"{prefix}/sessions", service.get("/sessions", token=user.access)
    yield "POST", f"{prefix}/verify-email", service.post("/verify-email", {"token": "x"})
    yield "POST", f"{prefix}/refresh", service.refresh(secrets.token_urlsafe(32))
    yield "POST", f"{prefix}/logout", service.logout(user)
    yield "GET", f"{prefix}/me", internal_error(breakable(rig))
    yield "GET", "/health/ready", service.request("GET", "/health/ready")


@proves("ERR-10")
def the_hosts_own_errors_stay_its_own(rig: Rig) -> None:
    """An application with the module and the same one without it answer alike outside."""
    with_module = rig.start(application=rig.bare())
    without = rig.start(application=rig.bare(installed=False))
    one, other = rig.handle(with_module), rig.handle(without)
    for method, path in (("GET", "/nothing"), ("POST", "/nothing"), ("GET", "/nothing/"),
                         ("GET", f"{one.prefix}x"), ("OPTIONS", "/"), ("PUT", "/")):  # fmt: skip
        for accept in ("text/html", "application/json"):
            headers = [("Accept", accept)]
            mine = one.request(method, path, headers=headers)
            plain = other.request(method, path, headers=headers)
            check((mine.status, mine.body) == (plain.status, plain.body),
                  f"{method} {path} is answered otherwise than without the module")  # fmt: skip
            kind = "Content-Type"
            check(mine.header(kind) == plain.header(kind), f"{method} {path} changed its type")
    expect(one.get("/me"), 401, "the module's own route")
    for server in (with_module, without):
        server.stop()
