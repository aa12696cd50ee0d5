"""REG: registration tells nobody who is registered, gives nobody rights, and makes one account."""

from __future__ import annotations

import json
import secrets
import unicodedata
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from orchestrator.attack.judging.proving import check, expect, proves, same_answer
from orchestrator.attack.judging.timing import same_time
from orchestrator.attack.rig import FULL_COST, Rig
from orchestrator.attack.subject.service import Service, User
from orchestrator.attack.wire import Reply

_USER = {"id", "email", "username", "roles", "is_verified", "is_active", "created_at"}
_USER |= {"updated_at", "last_login_at"}
_RIGHTS: Mapping[str, Any] = {
    "role": "admin",
    "roles": ["admin"],
    "is_admin": True,
    "is_superuser": True,
    "is_verified": True,
    "is_active": True,
    "id": "0" * 32,
    "email_verified_at": 1,
    "password_hash": "x",
    "epoch": 7,
    "user": {"roles": ["admin"]},
    "user.roles": ["admin"],
    "roles[]": "admin",
}
_ODD = (
    "a@example.com\r\nBcc: b@example.com",
    "a\0@example.com",
    "a@example.com,b@example.com",
    "a@example.com;",
    "Ann <a@example.com>",
    f"a@{'b' * 250}.com",
    "a@localhost",
    '"a b"@example.com',
    "a b@example.com",
    "a@",
    "@example.com",
    "a",
    "",
    "a@b@example.com",
    "a@[127.0.0.1]",
    "a@example..com",
    ".a@example.com",
    "a@-example.com",
)
_AT_ONCE = 20


def accepted_as(service: Service) -> int:
    """The status of a registration that went well."""
    return 201 if service.answers["registration"] == "open" else 202


def asked(service: Service, email: object, password: object, **more: Any) -> Reply:
    """A registration with any values, from an address of its own."""
    name = {"username": f"n{secrets.token_hex(6)}"} if service.answers["username"] != "none" else {}
    body = {"email": email, "password": password, **name, **more}
    return service.post("/register", body, ip=service.around.address())


def _accounts(service: Service, email: str) -> int:
    ((count,),) = service.rows("SELECT count(*) FROM auth_users WHERE email = ?", email)
    return int(count)


@proves("REG-01")
def a_new_address_is_asked_to_confirm(rig: Rig) -> None:
    service = rig.service()
    user = User(service.email(), service.password())
    reply = expect(asked(service, user.email, user.password), accepted_as(service), "a new address")
    if reply.status == 202:
        check(reply.data == {"status": "accepted"}, "the answer says more than accepted")
        expect(service.verify(user), 204, "the token of the mail")
    expect(service.login(user), 200, "the right password afterwards")


@proves("REG-02")
def a_known_address_gets_the_same_answer(rig: Rig) -> None:
    service = rig.service()
    confirmed, pending = service.account(), service.email()
    new = expect(asked(service, pending, service.password()), 202, "a new address")
    for what, email in (("confirmed", confirmed.email), ("pending", pending)):
        known = expect(asked(service, email, service.password()), 202, f"a {what} address")
        same_answer(new, known, f"the answers for a new and a {what} address")


@proves("REG-03", quiet=True)
def a_known_address_takes_as_long(rig: Rig) -> None:
    service = rig.service(**FULL_COST)
    known, password = service.account(), service.password()
    same_time(
        lambda: expect(asked(service, known.email, password), 202, "a known address"),
        lambda: expect(asked(service, service.email(), password), 202, "a new address"),
        "registrations of a known and of a new address",
    )


@proves("REG-04")
def the_owner_of_a_known_address_is_told(rig: Rig) -> None:
    service = rig.service()
    owner = service.user()
    query = "SELECT password_hash, is_verified, epoch FROM auth_users WHERE id = ?"
    before = service.rows(query, owner.id)
    other = service.password()
    expect(asked(service, owner.email, other), 202, "a registration by somebody else")
    mail = service.mail(owner.email, "already_registered")
    check(not mail.get("token"), "the mail to the owner carries a token")
    check(service.rows(query, owner.id) == before, "the registration changed the account")
    stranger = User(owner.email, other)
    expect(service.login(stranger), 401, "the other's password", code="invalid_credentials")
    expect(service.me(owner.access), 200, "the owner's session")


@proves("REG-05")
def a_bad_password_is_told_before_the_address_is_looked_at(rig: Rig) -> None:
    service = rig.service()
    known = service.account()
    for bad in ("short", "a" * 200, "password", 7):
        one = expect(asked(service, known.email, bad), 422, "a known address, a bad password")
        other = expect(asked(service, service.email(), bad), 422, "a new address, a bad password")
        same_answer(one, other, "the refusals of a bad password")
    expect(asked(service, known.email, service.password()), 202, "a good password")


