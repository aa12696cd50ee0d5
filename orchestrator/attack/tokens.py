"""Make and take apart compact tokens, also ones that no library would sign; verifies nothing."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

ABSENT: Final = object()
_DIGESTS = {"256": hashlib.sha256, "384": hashlib.sha384, "512": hashlib.sha512}


def b64(raw: bytes) -> str:
    """Base64url without padding (RFC 7515)."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def unb64(text: str) -> bytes:
    """The bytes behind base64url without padding."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass(frozen=True)
class Parts:
    """A token taken apart."""

    header: Mapping[str, Any]
    claims: Mapping[str, Any]
    signature: bytes


def parts(token: str) -> Parts:
    """Take a compact token apart. Raises ValueError for anything else."""
    header, claims, signature = token.split(".")
    return Parts(json.loads(unb64(header)), json.loads(unb64(claims)), unb64(signature))


def changed(values: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """A copy with members replaced; ABSENT takes one away."""
    both = {**values, **changes}
    return {name: value for name, value in both.items() if value is not ABSENT}


def signing_input(header: Any, claims: Any) -> str:
    """What is signed; text and bytes go in as they are, so that invalid JSON can be signed too."""
    return ".".join(b64(_bytes(one)) for one in (header, claims))


def _bytes(value: Any) -> bytes:
    if isinstance(value, bytes):
        return value
    text = value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
    return text.encode()


@dataclass(frozen=True)
class SigningKey:
    """A key of the rig: a secret for HS*, a private key for the others; `algorithm` is its own."""

    algorithm: str
    secret: bytes = b""
    private: Any = None

    def sign(self, text: str, algorithm: str = "") -> bytes:
        """Sign with its own algorithm or another one that fits the key."""
        name = algorithm or self.algorithm
        if name.startswith("HS"):
            return hmac.digest(self.secret, text.encode(), _DIGESTS[name[2:]])
        return _asymmetric(self.private, text.encode(), name)

    @cached_property
    def public_forms(self) -> dict[str, bytes]:
        """The public key as an attacker may come by it: PEM, DER, SSH and JWK JSON."""
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

        public = self.private.public_key()
        info = PublicFormat.SubjectPublicKeyInfo
        pem = public.public_bytes(Encoding.PEM, info)
        return {
            "PEM": pem,
            "PEM without its last line end": pem.rstrip(b"\n"),
            "DER": public.public_bytes(Encoding.DER, info),
            "SSH": public.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH),
        }


def random_key(algorithm: str, bits: int = 3072) -> SigningKey:
    """A fresh key for RS256, ES256 or EdDSA."""
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    if algorithm == "EdDSA":
        return SigningKey(algorithm, private=ed25519.Ed25519PrivateKey.generate())
    if algorithm.startswith("ES"):
        return SigningKey(algorithm, private=ec.generate_private_key(ec.SECP256R1()))
    return SigningKey(algorithm, private=rsa.generate_private_key(65537, bits))


def write_private_key(key: SigningKey, file: Path) -> None:
    """Write a private key as unencrypted PEM, readable by its owner only."""
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
    )

    pem = key.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.touch(mode=0o600)
    file.write_bytes(pem)


def verified(token: str, jwk: Mapping[str, Any]) -> bool:
    """Whether a published key (RFC 7517) verifies the signature of a token."""
    from cryptography.exceptions import InvalidSignature

    text, _, signature = token.rpartition(".")
    try:
        _verify(jwk, text.encode(), unb64(signature))
    except InvalidSignature:
        return False
    return True


def _verify(jwk: Mapping[str, Any], text: bytes, signature: bytes) -> None:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa

    if jwk["kty"] == "OKP":
        public = ed25519.Ed25519PublicKey.from_public_bytes(unb64(jwk["x"]))
        public.verify(signature, text)
        return
    n, e = (int.from_bytes(unb64(jwk[name]), "big") for name in ("n", "e"))
    rsa.RSAPublicNumbers(e, n).public_key().verify(
        signature, text, padding.PKCS1v15(), hashes.SHA256()
    )


def _asymmetric(private: Any, text: bytes, algorithm: str) -> bytes:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, padding
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

    if algorithm == "EdDSA":
        return bytes(private.sign(text))
    sizes: dict[str, hashes.HashAlgorithm] = {
        "256": hashes.SHA256(),
        "384": hashes.SHA384(),
        "512": hashes.SHA512(),
    }
    digest = sizes[algorithm[2:]]
    if algorithm.startswith("ES"):
        pair = decode_dss_signature(private.sign(text, ec.ECDSA(digest)))
        return b"".join(number.to_bytes(32, "big") for number in pair)
    return bytes(private.sign(text, padding.PKCS1v15(), digest))
