"""TOK: how an access token may travel, and that a monstrous one costs nothing."""

from __future__ import annotations

import time

from orchestrator.attack import tokens
from orchestrator.attack.judging.proving import check, expect, proves
from orchestrator.attack.judging.timing import no_slower
from orchestrator.attack.rig import Rig
from orchestrator.attack.subject.service import Service
from orchestrator.attack.trying import accepted
from orchestrator.attack.wire import NoAnswer


@proves("TOK-26")
def the_scheme_is_bearer_in_any_case(rig: Rig) -> None:
    service = rig.service()
    token = service.user().access
    for scheme in ("bearer", "BEARER", "bEaReR"):
        reply = service.get("/me", headers=[("Authorization", f"{scheme} {token}")])
        expect(reply, 200, f"the scheme {scheme}")
    for value in (f"Basic {token}", f"Token {token}", token, f"Bearer{token}", f"JWT {token}"):
        reply = service.get("/me", headers=[("Authorization", value)])
        expect(reply, 401, f"Authorization: {value.split()[0][:10]}…")
        check("bearer" in reply.header("WWW-Authenticate").lower(), "no Bearer challenge")


@proves("TOK-27")
def a_malformed_header_is_no_crash(rig: Rig) -> None:
    service = rig.service()
    token = service.user().access
    odd = ["", " ", "Bearer", "Bearer ", f"Bearer {token} {token}", f"Bearer {token},{token}"]
    odd += [f"Bearer, {token}", "Bearer \xe9\xff", f"Bearer \t{token}", "Bearer " + "a" * 65_536]
    odd += [f'Bearer "{token}"', f"Bearer {token};", f"Bearer: {token}", "Bearer ..", "Bearer ===="]
    for value in odd:
        reply = service.get("/me", headers=[("Authorization", value)])
        expect(reply, (400, 401, 431), f"Authorization: {value[:12]!r}…")
    twice = [("Authorization", f"Bearer {token}")] * 2
    expect(service.get("/me", headers=twice), (400, 401), "two Authorization headers")
    expect(service.get("/me", headers=twice[:1]), 200, "one Authorization header")


@proves("TOK-28")
def a_token_in_the_query_is_ignored_and_not_logged(rig: Rig) -> None:
    service = rig.service()
    token = service.user().access
    for name in ("access_token", "token", "Authorization", "bearer"):
        expect(service.get(f"/me?{name}={token}"), 401, f"a token as ?{name}=")
    expect(service.me(token), 200, "the token in its header")
    check(token not in service.server.output(), "a token of a query stands in the log")


@proves("TOK-29")
def two_transports_at_once_are_refused(rig: Rig) -> None:
    service = rig.service()
    token = service.user().access
    reply = service.get(f"/me?access_token={token}", token=token)
    expect(reply, 400, "a token in the header and another in the query", code="invalid_request")
    expect(service.me(token), 200, "the token in its header alone")


@proves("TOK-31")
def monstrous_tokens_fail_fast(rig: Rig) -> None:
    service = rig.service()
    user = service.user()
    real = tokens.parts(user.access)
    deep = "[" * 10_000 + "]" * 10_000
    monsters = {
        "100 kB of claims": service.forge(user.access, claims={"x": "a" * 100_000}),
        "10 kB of claims": service.forge(user.access, claims={"x": "a" * 10_000}),
        "10 000 levels": service.signed(dict(real.header), deep),
        "1 000 levels": service.signed(dict(real.header), deep[9_000:11_000]),
        "zip": service.forge(user.access, header={"zip": "DEF"}),
        "5 000 dots": "." * 5_000,
    }
    for what, token in monsters.items():
        no_slower(
            lambda token=token, what=what: _seconds_to_refuse(service, token, what),  # type: ignore[misc]
            lambda: service.me(user.access).seconds,
            f"a token of {what}",
        )
    accepted(service, user.access)


def _seconds_to_refuse(service: Service, token: str, what: str) -> float:
    """A server may hang up on a header above its own limit instead of answering."""
    started = time.monotonic()
    try:
        reply = service.me(token)
    except NoAnswer:
        return time.monotonic() - started
    check(400 <= reply.status < 500, f"a token of {what} was answered {reply.status}")
    return reply.seconds
