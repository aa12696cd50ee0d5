"""COK: the cookie is for this host and its own pages; other origins read only what is listed."""

from __future__ import annotations

from typing import Any

from orchestrator.attack.judging.proving import check, expect, proves
from orchestrator.attack.rig import Rig
from orchestrator.attack.subject.service import COOKIE, ORIGIN, Service, User
from orchestrator.attack.wire import Headers, Reply

_FOREIGN = "https://evil.example"
_MOST_BYTES = 4096


def _log_in(service: Service, user: User, headers: Headers | None = None) -> Reply:
    """A login whose refresh token is to travel in the cookie."""
    body: dict[str, Any] = {"email": user.email, "password": user.password}
    if service.answers["transport"] == "both":
        body["transport"] = "cookie"
    return service.post("/login", body, headers=service.same_origin if headers is None else headers)


def _cookie_user(service: Service) -> User:
    user = service.account()
    reply = expect(_log_in(service, user), 200, "a login for a cookie")
    user.access, user.refresh = service.pair(reply)
    return user


def _refresh(service: Service, token: str, *headers: tuple[str, str]) -> Reply:
    return service.post("/refresh", headers=[("Cookie", f"{COOKIE}={token}"), *headers])


def _goes_on(service: Service, user: User, what: str) -> None:
    """The token was not rotated: from the own page it still gives a pair."""
    reply = expect(_refresh(service, user.refresh, ("Origin", ORIGIN)), 200, what)
    user.refresh = service.cookie(reply)


def _set_cookie(reply: Reply) -> str:
    lines = [one for one in reply.every("Set-Cookie") if one.startswith(f"{COOKIE}=")]
    check(len(lines) == 1, f"the login set {len(lines)} cookies named {COOKIE}")
    return lines[0]


@proves("COK-01")
def the_cookie_is_bound_to_the_host_and_out_of_reach(rig: Rig) -> None:
    service = rig.service()
    reply = expect(_log_in(service, service.account()), 200, "a login for a cookie")
    line = _set_cookie(reply)
    attributes = {part.strip().lower() for part in line.split(";")[1:]}
    for wanted in ("httponly", "secure", "path=/"):
        check(wanted in attributes, f"the cookie lacks {wanted}")
    same_site = attributes & {"samesite=strict", "samesite=lax"}
    check(bool(same_site), "the cookie is sent along from other sites")
    check(not any(one.startswith("domain") for one in attributes), "the cookie names a domain")
    check(len(line) < _MOST_BYTES, "the cookie is larger than 4 kB")
    data = reply.data
    check("refresh_token" not in data, "the refresh token is in the cookie and in the body")


@proves("COK-02")
def a_foreign_page_refreshes_nothing(rig: Rig) -> None:
    service = rig.service()
    user = _cookie_user(service)
    for headers in (
        [("Origin", _FOREIGN)],
        [("Origin", _FOREIGN), ("Sec-Fetch-Site", "cross-site")],
    ):
        reply = _refresh(service, user.refresh, *headers)
        expect(reply, 403, "a refresh from a foreign page", code="origin_not_allowed")
        check(not service.cookie(reply), "a refused refresh sets a cookie")
    _goes_on(service, user, "a refresh from the own page after that")


@proves("COK-03")
def a_call_without_origin_needs_the_header(rig: Rig) -> None:
    service = rig.service()
    user = _cookie_user(service)
    reply = _refresh(service, user.refresh)
    expect(reply, 403, "a refresh that says nothing of its origin", code="origin_not_allowed")
    for value in ("0", "", "true"):
        reply = _refresh(service, user.refresh, ("X-CSRF-Protection", value))
        expect(reply, 403, f"a refresh with X-CSRF-Protection: {value!r}")
    reply = _refresh(service, user.refresh, ("X-CSRF-Protection", "1"))
    expect(reply, 200, "a refresh with X-CSRF-Protection: 1")
    user.refresh = service.cookie(reply)
    reply = _refresh(service, user.refresh, ("Sec-Fetch-Site", "same-origin"))
    expect(reply, 200, "a refresh that the browser calls same-origin")


@proves("COK-04")
def look_alike_origins_are_foreign(rig: Rig) -> None:
    service = rig.service()
    user = _cookie_user(service)
    host = ORIGIN.removeprefix("https://")
    odd = ["null", "", f"{ORIGIN}.evil", f"https://evil{host}", f"http://{host}", f"{ORIGIN}:8443",
           f"https://{host}@evil.example", f"https://{host.upper()}.evil", f"{ORIGIN} {_FOREIGN}",
           f"https://sub.{host}", "file://"]  # fmt: skip
    for origin in odd:
        reply = _refresh(service, user.refresh, ("Origin", origin))
        expect(reply, 403, f"a refresh of the origin {origin!r}", code="origin_not_allowed")
    _goes_on(service, user, "a refresh of the own origin after all of them")


