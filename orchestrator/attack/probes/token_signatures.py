"""TOK: a token counts only if our key signed it with our algorithm, whatever its header says."""

from __future__ import annotations

import secrets

from orchestrator.attack import tokens
from orchestrator.attack.judging.proving import check, expect, proves
from orchestrator.attack.rig import Rig
from orchestrator.attack.surroundings.listener import Listener
from orchestrator.attack.tokens import ABSENT, SigningKey
from orchestrator.attack.trying import accepted, refused

_YEAR = 365 * 86_400
_ATTACKER = "https://evil.example"


@proves("TOK-01")
def unsigned_tokens_are_refused(rig: Rig) -> None:
    service = rig.service()
    user = service.user()
    real = tokens.parts(user.access)
    for name in ("none", "None", "NONE", "nOnE", ""):
        text = tokens.signing_input({**real.header, "alg": name}, real.claims)
        for end in ("", tokens.b64(real.signature)):
            refused(service, f"{text}.{end}", f"a token with alg {name!r}")
        refused(service, text, f"a token with alg {name!r} and no third part")
    accepted(service, user.access)


@proves("TOK-02")
def a_damaged_signature_is_refused(rig: Rig) -> None:
    service = rig.service()
    user = service.user()
    head, _, tail = user.access.rpartition(".")
    signature = tokens.unb64(tail)
    ends = {"none": None, "an empty one": "", "a shorter one": tokens.b64(signature[:-1])}
    ends["a longer one"] = tokens.b64(signature + b"\0")
    ends["zeros"] = tokens.b64(bytes(len(signature)))
    for place in (0, len(signature) // 2, len(signature) - 1):
        flipped = bytearray(signature)
        flipped[place] ^= 1
        ends[f"byte {place} flipped"] = tokens.b64(bytes(flipped))
    for what, end in ends.items():
        forged = head if end is None else f"{head}.{end}"
        refused(service, forged, f"a token with a damaged signature ({what})")
    accepted(service, user.access)


@proves("TOK-03")
def a_changed_payload_is_noticed(rig: Rig) -> None:
    service = rig.service()
    user, other = service.user(), service.user()
    real = tokens.parts(user.access)
    for claims in ({"sub": other.id}, {"roles": ["admin"]}, {"exp": real.claims["exp"] + _YEAR}):
        text = tokens.signing_input(real.header, {**real.claims, **claims})
        what = f"a token whose {next(iter(claims))} was changed after it was signed"
        refused(service, f"{text}.{tokens.b64(real.signature)}", what)
    accepted(service, user.access)


@proves("TOK-04")
def the_public_key_is_no_shared_secret(rig: Rig) -> None:
    """Sign with HMAC under what everybody may know, in every form in which it is handed out."""
    service = rig.service()
    user = service.user()
    forms = dict(rig.key.public_forms)
    jwks = service.request("GET", "/.well-known/jwks.json")
    forms["JWK set"] = jwks.body
    for name, secret in forms.items():
        for algorithm in ("HS256", "HS384", "HS512"):
            key = SigningKey(algorithm, secret)
            forged = service.forge(user.access, header={"alg": algorithm}, key=key)
            refused(service, forged, f"{algorithm} under the public key as {name}")
    accepted(service, service.forge(user.access))


@proves("TOK-05")
def other_algorithms_are_refused(rig: Rig) -> None:
    """Signed properly, with our own key where it fits, in an algorithm that nobody configured."""
    service = rig.service()
    user = service.user()
    own = rig.key
    fitting = {"HS": ("HS384", "HS512"), "RS": ("RS384", "RS512"), "Ed": ()}[own.algorithm[:2]]
    for name in fitting:
        forged = service.forge(user.access, header={"alg": name}, algorithm=name)
        refused(service, forged, f"a token signed with {name} under the right key")
    for name in {"HS256", "RS256", "ES256", "EdDSA"} - {own.algorithm}:
        key = SigningKey(name, secrets.token_bytes(48)) if name == "HS256" else _key(name)
        forged = service.forge(user.access, header={"alg": name}, key=key)
        refused(service, forged, f"a token signed with {name}")
    accepted(service, service.forge(user.access))


def _key(name: str) -> SigningKey:
    return tokens.random_key(name, bits=2048)


@proves("TOK-06")
def a_key_id_is_only_compared(rig: Rig) -> None:
    service = rig.service()
    user = service.user()
    odd: list[object] = ["../../../../dev/null", "/etc/passwd", "' OR '1'='1", "x\0y", "", " "]
    odd += [f"{_ATTACKER}/key", "k" * 3000, ["a"], {"a": 1}, 7, True, None, ABSENT]
    for kid in odd:
        shown = "no kid" if kid is ABSENT else f"the kid {str(kid)[:30]!r}"
        refused(service, service.forge(user.access, header={"kid": kid}), f"a token with {shown}")
    huge = service.forge(user.access, header={"kid": "k" * 10_000})
    expect(service.me(huge), (401, 431), "a token with a kid of 10 kB")
    accepted(service, service.forge(user.access))


@proves("TOK-07")
def keys_named_by_the_token_are_ignored(rig: Rig) -> None:
    service = rig.service()
    user = service.user()
    key = SigningKey("HS256", secrets.token_bytes(48))
    jwk = {"kty": "oct", "k": tokens.b64(key.secret), "alg": "HS256"}
    with Listener() as listener:
        address = f"{listener.url}/keys.json"
        named: dict[str, object] = {"jwk": jwk, "jku": address, "x5u": address, "x5c": ["MIIB"]}
        for name, value in named.items():
            for header in ({name: value}, {name: value, "kid": ABSENT}):
                mine = service.forge(user.access, header={**header, "alg": "HS256"}, key=key)
                refused(service, mine, f"a token that brings its key as {name}")
        check(listener.visits == 0, "the service fetched a key from an address in the token")
    accepted(service, service.forge(user.access))


@proves("TOK-08")
def an_unknown_critical_header_is_refused(rig: Rig) -> None:
    service = rig.service()
    user = service.user()
    for crit in (["x"], ["b64"], [], "x", ["exp"], [1]):
        header = {"crit": crit, "x": 1}
        refused(service, service.forge(user.access, header=header), f"a token with crit {crit}")
    accepted(service, service.forge(user.access))
