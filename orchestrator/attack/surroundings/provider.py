"""A provider of identities that lies as it is told, by OpenID Connect or in GitHub's way."""

from __future__ import annotations

import base64
import hashlib
import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, unquote_plus, urlsplit

from orchestrator.attack import tokens
from orchestrator.attack.judging.proving import Failure, check
from orchestrator.attack.surroundings.faulty_server import Answer, FaultyServer
from orchestrator.attack.tokens import SigningKey

LANDING = "https://app.example.com/in"
"""The one page that a browser may be sent to after a login."""
_KID = "provider-key"
_MINUTES = 300


@dataclass(frozen=True)
class Person:
    """Somebody with an account at the provider; `verified` is what the provider says of the mail.

    The subject is a number as text, so that GitHub's way can carry it too.
    """

    subject: str
    email: str
    verified: object = True


@dataclass(frozen=True)
class Lie:
    """How the provider departs from the truth in one login; without arguments it does not.

    `header` and `claims` change the ID token, which `key` signs; `outage` is one of `OUTAGES` at
    the token endpoint; `challenge` takes the place of the one that was asked with.
    """

    header: Mapping[str, Any] = field(default_factory=dict)
    claims: Mapping[str, Any] = field(default_factory=dict)
    key: SigningKey | None = None
    unsigned: bool = False
    challenge: str = ""
    outage: str = ""


HONEST = Lie()


@dataclass
class Grant:
    """A code that was handed out, and the token request that redeemed it."""

    asked: Mapping[str, str]
    person: Person
    lie: Lie
    now: float
    redeemed_with: Mapping[str, str] = field(default_factory=dict)