@proves("COK-05")
def only_json_is_taken(rig: Rig) -> None:
    service = rig.service()
    user = service.account()
    body = f'{{"email": "{user.email}", "password": "{user.password}"}}'.encode()
    kinds = [
        "text/plain",
        "multipart/form-data; boundary=x",
        "text/json",
        "application/x-ndjson",
        "",
    ]
    if service.answers["login_form"] in (False, "false"):
        kinds.append("application/x-www-form-urlencoded")
    for kind in kinds:
        headers = [*service.same_origin, ("Content-Type", kind)]
        reply = service.post("/login", body, headers=headers)
        expect(reply, 415, f"a login as {kind or 'no type'}", code="unsupported_media_type")
    for kind in ("application/json", "application/json; charset=utf-8"):
        headers = [*service.same_origin, ("Content-Type", kind)]
        expect(service.post("/login", body, headers=headers), 200, f"the same login as {kind}")


@proves("COK-06")
def a_bearer_call_needs_no_csrf_header(rig: Rig) -> None:
    service = rig.service()
    user = service.user()
    foreign = [("Origin", _FOREIGN), ("Sec-Fetch-Site", "cross-site")]
    expect(service.me(user.access, headers=foreign), 200, "a bearer call from anywhere")
    expect(service.get("/me", headers=foreign), 401, "the same call without the token")
    reply = service.delete("/sessions?keep=current", token=user.access)
    expect(reply, 204, "a changing bearer call without a CSRF header")


@proves("COK-07")
def an_access_token_in_a_cookie_is_nothing(rig: Rig) -> None:
    service = rig.service()
    user = service.user()
    names = ("access_token", "__Host-access", "token", "Authorization", "jwt", COOKIE, "session")
    for name in names:
        for value in (user.access, f"Bearer {user.access}"):
            reply = service.get("/me", headers=[("Cookie", f"{name}={value}")])
            expect(reply, (400, 401), f"an access token in the cookie {name}")
    expect(service.me(user.access), 200, "the same token in the Authorization header")


@proves("COK-08")
def only_listed_origins_may_read(rig: Rig) -> None:
    service = rig.service(cors_origins=ORIGIN)
    user = service.user()
    for origin in (_FOREIGN, "null", f"{ORIGIN}.evil"):
        reply = service.me(user.access, headers=[("Origin", origin)])
        shown = reply.header("Access-Control-Allow-Origin")
        check(shown == "", f"the origin {origin} may read answers: {shown}")
        check(_preflight(service, origin).header("Access-Control-Allow-Origin") == "",
              f"a preflight of {origin} is granted")  # fmt: skip
    reply = expect(service.me(user.access, headers=[("Origin", ORIGIN)]), 200, "a listed origin")
    check(reply.header("Access-Control-Allow-Origin") == ORIGIN, "the listed origin is not echoed")
    vary = ", ".join(reply.every("Vary")).lower()
    check("origin" in vary, "an answer to an origin does not vary by it")
    asked = _preflight(service, ORIGIN)
    check(asked.status in (200, 204), f"a preflight of the listed origin is {asked.status}")
    check(asked.header("Access-Control-Allow-Origin") == ORIGIN, "the preflight echoes no origin")
    check("DELETE" in asked.header("Access-Control-Allow-Methods"), "DELETE is not granted")
    granted = asked.header("Access-Control-Allow-Headers").lower()
    check("authorization" in granted, "the Authorization header is not granted")
    elsewhere = rig.service().me(rig.service().user().access, headers=[("Origin", ORIGIN)])
    check(
        elsewhere.header("Access-Control-Allow-Origin") == "", "no origin is listed, one is shown"
    )


def _preflight(service: Service, origin: str) -> Reply:
    headers = [("Origin", origin), ("Access-Control-Request-Method", "DELETE"),
               ("Access-Control-Request-Headers", "authorization")]  # fmt: skip
    return service.request("OPTIONS", f"{service.prefix}/sessions", headers=headers)


@proves("COK-09")
def two_cookies_of_a_name_are_not_guessed_about(rig: Rig) -> None:
    service = rig.service()
    user, other = _cookie_user(service), _cookie_user(service)
    pairs = [f"{COOKIE}={user.refresh}", f"{COOKIE}={other.refresh}"]
    lines = [[("Cookie", "; ".join(pairs))], [("Cookie", one) for one in pairs]]
    for headers in lines:
        reply = service.post("/refresh", headers=[*headers, *service.same_origin])
        expect(reply, (400, 401), "a refresh with two cookies of one name")
    _goes_on(service, user, "a refresh with one of the two")
    _goes_on(service, other, "a refresh with the other of the two")


@proves("COK-10")
def the_flags_stay_in_development(rig: Rig) -> None:
    """Secure stays on http://localhost, which browsers take for a safe place."""
    place = "http://localhost:8000"
    service = rig.service(environment="development", public_url=place)
    user = service.account()
    reply = expect(_log_in(service, user, [("Origin", place)]), 200, "a login on localhost")
    line = _set_cookie(reply).lower()
    for flag in ("secure", "httponly", "samesite="):
        check(flag in line, f"in development the cookie lacks {flag}")
    refused = _log_in(service, user, [("Origin", _FOREIGN)])
    expect(refused, 403, "a login in development from a foreign page", code="origin_not_allowed")
