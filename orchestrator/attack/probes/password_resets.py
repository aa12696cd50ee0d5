"""RST: a forgotten password comes back by mail to its owner, once, and tells nobody anything."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from orchestrator.attack.judging.proving import check, expect, proves, same_answer
from orchestrator.attack.judging.timing import same_time
from orchestrator.attack.rig import Rig
from orchestrator.attack.subject.service import ORIGIN, Service, User
from orchestrator.attack.wire import Headers, Reply

_HOUR = 3600
_SHORTEST = 22
_EXPIRED = "This link has expired. Please request a new one"
_LIMITED: dict[str, Any] = {"limits": "on", "request_limit": "100000/minute"}


def _ask(service: Service, email: str, headers: Headers = (), **options: Any) -> Reply:
    options.setdefault("ip", service.around.address())
    return service.post("/forgot-password", {"email": email}, headers=headers, **options)


def _token(service: Service, user: User, number: int = 1) -> str:
    expect(_ask(service, user.email), 202, "a request for a new password")
    return service.mail(user.email, "reset_password", number=number)["token"]


def _reset(service: Service, token: str, password: str, **options: Any) -> Reply:
    body = {"token": token, "new_password": password, **options.pop("more", {})}
    return service.post("/reset-password", body, **options)


def _refused(service: Service, token: str, what: str, code: str = "invalid_token") -> Reply:
    return expect(_reset(service, token, service.password()), 400, what, code=code)


def _logs_in(service: Service, email: str, password: str) -> int:
    return service.login(User(email, password), ip=service.around.address()).status


@proves("RST-01")
def every_address_gets_the_same_answer(rig: Rig) -> None:
    service = rig.service()
    known = service.account()
    inactive = service.account()
    service.write("UPDATE auth_users SET is_active = FALSE WHERE email = ?", inactive.email)
    addresses = {"an unknown": service.email(), "an inactive": inactive.email}
    if service.answers["registration"] == "verified":
        pending = service.email()
        expect(service.register(pending, service.password()), 202, "a registration")
        addresses["an unconfirmed"] = pending
    first = expect(_ask(service, known.email), 202, "a request for a known address")
    for what, email in addresses.items():
        same_answer(first, _ask(service, email), f"the answers for a known and {what} address")
    service.mail(known.email, "reset_password")


@proves("RST-02", quiet=True)
def every_address_takes_the_same_time(rig: Rig) -> None:
    service = rig.service()
    known = service.account()
    same_time(
        lambda: expect(_ask(service, known.email), 202, "a request for a known address"),
        lambda: expect(_ask(service, service.email()), 202, "a request for an unknown address"),
        "requests for a known and for an unknown address",
    )


@proves("RST-03")
def a_mailbox_out_of_order_changes_no_answer(rig: Rig) -> None:
    """Mail cannot leave: its folder is a file. No answer may wait for it or tell of it."""
    service = rig.service(email_file_path="/dev/null/mail")
    user = User(service.email(), service.password())
    service.make(user)
    known = expect(_ask(service, user.email), 202, "a request while mail cannot leave")
    unknown = expect(_ask(service, service.email()), 202, "a request for an unknown address")
    same_answer(known, unknown, "the answers while mail cannot leave")


@proves("RST-04")
def the_token_of_the_mail_sets_the_password(rig: Rig) -> None:
    service = rig.service()
    user = service.account()
    fresh = service.password()
    expect(_reset(service, _token(service, user), fresh), 204, "a reset")
    check(_logs_in(service, user.email, user.password) == 401, "the old password still works")
    check(_logs_in(service, user.email, fresh) == 200, "the new password does not work")


@proves("RST-05")
def a_token_works_once(rig: Rig) -> None:
    service = rig.service()
    user = service.account()
    token, fresh = _token(service, user), service.password()
    expect(_reset(service, token, fresh), 204, "the first use of a token")
    _refused(service, token, "the second use of a token")
    check(_logs_in(service, user.email, fresh) == 200, "the second use changed the password")


@proves("RST-06")
def of_parallel_uses_one_wins(rig: Rig) -> None:
    service = rig.service(workers=2)
    user = service.account()
    token = _token(service, user)
    chosen = [service.password() for _ in range(6)]
    with ThreadPoolExecutor(len(chosen)) as threads:
        replies = list(threads.map(lambda one: _reset(service, token, one).status, chosen))
    check(sorted(replies) == [204, *[400] * 5], f"parallel uses of a token gave {sorted(replies)}")
    winner = chosen[replies.index(204)]
    check(_logs_in(service, user.email, winner) == 200, "the winner's password does not work")


@proves("RST-07")
def a_token_dies_after_an_hour(rig: Rig) -> None:
    with rig.alone() as service:
        late, early = service.account(), service.account()
        token = _token(service, late)
        other = _token(service, early)
        service.advance(_HOUR - 30)
        expect(_reset(service, other, service.password()), 204, "a reset just within the hour")
        service.advance(60)
        reply = _refused(service, token, "a token of more than an hour ago", "token_expired")
        check(reply.document["detail"] == _EXPIRED, "the refusal has another text than promised")


@proves("RST-08")
def newer_requests_and_changes_void_older_tokens(rig: Rig) -> None:
    service = rig.service()
    user = service.account()
    older = _token(service, user)
    newer = _token(service, user, number=2)
    _refused(service, older, "a token after a newer request")
    expect(_reset(service, newer, service.password()), 204, "the newer token")
    changer = service.user()
    token = _token(service, changer)
    body = {"current_password": changer.password, "new_password": service.password()}
    done = service.post("/change-password", body, token=changer.access, headers=service.same_origin)
    expect(done, 200, "a change of the password")
    _refused(service, token, "a token after a change of the password")


@proves("RST-09")
def a_refused_password_leaves_the_token(rig: Rig) -> None:
    service = rig.service()
    user = service.account()
    token = _token(service, user)
    reply = expect(_reset(service, token, "short"), 422, "a reset to a short password")
    check(reply.code == "validation_error", "a short password is no validation error")
    expect(_reset(service, token, service.password()), 204, "the same token with a good password")


@proves("RST-10")
def a_reset_ends_every_session(rig: Rig) -> None:
    service = rig.service(workers=2)
    phone = service.user()
    laptop, stranger = service.session(phone), service.user()
    expect(_reset(service, _token(service, phone), service.password()), 204, "a reset")
    for session in (phone, laptop):
        for _ in range(4):
            expect(service.me(session.access), 401, "an access token from before the reset")
        expect(service.refresh(session.refresh), 401, "a refresh token from before the reset")
    expect(service.me(stranger.access), 200, "somebody else's access token")


@proves("RST-11")
def a_reset_logs_nobody_in(rig: Rig) -> None:
    service = rig.service()
    user = service.account()
    reply = expect(_reset(service, _token(service, user), service.password()), 204, "a reset")
    check(reply.body == b"", "a reset answers with a body")
    check(not reply.every("Set-Cookie"), "a reset sets a cookie")


@proves("RST-13")
def the_owner_is_told(rig: Rig) -> None:
    service = rig.service()
    user = service.account()
    check(not _notices(service, user), "a notice came before the reset")
    fresh = service.password()
    token = _token(service, user)
    expect(_reset(service, token, fresh), 204, "a reset")
    mail = service.mail(user.email, "security_notice")
    text = str(mail)
    check(fresh not in text and token not in text, "the notice holds the password or the token")
    check(not mail.get("token"), "the notice carries a token")


def _notices(service: Service, user: User) -> list[dict[str, str]]:
    return [mail for mail in service.mails(user.email) if mail["purpose"] == "security_notice"]


@proves("RST-14")
def links_come_from_the_settings(rig: Rig) -> None:
    service = rig.service()
    user = service.account()
    evil = [("Host", "evil.example"), ("X-Forwarded-Host", "evil.example"),
            ("X-Forwarded-Proto", "http"), ("Forwarded", "host=evil.example")]  # fmt: skip
    expect(_ask(service, user.email, headers=evil), 202, "a request with a foreign host")
    mail = service.mail(user.email, "reset_password")
    check("evil.example" not in str(mail), "the mail names the host of the request's headers")
    link = f"{ORIGIN}/reset-password#token={mail['token']}"
    check(link in mail["text"], "the mail has no link of the public address with its fragment")


@proves("RST-15")
def requests_are_limited_by_address(rig: Rig) -> None:
    service = rig.service(**_LIMITED)
    known, unknown = service.account().email, service.email()
    last = []
    for email in (known, unknown):
        name, _, domain = email.partition("@")
        for spelling in (email, email.upper(), f"{name}@{domain.upper()}"):
            expect(_ask(service, spelling), 202, "one of three requests in an hour")
        reply = expect(_ask(service, email), 429, "the fourth request in an hour")
        wait = reply.header("Retry-After")
        check(wait.isdigit() and 0 < int(wait) <= _HOUR, f"Retry-After is {wait!r}")
        last.append(reply)
    check(last[0].code == last[1].code, "the limit tells a known from an unknown address")
    expect(_ask(service, service.email()), 202, "a request for another address")


@proves("RST-16")
def a_request_changes_nothing(rig: Rig) -> None:
    service = rig.service()
    user = service.user()
    expect(_ask(service, user.email), 202, "a request for a new password")
    service.mail(user.email, "reset_password")
    expect(service.me(user.access), 200, "the access token after a request")
    expect(service.refresh(user.refresh), 200, "the refresh token after a request")
    check(_logs_in(service, user.email, user.password) == 200, "the password no longer works")


@proves("RST-17")
def reset_tokens_are_long_and_stored_as_digests(rig: Rig) -> None:
    service = rig.service()
    user = service.account()
    token = _token(service, user)
    check(len(token) >= _SHORTEST, "the token has fewer than 128 bits")
    stored = service.tables.dump()
    check(token not in stored, "the database holds the token in plain text")
    check(hashlib.sha256(token.encode()).hexdigest() in stored,
          "the database does not hold the SHA-256 of the token")  # fmt: skip
    expect(_reset(service, token, service.password()), 204, "the token")


@proves("RST-18")
def a_token_is_for_its_own_account(rig: Rig) -> None:
    service = rig.service()
    mine, other = service.account(), service.user()
    fresh = service.password()
    more = {"email": other.email, "user_id": other.id, "id": other.id, "sub": other.id}
    expect(_reset(service, _token(service, mine), fresh, more=more), 204, "a reset")
    check(_logs_in(service, other.email, fresh) == 401, "the other account has the new password")
    check(_logs_in(service, other.email, other.password) == 200, "the other account is changed")
    check(_logs_in(service, mine.email, fresh) == 200, "the own account is not changed")


@proves("RST-19")
def guessing_tokens_is_limited(rig: Rig) -> None:
    service = rig.service(**_LIMITED)
    user = service.account()
    token = _token(service, user)
    found = []
    for number in range(200):
        found.append(_reset(service, f"{token[:-4]}{number:04d}", service.password()).status)
        if found[-1] == 429:
            break
    check(found[-1] == 429, f"{len(found)} guesses at a token from one address met no limit")
    check(set(found[:-1]) == {400}, f"guesses were answered {sorted(set(found))}")
    reply = _reset(service, token, service.password(), ip=rig.address())
    expect(reply, 204, "the right token from another address")
