"""LOG: the right password opens the door, and a refusal does not say what was wrong."""

from __future__ import annotations

import secrets
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from orchestrator.attack import tokens
from orchestrator.attack.judging.proving import check, expect, proves, same_answer
from orchestrator.attack.judging.timing import no_slower, same_time, twice
from orchestrator.attack.rig import FULL_COST, Rig
from orchestrator.attack.subject.service import COOKIE, Service, User
from orchestrator.attack.wire import Reply

_IN_FLIGHT = 30
_HEALTHY_MS = 200
_BUSY = 3
_ASKED = 40
_DEFAULTS = ("admin", "root", "test", "user", "password", "changethis", "secret", "admin123")
_INJECTIONS = ("' OR '1'='1", "'; DROP TABLE auth_users; --", '" OR ""="', "admin'--", "%' --")
_FOREIGN = "https://evil.example"


def attempt(service: Service, email: object, password: object, **options: Any) -> Reply:
    """A login with any values."""
    options.setdefault("headers", service.same_origin)
    return service.post("/login", {"email": email, "password": password}, **options)


def wrong(reply: Reply, what: str) -> Reply:
    """The one refusal of a login."""
    return expect(reply, 401, what, code="invalid_credentials")


@proves("LOG-01")
def the_right_password_gives_a_pair_and_nothing_more(rig: Rig) -> None:
    service = rig.service()
    user = service.account()
    reply = expect(service.login(user), 200, "the right password")
    access, refresh = service.pair(reply)
    kind = reply.data["token_type"]
    check(kind == "bearer", f"the token type is {kind!r}, not bearer")
    check(isinstance(reply.data["expires_in"], int), "expires_in is no whole number")
    check(bool(access) and bool(refresh), "a token is missing")
    heard = reply.body.decode() + str(reply.headers)
    (stored,) = service.rows("SELECT password_hash FROM auth_users WHERE email = ?", user.email)
    check(user.password not in heard, "the answer repeats the password")
    check(str(stored[0]) not in heard, "the answer holds the hash")
    expect(service.me(access), 200, "the access token")


@proves("LOG-02")
def a_wrong_password_is_refused(rig: Rig) -> None:
    service = rig.service()
    user = service.account()
    for password in (service.password(), "", user.password + "x", user.password[:-1]):
        reply = attempt(service, user.email, password)
        expect(reply, (401, 422), f"a wrong password of {len(password)} characters")
        check("access_token" not in reply.body.decode(), "a refusal carries a token")
    wrong(attempt(service, user.email, service.password()), "a wrong password")
    expect(service.login(user), 200, "the right password")


@proves("LOG-03")
def an_unknown_address_looks_like_a_wrong_password(rig: Rig) -> None:
    service = rig.service()
    user = service.account()
    known = wrong(attempt(service, user.email, service.password()), "a wrong password")
    unknown = wrong(attempt(service, service.email(), service.password()), "an unknown address")
    same_answer(known, unknown, "the refusals of a known and an unknown address")
    expect(service.login(user), 200, "the right password")


@proves("LOG-04", quiet=True)
def an_unknown_address_takes_as_long(rig: Rig) -> None:
    service = rig.service(**FULL_COST)
    user = service.account()
    same_time(
        lambda: wrong(attempt(service, user.email, "no such password"), "a wrong password"),
        lambda: wrong(attempt(service, service.email(), "no such password"), "an unknown one"),
        "logins to a known and to an unknown address",
    )


@proves("LOG-06")
def the_state_of_an_account_is_told_to_its_owner_only(rig: Rig) -> None:
    service = rig.service()
    user, inactive, pending = service.account(), service.account(), service.account()
    service.write("UPDATE auth_users SET is_active = FALSE WHERE email = ?", inactive.email)
    service.write("UPDATE auth_users SET is_verified = FALSE WHERE email = ?", pending.email)
    known = wrong(attempt(service, user.email, service.password()), "a wrong password")
    for what, other in (("inactive", inactive), ("unverified", pending)):
        reply = attempt(service, other.email, service.password())
        same_answer(known, wrong(reply, f"a wrong password, {what}"), f"known and {what} refusals")
    check(service.login(inactive).status != 200, "an inactive user logs in")
    expect(service.login(user), 200, "the right password")


@proves("LOG-07")
def an_unverified_address_gets_no_tokens(rig: Rig) -> None:
    service = rig.service()
    user = User(service.email(), service.password())
    expect(service.register(user.email, user.password), 202, "a registration")
    reply = expect(service.login(user), 403, "the right password too early",
                   code="email_not_verified")  # fmt: skip
    check("verify your email" in reply.document["detail"].lower(), "the refusal says no remedy")
    check("token" not in reply.body.decode() and not service.cookie(reply), "a token is handed out")
    expect(service.verify(user), 204, "the token of the mail")
    expect(service.login(user), 200, "the right password afterwards")


