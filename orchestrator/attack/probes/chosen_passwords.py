"""REG: which passwords may be chosen: long and rare ones, whatever they are made of."""

from __future__ import annotations

import secrets
import string

from orchestrator.attack.judging.proving import check, expect, proves
from orchestrator.attack.probes.registrations import accepted_as, asked
from orchestrator.attack.rig import Rig
from orchestrator.attack.subject.service import Service
from orchestrator.attack.wire import Reply

_LONGEST = 128
# What people choose first, as every list of leaked passwords has it.
_COMMON = (
    "password 12345678 123456789 1234567890 qwertyuiop password1 password123 iloveyou "
    "sunshine princess football baseball superman trustno1 starwars whatever michelle "
    "jennifer 11111111 00000000 88888888 87654321 1q2w3e4r 1qaz2wsx qwerty123 qwerty12345 "
    "asdfghjkl zxcvbnm123 abcd1234 abc12345 letmein1 welcome1 passw0rd p@ssw0rd P@ssword1 "
    "Password1! monkey123 dragon123 charlie1 michael1 jordan23 liverpool chelsea1 computer "
    "internet samsung1 mercedes blink182 1234qwer asdf1234 a1b2c3d4 changeme password! "
    "iloveyou1 football1 admin123 Welcome123"
)
_STRICT_LENGTH = 15


def _answer(service: Service, password: object, email: str = "") -> Reply:
    """What the password policy says: by a registration, or by a change where there is none."""
    if service.answers["registration"] != "closed":
        return asked(service, email or service.email(), password)
    user = service.user()
    body = {"current_password": user.password, "new_password": password}
    return service.post("/change-password", body, token=user.access)


def _refused(service: Service, password: str, reason: str, email: str = "") -> None:
    what = f"the password {password[:20]!r} of {len(password)} characters"
    reply = expect(_answer(service, password, email), 422, what, code="validation_error")
    reasons = {one["reason"] for one in reply.document["errors"]}
    check(reason in reasons, f"{what} is refused as {sorted(reasons)}, not as {reason}")


def _taken(service: Service, password: str, what: str) -> None:
    fine = 200 if service.answers["registration"] == "closed" else accepted_as(service)
    expect(_answer(service, password), fine, what)


def _shortest(service: Service) -> int:
    return _STRICT_LENGTH if service.answers["profile"] == "strict" else 8


def _mixed(length: int) -> str:
    """Letters of both cases, digits and signs in a random order: fits every rule."""
    start = "Kv7-"
    rest = (secrets.choice(string.ascii_letters + string.digits) for _ in range(length))
    return (start + "".join(rest))[:length]


@proves("REG-10")
def short_passwords_are_refused_by_characters(rig: Rig) -> None:
    service = rig.service()
    least = _shortest(service)
    _refused(service, _mixed(least - 1), "password_too_short")
    wide = "Kv7" + "".join(chr(0x1F400 + secrets.randbelow(64)) for _ in range(least - 4))
    _refused(service, wide, "password_too_short")
    _taken(service, wide + "\U0001f98a", f"{least} characters, most of four bytes")
    _taken(service, _mixed(least + 2), f"{least + 2} characters")


@proves("REG-11")
def long_and_colourful_passwords_are_taken(rig: Rig) -> None:
    service = rig.service()
    for password in (
        _mixed(64),
        _mixed(_LONGEST),
        f"Kv7 {_mixed(12)} with some blanks between words",
        f"Kv7 \u043f\u0430\u0440\u043e\u043b\u044c {_mixed(9)} \u5bc6\u7801",
        f"Kv7 \U0001f98a\U0001f427 {_mixed(12)} \u00e9\u00df",
    ):
        _taken(service, password, f"a password like {password[-12:]!r}")


@proves("REG-12")
def no_kinds_of_characters_are_asked_for(rig: Rig) -> None:
    service = rig.service()
    letters = "".join(secrets.choice(string.ascii_lowercase) for _ in range(20))
    _taken(service, letters, "20 lower-case letters")
    _refused(service, "a" * 15, "password_too_common")


@proves("REG-13")
def what_everybody_chooses_is_refused(rig: Rig) -> None:
    service = rig.service()
    fitting = [word for word in _COMMON.split() if len(word) >= _shortest(service)]
    for word in fitting:
        what = f"the common password {word!r}"
        expect(_answer(service, word), 422, what, code="validation_error")
    _taken(service, _mixed(20), "a rare password")


@proves("REG-15")
def what_the_account_is_called_is_no_password(rig: Rig) -> None:
    service = rig.service(issuer="Zebrafinchly")
    if service.answers["registration"] == "closed":
        _refused(service, "Zebrafinchly-Zebrafinchly1", "password_too_common")
        return
    tail = f"7{secrets.token_hex(2)}"
    email = f"quillonbarvesky{tail}@example.com"
    name = email.partition("@")[0]
    for password in (email.title(), name.title(), f"{name.title()}1", "Zebrafinchly2024"):
        _refused(service, password, "password_too_common", email)
    _taken(service, _mixed(20), "a password that names nobody")


@proves("REG-16")
def too_long_is_refused_and_never_cut(rig: Rig) -> None:
    service = rig.service()
    for length in (_LONGEST + 1, 1_000, 10_000):
        _refused(service, _mixed(length), "password_too_long")
    _taken(service, _mixed(_LONGEST), f"{_LONGEST} characters")
