"""Processor time of a token's verification, three ways: python tokens.py ALGORITHM ROUNDS."""

import gc
import hashlib
import hmac
import json
import os
import statistics
import sys
import time
from base64 import urlsafe_b64decode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa
from src.auth.jwt_auth import Subject
from src.auth.parts import Parts, build_parts
from src.auth.settings import load_settings

REQUIRED = ["iss", "aud", "sub", "sid", "jti", "iat", "nbf", "exp", "roles", "epoch"]
TURNS = 1000
SLICES = 5


def main() -> None:
    """Print the median seconds of one verification by name."""
    algorithm, rounds = sys.argv[1], int(sys.argv[2])
    key = private_key(algorithm)
    parts = build_parts(load_settings())
    ways = ways_to_verify(algorithm, key, parts)
    taken: dict[str, list[float]] = {name: [] for name in ways}
    gc.disable()
    for _ in range(rounds * SLICES):
        for name, verify in ways.items():
            taken[name].append(seconds_of(verify))
    print(json.dumps({name: statistics.median(values) for name, values in taken.items()}))


def seconds_of(verify: Callable[[], object]) -> float:
    """Processor seconds of one call, from many."""
    began = time.process_time()
    for _ in range(TURNS):
        verify()
    return (time.process_time() - began) / TURNS


def private_key(algorithm: str) -> Any:
    """Make the key that the settings name; HS256 has its secret in the settings."""
    if algorithm == "HS256":
        return None
    rs = algorithm == "RS256"
    key = rsa.generate_private_key(65537, 2048) if rs else ed25519.Ed25519PrivateKey.generate()
    place = Path(os.environ["AUTH_PRIVATE_KEY_FILE"])
    encoding, shape = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    place.write_bytes(key.private_bytes(encoding, shape, serialization.NoEncryption()))
    place.chmod(0o600)
    return key


def ways_to_verify(algorithm: str, key: Any, parts: Parts) -> dict[str, Callable[[], object]]:
    """The module's own way, PyJWT told the same claims, and the signature alone."""
    settings, now = parts.settings, parts.clock.now()
    subject = Subject("a" * 32, "b" * 32, now + 86_400, ("user",), 0)
    token = parts.tokens.issue(subject, now).text
    secret = os.environ["AUTH_SECRET_KEY"].encode()
    public = secret if key is None else key.public_key()

    def by_pyjwt() -> object:
        return jwt.decode(
            token,
            public,
            algorithms=[algorithm],
            issuer=settings.issuer,
            audience=settings.audience,
            leeway=settings.leeway,
            options={"require": REQUIRED},
        )

    return {
        "ours": lambda: parts.tokens.verify(token, time.time()),
        "PyJWT": by_pyjwt,
        "signature": signature_check(algorithm, public, token),
    }


def signature_check(algorithm: str, public: Any, token: str) -> Callable[[], object]:
    """Check the signature and nothing else; its bytes are decoded beforehand."""
    message, _, text = token.rpartition(".")
    signed, signature = message.encode(), urlsafe_b64decode(text + "==")
    if algorithm == "HS256":
        return lambda: hmac.compare_digest(hmac.digest(public, signed, hashlib.sha256), signature)
    if algorithm == "RS256":
        scheme, digest = padding.PKCS1v15(), hashes.SHA256()
        return lambda: public.verify(signature, signed, scheme, digest)
    return lambda: public.verify(signature, signed)


if __name__ == "__main__":
    main()