class Provider:
    """One issuer with one client; `name` is how the application calls it.

    `named_issuer` is what its metadata say, `outage` what happens to every request to it.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.client_id = f"client-{secrets.token_hex(4)}"
        self.client_secret = secrets.token_urlsafe(32)
        self.access_token = secrets.token_urlsafe(32)
        self.outage = ""
        self.grants: dict[str, Grant] = {}
        self._persons: dict[str, Person] = {}
        self._lock = threading.Lock()
        self._server = FaultyServer(self._answer)
        self.issuer = self.named_issuer = self._server.url

    @cached_property
    def key(self) -> SigningKey:
        """What it signs ID tokens with."""
        return tokens.random_key("RS256", 2048)

    @property
    def speaks_openid(self) -> bool:
        """Whether it hands out ID tokens."""
        return self.name != "github"

    @property
    def settings(self) -> dict[str, Any]:
        """What an application has to be told about it."""
        start = f"oauth_{self.name}"
        return {
            f"{start}_client_id": self.client_id,
            f"{start}_client_secret": self.client_secret,
            f"{start}_issuer": self.issuer,
            "allowed_redirects": LANDING,
        }

    @property
    def requests(self) -> list[str]:
        """The paths that were asked for so far, in order."""
        return self._server.requests

    def secrets(self) -> list[str]:
        """What it handed out, and the verifiers that it was shown."""
        verifiers = [one.redeemed_with.get("code_verifier", "") for one in self.grants.values()]
        return [*self.grants, *self._persons, *verifiers]

    def close(self) -> None:
        """Stop answering."""
        self._server.close()

    def approve(
        self, location: str, person: Person, now: float, lie: Lie = HONEST
    ) -> dict[str, str]:
        """What a browser brings back once the person has agreed at this location.

        Raises Failure when the location is not the provider's page.
        """
        asked = dict(parse_qsl(urlsplit(location).query))
        check(location.split("?")[0] == self._page, "the browser was sent to another page")
        code = secrets.token_urlsafe(24)
        self.grants[code] = Grant(asked, person, lie, now)
        issuer = {"iss": self.issuer} if self.speaks_openid else {}
        return {"code": code, "state": asked.get("state", ""), **issuer}

    @property
    def _page(self) -> str:
        return self.issuer + ("/authorize" if self.speaks_openid else "/login/oauth/authorize")

    # what it answers

    def _answer(self, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        if self.outage:
            return Answer(outage=self.outage)
        token = headers.get("authorization", "").removeprefix("Bearer ")
        match path:
            case "/.well-known/openid-configuration":
                return Answer(self._metadata())
            case "/jwks":
                return Answer({"keys": [self._public_key()]})
            case "/token" | "/login/oauth/access_token":
                return self._tokens(headers, dict(parse_qsl(body.decode("latin-1"))))
            case "/userinfo" | "/api/v3/user" | "/api/v3/user/emails" if token in self._persons:
                return Answer(_about(path, self._persons[token]))
        return Answer({"error": "not_found"}, 404)

    def _metadata(self) -> dict[str, Any]:
        return {
            "issuer": self.named_issuer,
            "authorization_endpoint": self._page,
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": True,
        }

    def _public_key(self) -> dict[str, str]:
        numbers = self.key.private.public_key().public_numbers()
        n, e = (
            tokens.b64(v.to_bytes(-(-v.bit_length() // 8), "big")) for v in (numbers.n, numbers.e)
        )
        return {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": _KID, "n": n, "e": e}

    def _tokens(self, headers: Mapping[str, str], form: Mapping[str, str]) -> Answer:
        """Redeem a code once, for this client, with its verifier and its redirect URI."""
        with self._lock:
            grant = self.grants.get(form.get("code", ""))
            fault = self._fault(grant, headers, form)
            if grant is None or fault:
                return Answer({"error": fault}, 400 if self.speaks_openid else 200)
            grant.redeemed_with = form
        if grant.lie.outage:
            return Answer(outage=grant.lie.outage)
        token = secrets.token_urlsafe(24)
        self._persons[token] = grant.person
        answer = {"access_token": token, "token_type": "bearer", "expires_in": _MINUTES}
        return Answer(
            {**answer, "id_token": self._id_token(grant)} if self.speaks_openid else answer
        )

    def _fault(
        self, grant: Grant | None, headers: Mapping[str, str], form: Mapping[str, str]
    ) -> str:
        if _client(headers, form) != (self.client_id, self.client_secret):
            return "invalid_client"
        if grant is None or grant.redeemed_with:
            return "invalid_grant"
        challenge = grant.lie.challenge or grant.asked.get("code_challenge", "")
        proven = s256(form.get("code_verifier", "")) == challenge
        same = form.get("redirect_uri") == grant.asked.get("redirect_uri")
        return "" if proven and same else "invalid_grant"

    def _id_token(self, grant: Grant) -> str:
        lie, person = grant.lie, grant.person
        honest = {
            "iss": self.issuer,
            "aud": self.client_id,
            "sub": person.subject,
            "email": person.email,
            "email_verified": person.verified,
            "iat": int(grant.now),
            "exp": int(grant.now) + _MINUTES,
            "nonce": grant.asked.get("nonce", tokens.ABSENT),
        }
        key = lie.key or self.key
        header = {"alg": key.algorithm, "kid": _KID, "typ": "JWT"}
        claims = tokens.changed(honest, lie.claims)
        text = tokens.signing_input(tokens.changed(header, lie.header), tokens.changed(claims, {}))
        return f"{text}." + ("" if lie.unsigned else tokens.b64(key.sign(text)))


def s256(verifier: str) -> str:
    """The challenge that goes ahead of a verifier (RFC 7636)."""
    return tokens.b64(hashlib.sha256(verifier.encode()).digest())


def _client(headers: Mapping[str, str], form: Mapping[str, str]) -> tuple[str, str]:
    """Who redeems the code: by HTTP Basic, or in the form (RFC 6749)."""
    kind, _, word = headers.get("authorization", "").partition(" ")
    if kind.lower() != "basic":
        return form.get("client_id", ""), form.get("client_secret", "")
    name, _, secret = base64.b64decode(word).decode().partition(":")
    return unquote_plus(name), unquote_plus(secret)


def _about(path: str, person: Person) -> Any:
    said = person.verified is True
    match path:
        case "/api/v3/user":
            return {"id": int(person.subject), "login": f"p{person.subject}", "email": None}
        case "/api/v3/user/emails":
            return [{"email": person.email, "primary": True, "verified": said, "visibility": None}]
        case "/userinfo":
            return {"sub": person.subject, "email": person.email, "email_verified": said}
    raise Failure(f"nothing is known about {path}")
