"""VER: an address is confirmed by whoever reads its mail, once, and by nobody else."""

from __future__ import annotations

import hashlib
import secrets
from typing import Any

from orchestrator.attack.judging.proving import check, expect, proves, same_answer
from orchestrator.attack.rig import Rig
from orchestrator.attack.subject.service import Service, User
from orchestrator.attack.trying import rotated
from orchestrator.attack.wire import Reply

_DAY = 86_400
_SHORTEST = 22
_MANY = 1000


def _pending(service: Service) -> User:
    """An account whose address is not confirmed."""
    user = User(service.email(), service.password())
    expect(service.register(user.email, user.password), 202, "a registration")
    return user


def _token(service: Service, user: User, number: int = 1) -> str:
    return service.mail(user.email, "verify_email", number=number)["token"]


def _refused(
    service: Service, user: User, token: str, what: str, code: str = "invalid_token"
) -> Reply:
    return expect(service.verify(user, token), 400, what, code=code)


def _confirmed(service: Service, user: User) -> bool:
    return service.login(user, ip=service.around.address()).status == 200


@proves("VER-01")
def a_token_confirms_once(rig: Rig) -> None:
    service = rig.service()
    user = _pending(service)
    token = _token(service, user)
    check(not _confirmed(service, user), "an unconfirmed account can log in")
    expect(service.verify(user, token), 204, "the token of the mail")
    check(_confirmed(service, user), "a confirmed account cannot log in")
    _refused(service, user, token, "the same token again")


@proves("VER-02")
def a_token_dies_after_a_day(rig: Rig) -> None:
    with rig.alone() as service:
        late, early = _pending(service), _pending(service)
        token, other = _token(service, late), _token(service, early)
        service.advance(_DAY - 60)
        expect(service.verify(early, other), 204, "a token just within the day")
        service.advance(120)
        _refused(service, late, token, "a token of yesterday", code="token_expired")
        check(not _confirmed(service, late), "a token of yesterday confirmed the account")


@proves("VER-03")
def other_tokens_are_refused_alike(rig: Rig) -> None:
    service = rig.service()
    user, known = _pending(service), service.user()
    token = _token(service, user)
    asked = service.post("/forgot-password", {"email": known.email}, ip=rig.address())
    expect(asked, 202, "a request for a new password")
    reset = service.mail(known.email, "reset_password")["token"]
    wrong = {"a random": secrets.token_urlsafe(32), "an altered": f"{token[:-2]}AA"}
    wrong |= {"a reset": reset, "an access": known.access, "a refresh": known.refresh}
    wrong["a very long"] = "x" * 10_000
    first = _refused(service, user, secrets.token_urlsafe(32), "an unknown token")
    for what, text in wrong.items():
        reply = _refused(service, user, text, f"{what} token")
        same_answer(first, reply, f"the refusals of an unknown and {what} token")
    check(not _confirmed(service, user), "one of the wrong tokens confirmed the account")
    expect(service.verify(user, token), 204, "the right token after all that")


@proves("VER-04")
def looking_at_a_link_confirms_nothing(rig: Rig) -> None:
    """Mail scanners open links; only a POST of the token may change anything."""
    service = rig.service()
    user = _pending(service)
    token = _token(service, user)
    for method in ("GET", "HEAD"):
        for path in (
            f"{service.prefix}/verify-email?token={token}",
            f"/verify-email?token={token}",
        ):
            reply = service.request(method, path)
            expect(reply, (404, 405), f"{method} {path.partition('?')[0]}")
    check(not _confirmed(service, user), "opening the link confirmed the account")
    expect(service.verify(user, token), 204, "the token in a POST")


@proves("VER-05")
def confirming_opens_no_session(rig: Rig) -> None:
    service = rig.service()
    user = _pending(service)
    reply = expect(service.verify(user, _token(service, user)), 204, "the token of the mail")
    check(reply.body == b"", "a confirmation answers with a body")
    check(not reply.every("Set-Cookie"), "a confirmation sets a cookie")
    check(_confirmed(service, user), "a confirmed account cannot log in")


@proves("VER-06")
def a_newer_mail_voids_the_older_token(rig: Rig) -> None:
    service = rig.service()
    user = _pending(service)
    older = _token(service, user)
    asked = service.post("/resend-verification", {"email": user.email}, ip=rig.address())
    expect(asked, 202, "a request for another mail")
    newer = _token(service, user, number=2)
    query = (
        "SELECT count(*) FROM auth_mail_tokens t JOIN auth_users u ON u.id = t.user_id"
        " WHERE u.email = ? AND t.purpose = 'verify_email'"
    )
    ((open_tokens,),) = service.rows(query, user.email)
    check(open_tokens <= 1, f"{open_tokens} tokens of one account are open")
    _refused(service, user, older, "the token of the older mail")
    expect(service.verify(user, newer), 204, "the token of the newer mail")