@proves("REG-06")
def registrations_at_once_make_one_account(rig: Rig) -> None:
    service = rig.service(workers=2)
    email, password = service.email(), service.password()
    calls: list[Callable[[], Reply]] = [lambda: asked(service, email, password)] * _AT_ONCE
    with ThreadPoolExecutor(_AT_ONCE) as lanes:
        replies = [lanes.submit(call) for call in calls]
    statuses = sorted({one.result().status for one in replies})
    fine = accepted_as(service)
    allowed = {fine} if fine == 202 else {201, 409}
    check(set(statuses) <= allowed, f"parallel registrations were answered {statuses}")
    check(fine in statuses, "none of the parallel registrations was accepted")
    check(_accounts(service, email) == 1, f"{_accounts(service, email)} accounts have one address")


@proves("REG-07")
def spellings_of_an_address_are_one_account(rig: Rig) -> None:
    service = rig.service()
    tail = secrets.token_hex(5)
    domain, puny = "b\u00fccher.example.com", "xn--bcher-kva.example.com"
    name = f"zo\u00eb{tail}"
    user = User(f"{name}@{domain}", service.password())
    expect(asked(service, user.email, user.password), accepted_as(service), "the first spelling")
    wide = f"{name[:-1]}{chr(ord(name[-1]) + 0xFEE0)}@{domain}"
    spellings = [user.email.upper(), unicodedata.normalize("NFD", user.email), wide]
    spellings.append(f"{name}@{puny}")
    for spelling in spellings:
        expect(asked(service, spelling, user.password), {202, 409}, f"the spelling {spelling!r}")
    ((count,),) = service.rows("SELECT count(*) FROM auth_users WHERE email LIKE ?", f"%{tail}%")
    check(count == 1, f"spellings of one address made {count} accounts")
    other = f"x{name}@{domain}"
    expect(asked(service, other, user.password), accepted_as(service), "another address")
    ((count,),) = service.rows("SELECT count(*) FROM auth_users WHERE email LIKE ?", f"%{tail}%")
    check(count == 2, "another address made no account")


@proves("REG-08")
def nobody_registers_with_rights(rig: Rig) -> None:
    service = rig.service()
    tried: list[Mapping[str, Any]] = [dict(_RIGHTS), *({key: one} for key, one in _RIGHTS.items())]
    for more in tried:
        user = User(service.email(), service.password())
        reply = asked(service, user.email, user.password, **more)
        what = f"a registration with {', '.join(more)[:40]}"
        if expect(reply, {accepted_as(service), 422}, what).status == 422:
            continue
        if service.answers["registration"] == "verified":
            early = expect(service.login(user), 403, f"a login before verification, {what}")
            check(early.code == "email_not_verified", f"{what}: the address counts as verified")
            expect(service.verify(user), 204, "the token of the mail")
        me = service.me(service.session(user).access).data
        check(me["roles"] == [] and me["id"] != _RIGHTS["id"], f"{what} was given rights")


@proves("REG-09")
def the_first_user_is_nobody_special(rig: Rig) -> None:
    with rig.fresh() as service:
        first = service.user()
        check(service.rows("SELECT count(*) FROM auth_users") == [(1,)], "it is not the first user")
        check(service.me(first.access).data["roles"] == [], "the first user has roles")
        if service.answers["roles"]:
            roles = service.me(service.admin().access).data["roles"]
            check(roles == ["admin"], f"create-admin gave {roles}")


@proves("REG-17")
def odd_addresses_are_refused_and_get_no_mail(rig: Rig) -> None:
    """By registration, or by a change of address where nobody can register."""
    service = rig.service()
    ask, accepted = _way_of_addresses(service)
    before = _odd_accounts(service)
    for email in _ODD:
        expect(ask(email), 422, f"the address {email[:30]!r}")
    after = _odd_accounts(service)
    sent = service.mails("b@example.com") + service.mails("a@example.com")
    check(before == after and not sent, "an odd address has an account or got a mail")
    expect(ask(service.email()), accepted, "a plain one")


def _way_of_addresses(service: Service) -> tuple[Callable[[str], Reply], int]:
    """How a new address gets in, and how one that is right is answered."""
    if service.answers["registration"] != "closed":
        return lambda email: asked(service, email, service.password()), accepted_as(service)
    user = service.user()

    def moved(email: str) -> Reply:
        body = {"email": email, "password": user.password}
        return service.post("/change-email", body, token=user.access)

    return moved, 202


