"""TOK: a token of one purpose serves no other."""

from __future__ import annotations

from orchestrator.attack.judging.proving import expect, proves
from orchestrator.attack.rig import Rig
from orchestrator.attack.subject.service import Service, User
from orchestrator.attack.trying import accepted, refused


@proves("TOK-21")
def a_refresh_token_is_no_access_token(rig: Rig) -> None:
    service = rig.service()
    user = service.user()
    refused(service, user.refresh, "a refresh token as Bearer")
    accepted(service, user.access)


@proves("TOK-22")
def an_access_token_refreshes_nothing(rig: Rig) -> None:
    service = rig.service()
    user = service.user()
    expect(service.refresh(user.access), 401, "an access token at /refresh",
           code="invalid_refresh_token")  # fmt: skip
    accepted(service, user.access, "the session afterwards")
    expect(service.refresh(user.refresh), 200, "the refresh token itself")


@proves("TOK-23")
def tokens_of_one_purpose_serve_no_other(rig: Rig) -> None:
    service = rig.service()
    user = service.user()
    for purpose, token in _mail_tokens(service).items():
        refused(service, token, f"a token of a mail {purpose} as Bearer")
        expect(service.refresh(token), 401, f"a token of a mail {purpose} at /refresh")
    body = {"token": user.access, "password": user.password, "new_password": service.password()}
    for path in ("/verify-email", "/reset-password"):
        reply = service.post(path, body)
        if reply.status != 404:
            expect(reply, 400, f"an access token at {path}", code="invalid_token")
    accepted(service, user.access)


def _mail_tokens(service: Service) -> dict[str, str]:
    """A live token of each purpose that this service sends mails for."""
    found = {}
    if service.answers["registration"] == "verified":
        pending = User(service.email(), service.password())
        expect(service.register(pending.email, pending.password), 202, "a registration")
        found["verify_email"] = service.mail(pending.email, "verify_email")["token"]
    known = service.account()
    asked = service.post("/forgot-password", {"email": known.email}, ip=service.around.address())
    if asked.status != 404:
        expect(asked, 202, "a forgotten password")
        found["reset_password"] = service.mail(known.email, "reset_password")["token"]
    return found
