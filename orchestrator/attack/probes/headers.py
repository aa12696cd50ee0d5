"""HDR and RID: protective headers and request ids on every answer of the module."""

from __future__ import annotations

import re
import secrets

from orchestrator.attack.judging.proving import check, expect, proves
from orchestrator.attack.rig import Rig
from orchestrator.attack.walk import answers_of_every_kind
from orchestrator.attack.wire import Reply

_YEAR = 31_536_000
_POLICY = {"default-src 'none'", "frame-ancestors 'none'"}
_DOCS = ("/docs", "/redoc", "/openapi.json")
_KINDS = {404, 405, 413, 415, 422, 500}


def _stored_nowhere(what: str, reply: Reply) -> None:
    words = reply.header("Cache-Control").replace(" ", "").lower().split(",")
    check("no-store" in words, f"{what} may be stored: Cache-Control {','.join(words)!r}")


def _protected(what: str, reply: Reply) -> None:
    seen = {name: reply.every(name) for name in ("X-Content-Type-Options", "Referrer-Policy")}
    check(seen["X-Content-Type-Options"] == ["nosniff"], f"{what} has no nosniff")
    check(seen["Referrer-Policy"] == ["no-referrer"], f"{what} has no Referrer-Policy no-referrer")
    policy = {part.strip() for part in reply.header("Content-Security-Policy").split(";")}
    check(policy >= _POLICY, f"{what} has the content policy {sorted(policy)}")


@proves("HDR-01")
def no_answer_is_stored(rig: Rig) -> None:
    for what, reply in answers_of_every_kind(rig).items():
        _stored_nowhere(what, reply)


@proves("HDR-02")
def answers_load_and_frame_nothing(rig: Rig) -> None:
    service = rig.service()
    user = service.user()
    for what, reply in (("login", service.login(user)), ("me", service.me(user.access))):
        expect(reply, 200, what)
        _protected(what, reply)


@proves("HDR-03")
def https_is_remembered_on_https_only(rig: Rig) -> None:
    trusting = rig.service(trusted_proxies="127.0.0.0/8")
    https = [("X-Forwarded-Proto", "https"), ("X-Forwarded-For", "203.0.113.9")]
    health = trusting.request("GET", "/health/live", headers=https)
    for what, reply in (("a refusal", trusting.get("/me", headers=https)), ("health", health)):
        value = reply.header("Strict-Transport-Security").lower().replace(" ", "")
        found = re.search(r"max-age=(\d+)", value)
        check(found is not None and int(found[1]) >= _YEAR, f"{what} on https: HSTS is {value!r}")
        check("includesubdomains" in value, f"{what} on https: HSTS leaves subdomains out")
    stranger = rig.service().get("/me", headers=https)
    for what, reply in (("plain http", trusting.get("/me")), ("an untrusted peer", stranger)):
        check(not reply.header("Strict-Transport-Security"), f"HSTS is sent on {what}")


@proves("HDR-04")
def nothing_is_told_about_the_server(rig: Rig) -> None:
    for what, reply in answers_of_every_kind(rig).items():
        check(reply.header("X-XSS-Protection") in ("", "0"), f"{what} switches X-XSS-Protection on")
        told = [reply.header(name) for name in ("Server", "X-Powered-By", "X-AspNet-Version")]
        versions = [one for one in told if re.search(r"\d", one)]
        check(not versions, f"{what} tells a version: {', '.join(versions)}")


@proves("HDR-05")
def refusals_have_the_headers_too(rig: Rig) -> None:
    seen = answers_of_every_kind(rig)
    for what, reply in seen.items():
        promised = re.search(r"\((\d+)\)", what)
        if promised:
            expect(reply, int(promised[1]), what)
            _stored_nowhere(what, reply)
            _protected(what, reply)
            check(bool(reply.header("X-Request-ID")), f"{what} has no X-Request-ID")
    missing = _KINDS - {reply.status for reply in seen.values()}
    check(not missing, f"no answer {sorted(missing)} could be made to look at")