@proves("VER-07")
def asking_again_tells_nothing_and_is_limited(rig: Rig) -> None:
    service = rig.service(limits="on", request_limit="100000/minute")
    pending, known = _pending(service), service.account()

    def ask(email: str) -> Reply:
        return service.post("/resend-verification", {"email": email}, ip=rig.address())

    first = expect(ask(pending.email), 202, "a request for another mail")
    for email in (known.email, service.email()):
        same_answer(first, ask(email), "the answers for a pending and another address")
    for email in (known.email, service.email()):
        found = [ask(email).status for _ in range(4)]
        check(found[-1] == 429, f"four more requests for one address were answered {found}")
    expect(ask(service.email()), 202, "a request for another address")


@proves("VER-08")
def a_token_is_bound_to_its_address(rig: Rig) -> None:
    service = rig.service()
    user = _pending(service)
    token = _token(service, user)
    moved = service.email()
    service.write(
        "UPDATE auth_users SET email = ?, email_key = ? WHERE email = ?", moved, moved, user.email
    )
    _refused(service, user, token, "a token of the account's former address")
    asked = service.post("/resend-verification", {"email": moved}, ip=rig.address())
    expect(asked, 202, "a request for a mail to the new address")
    user.email = moved
    expect(service.verify(user, _token(service, user)), 204, "a token of the new address")


@proves("VER-09")
def tokens_are_long_and_never_repeat(rig: Rig) -> None:
    service = rig.service(resend_limit="100000/hour")
    user = _pending(service)
    found = {_token(service, user)}
    for _ in range(_MANY - 1):
        asked = service.post("/resend-verification", {"email": user.email})
        expect(asked, 202, "a request for another mail")
    mails = [mail for mail in service.mails(user.email) if mail.get("token")]
    found |= {mail["token"] for mail in mails}
    check(len(found) == len(mails), "two mails carried the same token")
    check(len(mails) > 1, "no further mail came")
    check(min(map(len, found)) >= _SHORTEST, "a token has fewer than 128 bits")


@proves("VER-10")
def tokens_are_stored_as_digests(rig: Rig) -> None:
    service = rig.service()
    user = _pending(service)
    token = _token(service, user)
    stored = service.tables.dump()
    check(token not in stored, "the database holds the token in plain text")
    check(hashlib.sha256(token.encode()).hexdigest() in stored,
          "the database does not hold the SHA-256 of the token")  # fmt: skip


@proves("VER-11")
def tokens_travel_behind_the_fragment(rig: Rig) -> None:
    service = rig.service()
    user = _pending(service)
    mail = service.mail(user.email, "verify_email")
    before, _, after = mail["text"].partition(mail["token"])
    check(before.endswith("#token="), "the token of a link is not in its fragment")
    check(mail["token"] not in after, "the mail repeats the token elsewhere")
    expect(service.verify(user, mail["token"]), 204, "the token in the body")
    check(mail["token"] not in service.server.output(), "the service logged the token")


@proves("VER-12")
def a_new_address_is_confirmed_and_the_old_one_told(rig: Rig) -> None:
    with rig.alone() as service:
        user, stale = service.user(), service.user()
        fresh = service.email()
        wrong = _move(service, user, fresh, password=service.password())
        expect(wrong, 401, "a new address with a wrong password")
        expect(_move(service, user, fresh), 202, "a new address")
        mail = service.mail(fresh, "change_email")
        service.mail(user.email, "security_notice")
        shown = service.me(user.access).data["email"]
        check(shown == user.email, "the address changed before it was confirmed")
        expect(service.post("/verify-email", {"token": mail["token"]}), 204, "the mail's token")
        user.email, old = fresh, user.email
        check(_confirmed(service, user), "the new address cannot log in")
        check(not _confirmed(service, User(old, user.password)), "the old address still logs in")
        service.advance(660)
        stale.access, stale.refresh = rotated(service, stale.refresh)
        late = _move(service, stale, service.email())
        expect(late, 401, "a new address eleven minutes after login", code="fresh_login_required")


def _move(service: Service, user: User, email: str, password: str = "", **options: Any) -> Reply:
    body = {"email": email, "password": password or user.password}
    return service.post("/change-email", body, token=user.access, **options)
