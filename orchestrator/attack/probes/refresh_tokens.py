"""REF: what a refresh token is, where it may stand, and how one that is none is refused."""

from __future__ import annotations

import hashlib
import secrets

from orchestrator.attack import tokens
from orchestrator.attack.judging.proving import check, expect, proves, same_answer
from orchestrator.attack.rig import Rig
from orchestrator.attack.trying import goes_on, not_renewed, rotated

_SHORTEST = 22
"""Characters of base64url that hold 128 bits."""


@proves("REF-14")
def refresh_tokens_are_random_and_stored_as_digests(rig: Rig) -> None:
    service = rig.service()
    user = service.user()
    check("." not in user.refresh, "the refresh token is not opaque")
    check(len(user.refresh) >= _SHORTEST, "the refresh token has fewer than 128 bits")
    others = {service.session(user).refresh for _ in range(20)}
    check(len(others) == 20, "two logins gave the same refresh token")
    stored = service.tables.dump()
    check(user.refresh not in stored, "the database holds a refresh token in plain text")
    digest = hashlib.sha256(user.refresh.encode()).hexdigest()
    check(digest in stored, "the database does not hold the SHA-256 of the refresh token")


@proves("REF-15")
def refresh_takes_no_query_and_no_get(rig: Rig) -> None:
    service = rig.service()
    user = service.user()
    query = f"/refresh?refresh_token={user.refresh}"
    expect(service.get(query), 405, "a refresh by GET")
    reply = service.post(query, {}, headers=service.same_origin)
    expect(reply, (400, 401, 403, 422), "a refresh token in the query")
    goes_on(service, user, "a refresh in the proper place")
    logged = [line for line in service.log_lines() if user.refresh in str(line)]
    check(not logged, "the refresh token of a query is in the service's log")


@proves("REF-16")
def a_refresh_shows_the_roles_of_now(rig: Rig) -> None:
    service = rig.service()
    user = service.user()
    check(tokens.parts(user.access).claims["roles"] == [], "a new user has roles")
    service.write("UPDATE auth_users SET roles = ? WHERE id = ?", '["admin"]', user.id)
    access, _ = rotated(service, user.refresh)
    claims = tokens.parts(access).claims
    check(claims["roles"] == ["admin"], "the access token after a refresh has the old roles")
    check(claims["sid"] == tokens.parts(user.access).claims["sid"], "a refresh changed the session")


@proves("REF-17")
def other_tokens_give_one_and_the_same_refusal(rig: Rig) -> None:
    service = rig.service()
    user = service.user()
    with rig.fresh() as elsewhere:
        foreign = elsewhere.user().refresh
    first = not_renewed(service, secrets.token_urlsafe(32), "a random refresh token")
    # A cookie travels in a header, of which servers take 8190 bytes and browsers send 4096.
    long = "a" * (4_000 if service.cookies else 10_000)
    junk = ("x", long, user.access, foreign, user.refresh[:-1], f"{user.refresh}A")
    for token in junk:
        reply = not_renewed(service, token, f"the refresh token {token[:12]}…")
        same_answer(first, reply, "the refusals of two wrong refresh tokens")
    goes_on(service, user, "the right refresh token")


@proves("REF-18")
def refreshes_of_a_session_are_limited(rig: Rig) -> None:
    service = rig.service(limits="on", refresh_limit="5/minute", request_limit="1000/minute")
    user, other = service.user(), service.user()
    refresh = user.refresh
    for _ in range(5):
        _, refresh = rotated(service, refresh)
    reply = expect(service.refresh(refresh), 429, "the sixth refresh of a session in a minute")
    wait = reply.header("Retry-After")
    check(wait.isdigit() and int(wait) > 0, f"Retry-After is {wait!r}, not whole seconds")
    goes_on(service, other, "another session")
