"""OAU: only the ID token that this login waits for opens the door."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orchestrator.attack import tokens
from orchestrator.attack.browser import somebody
from orchestrator.attack.judging.proving import expect, proves
from orchestrator.attack.probes.oauth import EVIL, refused, shared
from orchestrator.attack.rig import Rig
from orchestrator.attack.surroundings.provider import HONEST, Lie
from orchestrator.attack.tokens import ABSENT, SigningKey

_HOUR = 3600


@proves("OAU-05")
def the_nonce_is_that_of_the_login(rig: Rig) -> None:
    service, browser = shared(rig)
    for nonce in ("another nonce", "", None, 7, ABSENT):
        lie = Lie(claims={"nonce": nonce})
        shown = "no nonce" if nonce is ABSENT else f"the nonce {nonce!r}"
        refused(browser.enter(somebody(service), lie), f"an ID token with {shown}")
    expect(browser.enter(somebody(service), HONEST), 302, "an ID token with the nonce")


@proves("OAU-06")
def only_the_right_id_token_counts(rig: Rig) -> None:
    service, browser = shared(rig)
    lies = {**_wrong_claims(rig.provider.client_id, service.now()), **_wrong_signatures(rig)}
    for what, lie in lies.items():
        refused(browser.enter(somebody(service), lie), f"an ID token with {what}")
    good = Lie(claims={"aud": [rig.provider.client_id], "azp": rig.provider.client_id})
    for lie in (HONEST, good):
        expect(browser.enter(somebody(service), lie), 302, "the right ID token")


def _wrong_claims(client: str, now: float) -> Mapping[str, Lie]:
    claims: dict[str, dict[str, Any]] = {
        "another audience": {"aud": "another-client"},
        "no audience": {"aud": ABSENT},
        "a list of other audiences": {"aud": ["another-client", client + "x"]},
        "two audiences and no azp": {"aud": [client, "another-client"]},
        "another azp": {"aud": [client, "another-client"], "azp": "another-client"},
        "our audience and another azp": {"azp": "another-client"},
        "another issuer": {"iss": EVIL},
        "no issuer": {"iss": ABSENT},
        "a time that is over": {"exp": int(now) - _HOUR},
        "no end": {"exp": ABSENT},
        "an end that is no number": {"exp": "tomorrow"},
        "a beginning in an hour": {"iat": int(now) + _HOUR, "exp": int(now) + 2 * _HOUR},
        "no subject": {"sub": ABSENT},
        "an empty subject": {"sub": ""},
        "a subject that is a number": {"sub": 7},
    }
    return {what: Lie(claims=changes) for what, changes in claims.items()}


def _wrong_signatures(rig: Rig) -> Mapping[str, Lie]:
    """Signed by nobody, by a stranger, or with what everybody or the client itself knows."""
    provider = rig.provider
    stranger = tokens.random_key("RS256", 2048)
    forms = _public_as_secret(provider.key)
    return {
        "the algorithm none": Lie({"alg": "none"}, unsigned=True),
        "the algorithm nOnE": Lie({"alg": "nOnE"}, unsigned=True),
        "no signature": Lie(unsigned=True),
        "HS256 and the client secret": Lie(
            key=SigningKey("HS256", provider.client_secret.encode())
        ),
        **{f"HS256 and the public key as {name}": lie for name, lie in forms.items()},
        "a stranger's signature": Lie(key=stranger),
        "a stranger's signature and key id": Lie({"kid": "unknown"}, key=stranger),
        "a key id that nobody has": Lie({"kid": "unknown"}),
        "a key of its own": Lie({"jwk": _jwk(stranger), "kid": ABSENT}, key=stranger),
        "a stranger's key set": Lie({"jku": f"{EVIL}/jwks"}, key=stranger),
        "an unknown crit": Lie({"crit": ["x"], "x": 1}),
    }


def _public_as_secret(key: SigningKey) -> Mapping[str, Lie]:
    """ID tokens that take a public key, in the forms it is known in, for a secret."""
    return {name: Lie(key=SigningKey("HS256", form)) for name, form in key.public_forms.items()}


def _jwk(key: SigningKey) -> Mapping[str, str]:
    numbers = key.private.public_key().public_numbers()
    n = numbers.n.to_bytes(-(-numbers.n.bit_length() // 8), "big")
    return {"kty": "RSA", "n": tokens.b64(n), "e": "AQAB"}