def _odd_accounts(service: Service) -> int:
    """Accounts whose address the rig did not make up itself."""
    others = "SELECT count(*) FROM auth_users WHERE email LIKE 'a%' OR email LIKE 'b@%'"
    ((count,),) = service.rows(others)
    return int(count)


@proves("REG-18")
def what_was_sent_is_never_repeated(rig: Rig) -> None:
    service = rig.service()
    sentinel = f"Sentinel-{secrets.token_hex(12)}"
    bodies = (
        {"email": sentinel, "password": sentinel},
        {"email": [sentinel], "password": {"a": sentinel}},
        {"email": f"{sentinel}@", "password": sentinel[:3], sentinel: 1},
    )
    for body in bodies:
        reply = service.post("/register", body, ip=service.around.address())
        heard = reply.body.decode() + json.dumps(list(reply.headers))
        expect(reply, {404, 422}, "a registration with wrong fields")
        check(sentinel not in heard, "a refusal repeats what was sent")
    check(sentinel not in service.server.output(), "the log repeats what was sent")


@proves("REG-19")
def a_registration_shows_documented_fields_only(rig: Rig) -> None:
    service = rig.service()
    user = User(service.email(), service.password())
    reply = asked(service, user.email, user.password)
    if service.answers["registration"] == "closed":
        expect(reply, 404, "a registration")
        user = service.account()
    else:
        expect(reply, accepted_as(service), "a registration")
        allowed = {"status"} if reply.status == 202 else _USER
        strange = sorted(set(reply.data) - allowed)
        check(not strange, f"the answer has the members {', '.join(strange)}")
        if reply.status == 202:
            expect(service.verify(user), 204, "the token of the mail")
    me = service.me(service.session(user).access)
    check(set(me.data) <= _USER, f"/me has the members {sorted(set(me.data) - _USER)}")
    query = "SELECT password_hash, pepper_id FROM auth_users WHERE email = ?"
    rows = service.rows(query, user.email)
    heard = reply.body.decode() + me.body.decode()
    check(not any(str(one) in heard for row in rows for one in row if one), "a hash is shown")


@proves("REG-20")
def a_closed_registration_leaves_logins_alone(rig: Rig) -> None:
    service = rig.service()
    reply = asked(service, service.email(), service.password())
    expect(reply, 404, "a registration where it is closed", code="registration_closed")
    expect(service.login(service.account()), 200, "a login")


@proves("REG-21")
def an_account_prepared_by_an_attacker_is_the_owners(rig: Rig) -> None:
    """Somebody registers a foreign address; its owner registers later, or resets the password."""
    service = rig.service()
    for way in (_owner_registers, _owner_resets):
        email = service.email()
        attacker = User(email, service.password())
        expect(asked(service, email, attacker.password), 202, "the attacker's registration")
        owner = way(service, email)
        refused = expect(service.login(attacker), (401, 429), "the attacker's password")
        check("access_token" not in refused.body.decode(), "the attacker gets a token")
        expect(service.login(owner), 200, "the owner's password")


def _owner_registers(service: Service, email: str) -> User:
    first = service.mail(email, "verify_email")["token"]
    owner = User(email, service.password())
    expect(asked(service, email, owner.password), 202, "the owner's registration")
    newer = service.mail(email, "verify_email", number=2)["token"]
    expect(service.verify(owner, first), 400, "the token of the older mail", code="invalid_token")
    expect(service.verify(owner, newer), 204, "the token of the newer mail")
    return owner


def _owner_resets(service: Service, email: str) -> User:
    owner = User(email, service.password())
    expect(service.post("/forgot-password", {"email": email}, ip=service.around.address()), 202,
           "the owner's request")  # fmt: skip
    body = {"token": service.mail(email, "reset_password")["token"], "new_password": owner.password}
    expect(service.post("/reset-password", body), 204, "the owner's reset")
    return owner


@proves("REG-22")
def the_sixth_registration_of_an_address_waits(rig: Rig) -> None:
    service = rig.service(limits="on", request_limit="100000/minute")
    here = rig.address()

    def register(ip: str) -> Reply:
        return service.register(service.email(), service.password(), ip=ip)

    for _ in range(5):
        expect(register(here), accepted_as(service), "one of five registrations")
    reply = expect(register(here), 429, "the sixth registration of an hour")
    wait = reply.header("Retry-After")
    check(wait.isdigit() and 0 < int(wait) <= 3600, f"Retry-After is {wait!r}")
    expect(register(rig.address()), accepted_as(service), "another client address")
