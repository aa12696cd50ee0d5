"""Forged tokens are what they say: an independent reading agrees with them."""

from __future__ import annotations

import hashlib
import hmac

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from orchestrator.attack import tokens
from orchestrator.attack.tokens import ABSENT, SigningKey

HEADER = {"alg": "HS256", "typ": "at+jwt", "kid": "k"}
CLAIMS = {"sub": "a", "exp": 2}


def _signed(key: SigningKey) -> str:
    text = tokens.signing_input(HEADER, CLAIMS)
    return f"{text}.{tokens.b64(key.sign(text))}"


def test_a_token_comes_apart_as_it_was_put_together() -> None:
    taken = tokens.parts(_signed(SigningKey("HS256", b"secret")))
    assert (taken.header, taken.claims) == (HEADER, CLAIMS)


def test_hmac_signatures_are_those_of_the_standard_library() -> None:
    key = SigningKey("HS256", b"secret")
    assert key.sign("text") == hmac.digest(b"secret", b"text", hashlib.sha256)
    assert key.sign("text", "HS512") == hmac.digest(b"secret", b"text", hashlib.sha512)


def test_asymmetric_signatures_verify_with_the_public_key() -> None:
    rsa = tokens.random_key("RS256", bits=2048)
    public = rsa.private.public_key()
    public.verify(rsa.sign("text"), b"text", padding.PKCS1v15(), hashes.SHA256())
    edwards = tokens.random_key("EdDSA")
    edwards.private.public_key().verify(edwards.sign("text"), b"text")
    assert len(tokens.random_key("ES256").sign("text")) == 64


def test_changes_replace_add_and_take_away() -> None:
    changed = tokens.changed(CLAIMS, {"sub": ABSENT, "exp": 3, "new": None})
    assert changed == {"exp": 3, "new": None}


def test_text_is_signed_as_it_is_so_that_no_json_library_can_mend_it() -> None:
    text = tokens.signing_input({}, '{"exp":1e400}')
    assert tokens.unb64(text.partition(".")[2]) == b'{"exp":1e400}'