@proves("LOG-08")
def an_address_may_be_spelled_as_people_do(rig: Rig) -> None:
    service = rig.service()
    user = service.user()
    name, _, domain = user.email.partition("@")
    spellings = (user.email.upper(), f"  {user.email} ", f"{name}@{domain.title()}")
    wide = user.email.replace("u", "\uff55", 1)
    for spelling in (*spellings, wide):
        reply = expect(attempt(service, spelling, user.password), 200, f"the address {spelling!r}")
        subject = tokens.parts(service.pair(reply)[0]).claims["sub"]
        check(subject == user.id, f"the address {spelling!r} is another account")
    wrong(attempt(service, f"x{user.email}", user.password), "another address")


@proves("LOG-09")
def every_login_is_a_session_of_its_own(rig: Rig) -> None:
    service = rig.service()
    user = service.user()
    planted = secrets.token_urlsafe(32)
    cookies = ("Cookie", f"{COOKIE}={planted}; session={planted}; sid={planted}")
    reply = service.login(user, headers=[cookies])
    access, refresh = service.pair(expect(reply, 200, "a login with planted cookies"))
    sids = {tokens.parts(one).claims["sid"] for one in (user.access, access)}
    check(len(sids) == 2, "two logins share a session")
    check(planted not in (refresh, *sids), "a planted value is adopted")
    expect(service.refresh(planted), 401, "the planted value as a refresh token")
    expect(service.me(user.access), 200, "the first session")


@proves("LOG-17")
def half_a_character_is_no_crash(rig: Rig) -> None:
    service = rig.service()
    user = service.account()
    lone = ('"\\ud800"', '"a\\udfff@example.com"', '"\\ud83d password"')
    for text in lone:
        for body in (f'{{"email":{text},"password":"long enough"}}',
                     f'{{"email":"{user.email}","password":{text}}}',
                     f'{{"email":{text},"password":{text},"username":{text}}}'):  # fmt: skip
            for path in ("/login", "/register", "/forgot-password", "/resend-verification"):
                reply = service.post(path, body.encode(), headers=service.same_origin)
                check(reply.status < 500, f"a lone surrogate at {path} was answered {reply.status}")
                check(path != "/login" or reply.status >= 400, "a lone surrogate logs in")
    expect(service.login(user), 200, "the right password")


@proves("LOG-18")
def a_megabyte_of_password_is_refused_at_once(rig: Rig) -> None:
    service = rig.service(**FULL_COST)
    user = service.account()

    def refused() -> float:
        reply = attempt(service, user.email, "a" * 1_000_000)
        return expect(reply, (413, 422), "a password of 1 MB").seconds

    no_slower(refused, lambda: service.get("/me").seconds, "a password of 1 MB", spare=0.1)
    expect(service.login(user), 200, "the right password")


@proves("LOG-19", quiet=True)
def hashing_does_not_hold_up_others(rig: Rig) -> None:
    service = rig.service(**FULL_COST)
    user = service.account()

    def storm() -> None:
        alone = _health_ms(service)
        with ThreadPoolExecutor(_IN_FLIGHT) as lanes:
            options = {"patience": 120.0}
            logins = [lanes.submit(service.login, user, **options) for _ in range(_IN_FLIGHT)]
            beside = _health_ms(service)
            early = all(login.done() for login in logins)
            for login in logins:
                expect(login.result(), (200, 429, 503), "a login among thirty")
        check(not early, "the logins ended before the measurement")
        check(beside < _HEALTHY_MS + _BUSY * alone,
              f"health took {beside:.0f} ms (p95) beside {_IN_FLIGHT} logins and {alone:.0f} ms "
              "without")  # fmt: skip

    twice(storm)


def _health_ms(service: Service) -> float:
    """What 95 of 100 answers stay below, in milliseconds."""
    seconds = []
    for _ in range(_ASKED):
        reply = expect(service.request("GET", "/health/live"), 200, "health")
        seconds.append(reply.seconds)
        time.sleep(0.02)
    return sorted(seconds)[int(_ASKED * 0.95)] * 1000


@proves("LOG-20")
def values_of_other_types_are_refused(rig: Rig) -> None:
    service = rig.service()
    user = service.account()
    for odd in (1, 1.5, [user.email], {"a": 1}, None, True):
        for email, password in ((odd, user.password), (user.email, odd)):
            reply = attempt(service, email, password)
            expect(reply, 422, f"a {type(odd).__name__} at login", code="validation_error")
    expect(service.login(user), 200, "two texts")


