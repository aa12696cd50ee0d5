"""TOK: what a properly signed token must say to be let in, and what ours say."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from orchestrator.attack import tokens
from orchestrator.attack.judging.proving import check, expect, proves, same_answer
from orchestrator.attack.lifetimes import lifetimes
from orchestrator.attack.rig import Rig
from orchestrator.attack.tokens import ABSENT
from orchestrator.attack.trying import accepted, refused

_LEEWAY = 30
_DOCUMENTED = {"iss", "aud", "sub", "sid", "jti", "iat", "nbf", "exp", "roles", "epoch"}
_ATTACKER = "https://evil.example"


def _claims_refused(rig: Rig, wrong: Mapping[str, Mapping[str, Any]]) -> None:
    """Tokens signed with the right key whose claims are wrong, and one whose claims are right."""
    service = rig.service()
    user = service.user()
    for what, claims in wrong.items():
        refused(service, service.forge(user.access, claims=claims), f"a token with {what}")
    accepted(service, service.forge(user.access), "the same claims signed anew")


@proves("TOK-09")
def only_access_tokens_are_typed_so(rig: Rig) -> None:
    service = rig.service()
    user = service.user()
    for typ in ("JWT", "id+jwt", "jwt", "", None, 1, ["at+jwt"], "at+jwt+x", ABSENT):
        shown = "no typ" if typ is ABSENT else f"the typ {typ!r}"
        refused(service, service.forge(user.access, header={"typ": typ}), f"a token with {shown}")
    accepted(service, service.forge(user.access))


@proves("TOK-10")
def another_issuer_is_refused(rig: Rig) -> None:
    own = _issued(rig)["iss"]
    wrong = (_ATTACKER, f"{own}.evil", f"{own}/", own[:-1], own.swapcase(), [own], "", 1)
    _claims_refused(rig, {f"the issuer {one!r}": {"iss": one} for one in wrong})


@proves("TOK-11")
def a_token_without_issuer_is_refused(rig: Rig) -> None:
    _claims_refused(rig, {"no iss": {"iss": ABSENT}, "iss null": {"iss": None}})


@proves("TOK-12")
def another_audience_is_refused(rig: Rig) -> None:
    own = _issued(rig)["aud"]
    first = own[0] if isinstance(own, list) else own
    wrong: tuple[object, ...] = (_ATTACKER, first[:-1], f"{first}x", first.swapcase(), "", 1, {})
    lists: tuple[object, ...] = ([_ATTACKER], [], [first[:-1]], [[first]])
    _claims_refused(rig, {f"the audience {one!r}": {"aud": one} for one in (*wrong, *lists)})


@proves("TOK-13")
def a_token_without_audience_is_refused(rig: Rig) -> None:
    _claims_refused(rig, {"no aud": {"aud": ABSENT}, "aud null": {"aud": None}})


@proves("TOK-14")
def a_token_without_end_is_refused(rig: Rig) -> None:
    _claims_refused(rig, {"no exp": {"exp": ABSENT}, "exp null": {"exp": None}})


@proves("TOK-15")
def an_expired_token_is_told_so(rig: Rig) -> None:
    with rig.alone() as service:
        user = service.user()
        accepted(service, user.access)
        claims = tokens.parts(user.access).claims
        service.advance(claims["exp"] - claims["iat"] + _LEEWAY + 1)
        refused(service, user.access, "an expired token", code="token_expired")
        fresh = service.session(user)
        accepted(service, fresh.access, "a token issued at the later time")


@proves("TOK-16")
def an_odd_end_never_passes_nor_crashes(rig: Rig) -> None:
    service = rig.service()
    user = service.user()
    real = tokens.parts(user.access)
    end = real.claims["exp"]
    odd: tuple[str, ...] = (
        f'"{end}"',
        "1e400",
        "NaN",
        "Infinity",
        "-Infinity",
        "null",
        "true",
        "1" * 400,
    )
    odd += ("{}", "[]", f"[{end}]", '"never"', "-1", "1e5000", f'{{"a":{end}}}')
    body = {name: value for name, value in real.claims.items() if name != "exp"}
    start = tokens.signing_input("", body).partition(".")[2]
    claims = tokens.unb64(start).decode()[:-1]
    for text in odd:
        forged = service.signed(dict(real.header), f'{claims},"exp":{text}}}')
        refused(service, forged, f"a token with exp {text[:20]}")
    accepted(service, service.signed(dict(real.header), f'{claims},"exp":{end}}}'), "the real exp")


@proves("TOK-17")
def tokens_of_the_future_are_refused(rig: Rig) -> None:
    service = rig.service()
    user = service.user()
    now = int(service.now())
    for name in ("nbf", "iat"):
        ahead = service.forge(user.access, claims={name: now + _LEEWAY + 60})
        refused(service, ahead, f"a token with {name} a minute beyond the leeway")
        near = service.forge(user.access, claims={name: now + 15})
        accepted(service, near, f"a token with {name} within the leeway")


@proves("TOK-18")
def the_leeway_is_small_and_exact(rig: Rig) -> None:
    service = rig.service()
    user = service.user()
    now = int(service.now())
    late = service.forge(user.access, claims={"exp": now - _LEEWAY - 5})
    refused(service, late, "a token 5 s beyond the leeway", code="token_expired")
    near = service.forge(user.access, claims={"exp": int(service.now()) - _LEEWAY + 5})
    accepted(service, near, "a token 5 s within the leeway")
    code, said = rig.start_refused(leeway=61)
    check(code != 0 and "LEEWAY" in said, "a leeway of 61 s is not refused at the start")


@proves("TOK-19")
def a_subject_must_be_one_of_ours(rig: Rig) -> None:
    service = rig.service()
    user, gone = service.user(), service.user()
    service.write("DELETE FROM auth_users WHERE id = ?", gone.id)
    wrong = {"missing": ABSENT, "a number": 1, "a list": [user.id], "empty": "", "null": None}
    wrong |= {"unknown": secrets.token_hex(16), "text": "admin", "upper case": user.id.upper()}
    replies = [
        refused(service, service.forge(user.access, claims={"sub": sub}), f"a sub that is {what}")
        for what, sub in wrong.items()
        if sub != user.id
    ]
    replies.append(refused(service, gone.access, "the token of a deleted user"))
    for reply in replies[1:]:
        same_answer(replies[0], reply, "the refusals of two wrong subjects")
    accepted(service, service.forge(user.access))


@proves("TOK-20")
def a_token_names_its_session_and_itself(rig: Rig) -> None:
    wrong = {f"no {name}": {name: ABSENT} for name in ("jti", "sid")}
    wrong |= {f"an empty {name}": {name: ""} for name in ("jti", "sid")}
    wrong |= {f"a {name} of another type": {name: [1]} for name in ("jti", "sid")}
    wrong["the sid of nobody"] = {"sid": secrets.token_hex(16)}
    _claims_refused(rig, wrong)


@proves("TOK-24")
def the_lifetime_is_the_configured_one(rig: Rig) -> None:
    service = rig.service()
    ttl = lifetimes(service.answers).access
    reply = expect(service.login(service.account()), 200, "the right password")
    renewed = expect(service.refresh(service.pair(reply)[1]), 200, "a refresh")
    for what, answer in (("login", reply), ("refresh", renewed)):
        claims = tokens.parts(service.pair(answer)[0]).claims
        lifetime = claims["exp"] - claims["iat"]
        check(0 < lifetime <= ttl, f"a token of {what} lives {lifetime} s, not at most {ttl}")
        check(answer.data["expires_in"] == lifetime, f"expires_in of {what} is not the lifetime")


@proves("TOK-25")
def claims_are_the_documented_ones(rig: Rig) -> None:
    service = rig.service()
    user = service.user()
    documented = _DOCUMENTED | ({"email"} if service.answers["email_claim"] else set())
    real = tokens.parts(user.access)
    strange = sorted(set(real.claims) ^ documented)
    check(not strange, f"the claims differ from the documented ones in {', '.join(strange)}")
    check(set(real.header) == {"alg", "typ", "kid"}, "the header has other members than documented")
    text = str(real.claims)
    check(user.password not in text and "$2b$" not in text and "argon2" not in text,
          "a claim carries a password or a hash")  # fmt: skip
    rows = service.rows("SELECT * FROM auth_users WHERE id = ?", user.id)
    hashes = [str(one) for row in rows for one in row if str(one).startswith("$")]
    check(bool(hashes), "no password hash is stored, so nothing could be compared")
    check(not any(one in text for one in hashes), "a claim carries the stored hash")


def _issued(rig: Rig) -> Mapping[str, Any]:
    """The claims of a real token."""
    return tokens.parts(rig.service().user().access).claims
