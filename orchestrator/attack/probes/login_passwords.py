"""LOG: a password is compared to its last character, and stored as a strong hash."""

from __future__ import annotations

import re
import secrets
import unicodedata
from typing import Any

from orchestrator.attack.judging.proving import check, expect, proves
from orchestrator.attack.probes.logins import attempt, wrong
from orchestrator.attack.rig import FULL_COST, Rig
from orchestrator.attack.subject.service import Service, User

_ARGON2 = re.compile(r"\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$")
_ENOUGH = ((47_104, 1), (19_456, 2), (12_288, 3), (9_216, 4), (7_168, 5))
"""KiB and iterations, each pair enough by the OWASP Password Storage Cheat Sheet."""
_BCRYPT = re.compile(r"\$2b\$(\d\d)\$")
_LEAST_ROUNDS = 12


def _only(service: Service, user: User, *others: str) -> None:
    """Of these passwords none but the user's own opens the door."""
    for other in others:
        wrong(attempt(service, user.email, other), f"another password of {len(other)} characters")
    expect(service.login(user), 200, "the password itself")


def _text(characters: int) -> str:
    """A part of a password that brings along what rules of composition ask for."""
    return f"Kv7{secrets.token_urlsafe(characters)}"[:characters]


@proves("LOG-10")
def blanks_at_the_ends_matter(rig: Rig) -> None:
    service = rig.service()
    plain = _text(20)
    _only(service, service.account(f" {plain} "), plain, f"{plain} ", f" {plain}")
    _only(service, service.account(plain), f" {plain}", f"{plain} ", f"{plain}\n")


@proves("LOG-11")
def letter_case_matters(rig: Rig) -> None:
    service = rig.service()
    plain = f"Kv7aB{_text(15)}"
    _only(service, service.account(plain), plain.lower(), plain.upper(), plain.swapcase())


@proves("LOG-12")
def nothing_is_cut_off_after_72_bytes(rig: Rig) -> None:
    service = rig.service()
    start = _text(72)
    _only(service, service.account(f"{start}x"), f"{start}y", start, f"{start}xy")


@proves("LOG-13")
def long_passwords_of_wide_characters_work(rig: Rig) -> None:
    service = rig.service()
    for length in (64, 128):
        wide = "".join(chr(0x1F400 + secrets.randbelow(64)) for _ in range(length - 3)) + "Kv7"
        user = service.account(wide)
        _only(service, user, wide[:-1], wide[1:])


@proves("LOG-14")
def a_guess_of_73_bytes_is_a_wrong_password(rig: Rig) -> None:
    service = rig.service()
    user = service.account()
    for length in (72, 73, 128):
        for email in (user.email, service.email()):
            wrong(attempt(service, email, "a" * length), f"a guess of {length} bytes")
    expect(service.login(user), 200, "the right password")


@proves("LOG-15")
def a_nul_byte_ends_no_password(rig: Rig) -> None:
    service = rig.service()
    start = _text(16)
    email, password = service.email(), f"{start}\0b"
    reply = service.register(email, password)
    check(reply.status < 500, f"a password with NUL was answered {reply.status}")
    user = service.account(start)
    for guess in (f"{start}\0b", f"{start}\0c", f"{start}\0"):
        reply = attempt(service, user.email, guess)
        expect(reply, (401, 422), "a password with a NUL and more")
    if service.answers["registration"] == "verified" and reply.status == 401:
        both = User(email, password)
        expect(service.verify(both), 204, "the token of the mail")
        _only(service, both, f"{start}\0c", start)
    expect(service.login(user), 200, "the password itself")


@proves("LOG-16")
def composed_and_decomposed_letters_are_the_same(rig: Rig) -> None:
    service = rig.service()
    composed = f"Kv7 caf\u00e9 \u00c5ngstr\u00f6m {_text(8)}"
    user = service.account(composed)
    decomposed = unicodedata.normalize("NFD", composed)
    check(decomposed != composed, "the spellings do not differ")
    expect(attempt(service, user.email, decomposed), 200, "the decomposed spelling")
    _only(service, user, composed.replace("\u00e9", "e"))


@proves("LOG-25")
def a_cheap_hash_is_renewed_at_login(rig: Rig) -> None:
    with rig.fresh() as before:
        user = before.account()
        cheap = _stored(before, user)
        dearer: dict[str, Any] = {"bcrypt_rounds": 5, "argon2_memory": 512, "argon2_iterations": 2}
        url = before.server.settings["AUTH_DATABASE_URL"]
        after = rig.handle(rig.start(database_url=url, **dearer))
        wrong(attempt(after, user.email, "not it at all"), "a wrong password")
        check(_stored(after, user) == cheap, "a wrong password changed the stored hash")
        expect(after.login(user), 200, "the right password under the old cost")
        renewed = _stored(after, user)
        check(_cost(renewed) != _cost(cheap), "a hash of the old cost stays after a login")
        expect(after.login(user), 200, "the right password under the new cost")
        after.server.stop()


@proves("LOG-26")
def stored_hashes_are_strong_and_salted(rig: Rig) -> None:
    service = rig.service(**FULL_COST)
    password = service.password()
    one, other = (_stored(service, service.account(password)) for _ in range(2))
    check(one != other, "two accounts with one password have one hash")
    check(password not in one, "the password is stored")
    kind = service.answers["password_hash"]
    if kind == "argon2id":
        memory, times, _ = _cost(one)
        enough = any(memory >= least and times >= often for least, often in _ENOUGH)
        check(enough, f"argon2id with {memory} KiB and {times} iterations is too cheap")
    else:
        check(_cost(one)[0] >= _LEAST_ROUNDS, f"bcrypt of cost {_cost(one)[0]} is too cheap")


def _stored(service: Service, user: User) -> str:
    (row,) = service.rows("SELECT password_hash FROM auth_users WHERE email = ?", user.email)
    return str(row[0])


def _cost(stored: str) -> tuple[int, ...]:
    found = _ARGON2.match(stored) or _BCRYPT.match(stored)
    check(found is not None, f"the stored hash begins with {stored[:4]!r}")
    return tuple(int(number) for number in found.groups()) if found else ()
