"""Try a token: what an access token opens, and what a refresh token renews."""

from __future__ import annotations

from orchestrator.attack.judging.proving import check, expect
from orchestrator.attack.subject.service import Service, User
from orchestrator.attack.wire import Reply


def refused(service: Service, forged: str, what: str, code: str = "invalid_token") -> Reply:
    """A token that opens nothing: 401, with the challenge of RFC 6750."""
    reply = expect(service.me(forged), 401, what, code=code)
    check("bearer" in reply.header("WWW-Authenticate").lower(), f"{what}: no Bearer challenge")
    return reply


def accepted(service: Service, token: str, what: str = "the token as it was issued") -> Reply:
    """The twin: this one opens the door."""
    return expect(service.me(token), 200, what)


def not_renewed(service: Service, token: str, what: str) -> Reply:
    """A refresh token that renews nothing."""
    return expect(service.refresh(token), 401, what, code="invalid_refresh_token")


def rotated(service: Service, token: str, what: str = "a live refresh token") -> tuple[str, str]:
    """The twin: access and refresh token of the new pair."""
    return service.pair(expect(service.refresh(token), 200, what))


def goes_on(service: Service, user: User, what: str) -> str:
    """The session goes on: its refresh token gives a pair whose access token opens the door."""
    access, refresh = rotated(service, user.refresh, what)
    expect(service.me(access), 200, f"the access token of {what}")
    return refresh