@proves("HDR-06")
def the_docs_page_is_the_hosts(rig: Rig) -> None:
    """As without the module, which adds none; a production start tells that it is public."""
    with_module = rig.start(application=rig.bare())
    without = rig.start(application=rig.bare(installed=False))
    one, other = rig.handle(with_module), rig.handle(without)
    for path in _DOCS:
        mine, plain = one.request("GET", path), other.request("GET", path)
        check(mine.status == plain.status, f"{path} is answered {mine.status}, not {plain.status}")
        policy = mine.header("Content-Security-Policy")
        check("'none'" not in policy, f"the content policy of {path} keeps it from being rendered")
        same = mine.status != 200 or path.endswith("json") or mine.body == plain.body
        check(same, f"{path} is another page than without the module")
    production = rig.service(**rig.production())
    for service in (one, production):
        for path in (*_DOCS, "/swagger", "/schema"):
            expect(service.get(path), 404, f"{path} below the prefix")
    if production.request("GET", "/openapi.json").status == 200:
        said = [str(line.get("message")) for line in production.log_lines()]
        check(any("/openapi.json" in line for line in said),
              "production describes itself to everybody, and the start is silent")  # fmt: skip
    for server in (with_module, without):
        server.stop()


@proves("HDR-07")
def the_content_type_is_exact(rig: Rig) -> None:
    for what, reply in answers_of_every_kind(rig).items():
        kind = reply.header("Content-Type").partition(";")[0].strip().lower()
        if not reply.body:
            check(reply.status in (202, 204), f"{what} has no body")
            continue
        wanted = "application/json" if reply.status < 400 else "application/problem+json"
        check(kind == wanted, f"{what} has the content type {kind!r}, not {wanted}")
        check(reply.document is not None, f"{what} says JSON and is none")


@proves("RID-01")
def every_request_has_an_id_that_the_log_knows(rig: Rig) -> None:
    service = rig.service()
    mine = f"probe-{secrets.token_hex(8)}"
    given = service.get("/me", headers=[("X-Request-ID", mine)])
    made = service.get("/me")
    check(given.header("X-Request-ID") == mine, "the client's request id is not echoed")
    check(len(made.header("X-Request-ID")) >= 16, "no request id is made where none was sent")
    other = service.get("/me").header("X-Request-ID")
    check(other != made.header("X-Request-ID"), "two requests got the same id")
    for reply in (given, made):
        number = reply.header("X-Request-ID")
        check(reply.document["request_id"] == number, "body and header name different request ids")
        service.soon(
            lambda number=number: any(  # type: ignore[misc]
                line.get("request_id") == number for line in service.log_lines()
            ),
            "no log line carries the request id",
        )
    lines = list(service.log_lines())
    check(all("request_id" in line for line in lines), "a log line has no request_id")


@proves("RID-02")
def odd_request_ids_are_replaced(rig: Rig) -> None:
    service = rig.service()
    odd = ("a b", "<script>", "x" * 129, "a\tb", "\xe9", '"', "a;b", "$(id)", "\x1b[31m")
    for value in odd:
        reply = service.get("/me", headers=[("X-Request-ID", value)])
        check(reply.header("X-Request-ID") != value, f"the request id {value[:12]!r} is echoed")
    twice = service.get("/me", headers=[("X-Request-ID", "one"), ("X-Request-ID", "two")])
    check(twice.header("X-Request-ID") not in ("one", "two", "one, two"), "two ids, one is taken")
    folded = (
        b"GET %s/me HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX-Request-ID: a\r\n b: c\r\n\r\n"
    )
    reply = service.raw(folded % service.prefix.encode())
    check("\n" not in reply.header("X-Request-ID"), "a folded request id is echoed")
    fine = service.get("/me", headers=[("X-Request-ID", "x" * 128)])
    check(fine.header("X-Request-ID") == "x" * 128, "a plain id of 128 characters is replaced")
