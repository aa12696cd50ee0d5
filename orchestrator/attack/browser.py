"""A person's browser: follows no redirect by itself, and keeps the cookies of one service."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from orchestrator.attack import tokens
from orchestrator.attack.judging.proving import check, expect
from orchestrator.attack.subject.service import Service, User
from orchestrator.attack.surroundings.provider import HONEST, LANDING, Lie, Person, Provider
from orchestrator.attack.wire import Reply


@dataclass
class Browser:
    """One browser before one service; a new one has no cookies."""

    service: Service
    provider: Provider
    cookies: dict[str, str] = field(default_factory=dict)

    @property
    def routes(self) -> str:
        """Where the routes of this provider are, below the prefix."""
        return f"/oauth/{self.provider.name}"

    def send(self, method: str, path: str, body: object = None, **options: Any) -> Reply:
        """Send a request below the prefix with all cookies so far, and keep new ones."""
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers = [*options.pop("headers", ()), *([("Cookie", cookie)] if cookie else [])]
        target = self.service.prefix + path
        reply = self.service.request(method, target, body, headers=headers, **options)
        for line in reply.every("Set-Cookie"):
            self._keep(line)
        return reply

    def begin(self, page: str = LANDING, **options: Any) -> Reply:
        """Ask for a login by the provider, to come back to a page."""
        query = f"?{urlencode({'next': page})}" if page else ""
        return self.send("GET", f"{self.routes}/login{query}", **options)

    def leave(self, **options: Any) -> str:
        """Begin a login; where the browser is sent to."""
        return expect(self.begin(**options), 302, "a login by the provider").header("Location")

    def approved(self, person: Person, lie: Lie = HONEST) -> dict[str, str]:
        """Begin a login and agree at the provider; what the browser is to bring back."""
        return self.provider.approve(self.leave(), person, self.service.now(), lie)

    def come_back(self, answer: Mapping[str, str]) -> Reply:
        """Bring the provider's answer back to the service."""
        self.service.around.witness.secret("code of a provider", answer.get("code", ""))
        return self.send("GET", f"{self.routes}/callback?{urlencode(answer)}")

    def enter(self, person: Person, lie: Lie = HONEST) -> Reply:
        """All of the way there and back."""
        return self.come_back(self.approved(person, lie))

    def exchange(self, code: str) -> Reply:
        """Exchange a one-time code for tokens."""
        origin = self.service.same_origin
        self.service.around.witness.secret("auth_code", code)
        return self.send("POST", "/oauth/exchange", {"code": code}, headers=origin)

    def user(self, reply: Reply, person: Person) -> User:
        """Who has come in: the reply is that of the way back, its code gets exchanged."""
        tokens_of = expect(self.exchange(code_in(reply)), 200, "the exchange of the one-time code")
        access, refresh = self.service.pair(tokens_of)
        return User(person.email, "", tokens.parts(access).claims["sub"], access, refresh)

    def login(self, person: Person) -> User:
        """Log in by the provider."""
        return self.user(expect(self.enter(person), 302, "an honest login"), person)

    def _keep(self, line: str) -> None:
        for name, morsel in SimpleCookie(line).items():
            if morsel["max-age"] == "0" or not morsel.value:
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = morsel.value


def code_in(reply: Reply) -> str:
    """The one-time code in the redirect that ends a login. Raises Failure where there is none."""
    codes = parse_qs(urlsplit(reply.header("Location")).query).get("auth_code", [])
    check(len(codes) == 1, "the way back ended without a one-time code")
    return codes[0]


def somebody(service: Service, *, email: str = "", verified: object = True) -> Person:
    """A person whom the service has never seen."""
    return Person(str(secrets.randbelow(10**12) + 1), email or service.email(), verified)