@proves("LOG-21")
def queries_cannot_be_injected(rig: Rig) -> None:
    service = rig.service()
    user = service.user()
    query = "SELECT id, email, roles, password_hash FROM auth_users WHERE id = ?"
    before = service.rows(query, user.id)
    for text in _INJECTIONS:
        for email, password in ((text, text), (user.email, text), (f"{text}@example.com", text)):
            expect(attempt(service, email, password), (401, 422), f"the login {text!r}")
        for path in ("/verify-email", "/reset-password"):
            body = {"token": text, "password": text, "new_password": service.password()}
            expect(service.post(path, body), (400, 404, 422), f"{text!r} at {path}")
        expect(service.refresh(text), (401, 422), f"the refresh token {text!r}")
    for quoted in ("0'%20OR%20'1'='1", "%22;--"):
        expect(service.delete(f"/sessions/{quoted}", token=user.access), 404, "a session's id")
    check(service.rows(query, user.id) == before, "an injection changed a row")
    expect(service.login(user), 200, "the right password")


@proves("LOG-22")
def a_login_is_a_post_of_json(rig: Rig) -> None:
    service = rig.service()
    user = service.account()
    reply = expect(service.get("/login"), 405, "GET /login", code="method_not_allowed")
    check(reply.header("Allow") == "POST", f"GET /login allows {reply.header('Allow')!r}")
    text = f'{{"email":"{user.email}","password":"{user.password}"}}'.encode()
    form = f"email={user.email}&password=x".encode()
    kinds = {"text/plain": text, "multipart/form-data; boundary=a": form}
    if not service.answers["login_form"]:
        kinds["application/x-www-form-urlencoded"] = form
    for kind, body in kinds.items():
        headers = [("Content-Type", kind), *service.same_origin]
        expect(service.post("/login", body, headers=headers), 415, f"a body of {kind}")
    expect(service.login(user), 200, "the same as JSON")


@proves("LOG-23")
def a_foreign_page_logs_nobody_in(rig: Rig) -> None:
    service = rig.service()
    user = service.account()
    body = {"email": user.email, "password": user.password}
    if service.answers["transport"] == "both":
        body["transport"] = "cookie"
    for origin in (_FOREIGN, "null"):
        reply = service.post("/login", body, headers=[("Origin", origin)])
        expect(reply, 403, f"a login from the page {origin}", code="origin_not_allowed")
        check(not reply.every("Set-Cookie"), f"a cookie is set for the page {origin}")
    expect(service.post("/login", body, headers=service.same_origin), 200, "the own page")


@proves("LOG-24")
def there_are_no_default_accounts(rig: Rig) -> None:
    service = rig.service()
    for name in _DEFAULTS:
        for email in (name, f"{name}@example.com", f"{name}@localhost"):
            for password in (name, "changethis", "password"):
                expect(attempt(service, email, password), (401, 422), f"{email} / {password}")
    expect(service.login(service.account()), 200, "an account that was made")


@proves("LOG-27")
def a_success_after_failures_is_told_to_the_owner(rig: Rig) -> None:
    service = rig.service(limits="on", request_limit="100000/minute", login_failures=50)
    user = service.account()
    for _ in range(3):
        _patiently(service, user.email, service.password())
    fresh = service.pair(expect(_patiently(service, user.email, user.password), 200, "success"))
    mail = service.mail(user.email, "security_notice")
    check(user.password not in str(mail) and fresh[1] not in str(mail), "the notice holds a secret")
    kinds = [row[0] for row in service.rows(
        "SELECT type FROM auth_events WHERE user_id = (SELECT id FROM auth_users WHERE email = ?)"
        " ORDER BY time", user.email)]  # fmt: skip
    check(kinds.count("login_failed") == 3, f"3 failures left {kinds.count('login_failed')} events")
    check(kinds[-1] == "login", "the success left no event")


def _patiently(service: Service, email: str, password: str) -> Reply:
    """A login from a new address, after the delay that earlier failures of the account cost."""
    for _ in range(5):
        reply = attempt(service, email, password, ip=service.around.address())
        if reply.status != 429:
            break
        time.sleep(min(float(reply.header("Retry-After")), 5.0))
    return reply


@proves("LOG-28")
def a_refresh_token_travels_one_way_only(rig: Rig) -> None:
    service = rig.service()
    user = service.account()
    for transport in ("cookie", "body"):
        body = {"email": user.email, "password": user.password, "transport": transport}
        reply = expect(service.post("/login", body, headers=service.same_origin), 200, "a login")
        in_body, in_cookie = "refresh_token" in reply.data, bool(service.cookie(reply))
        check(in_body != in_cookie, "the refresh token travels in body and cookie, or in neither")
