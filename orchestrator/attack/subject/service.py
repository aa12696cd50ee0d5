"""The service as a probe sees it: requests, accounts, mails, its clock, its rows, its log."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from orchestrator.attack import tokens
from orchestrator.attack.judging.proving import Failure, expect
from orchestrator.attack.subject.server import Done, Server
from orchestrator.attack.subject.witness import Witness
from orchestrator.attack.surroundings.tables import Row, Tables, tables
from orchestrator.attack.tokens import SigningKey
from orchestrator.attack.wire import Headers, Reply, Wire, request_bytes

COOKIE = "__Host-refresh"
ORIGIN = "https://app.example.com"
_MAIL_SECONDS = 30.0
_SOON = 1.0


@dataclass
class User:
    """A confirmed account with one login."""

    email: str
    password: str
    id: str = ""
    access: str = ""
    refresh: str = ""


@dataclass(frozen=True)
class Surroundings:
    """What the service runs with: the answers, the key it signs with, and who keeps in mind."""

    answers: Mapping[str, Any]
    key: SigningKey
    witness: Witness
    address: Callable[[], str]
    origin: str = ORIGIN


@dataclass(frozen=True)
class Service:
    """A handle on a running service, with a client address of its own.

    Paths are below the prefix in `get`, `post`, `patch` and `delete`, and whole in `request`.
    """

    server: Server
    wire: Wire
    around: Surroundings
    ip: str

    @property
    def prefix(self) -> str:
        """Where the module's routes are."""
        return str(self.around.answers["prefix"])

    @property
    def answers(self) -> Mapping[str, Any]:
        """The answers of the pattern."""
        return self.around.answers

    # requests

    def request(
        self,
        method: str,
        target: str,
        body: object = None,
        *,
        token: str | None = None,
        headers: Headers = (),
        ip: str | None = None,
        patience: float = 20.0,
    ) -> Reply:
        """Send one request. Bytes go as they are, anything else as JSON.

        Given headers come after the usual ones; one of the same name takes the usual one's place.
        """
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        usual = [("Host", f"{self.wire.host}:{self.wire.port}"), ("Connection", "close")]
        if body is not None:
            usual += [("Content-Type", "application/json"), ("Content-Length", str(len(raw)))]
        if token is not None:
            usual.append(("Authorization", f"Bearer {token}"))
        given = {name.lower() for name, _ in headers}
        sent = [pair for pair in usual if pair[0].lower() not in given] + list(headers)
        message = request_bytes(method, target, sent, raw if body is not None else b"")
        witness = self.around.witness
        witness.asked(target)
        witness.learn(_document(body))
        witness.secret("access_token", token or "")
        reply = self.wire.send(message, ip=ip or self.ip or None, patience=patience)
        self._remember(reply, told=target.endswith("/metrics"))
        return reply

    def _remember(self, reply: Reply, *, told: bool = False) -> None:
        """Secrets that were handed out, and what everybody may read: no secret may be in it."""
        witness = self.around.witness
        for line in reply.every("Set-Cookie"):
            witness.secret("cookie", line.partition(";")[0].partition("=")[2])
        witness.learn(dict(parse_qsl(urlsplit(reply.header("Location")).query)))
        if told or reply.status >= 400:
            witness.said("an error" if reply.status >= 400 else "the metrics", _whole(reply))
        else:
            witness.learn(reply.document)

    def get(self, path: str, **options: Any) -> Reply:
        """GET below the prefix."""
        return self.request("GET", self.prefix + path, **options)

    def post(self, path: str, body: object = None, **options: Any) -> Reply:
        """POST below the prefix."""
        return self.request("POST", self.prefix + path, body, **options)

    def patch(self, path: str, body: object = None, **options: Any) -> Reply:
        """PATCH below the prefix."""
        return self.request("PATCH", self.prefix + path, body, **options)

    def delete(self, path: str, body: object = None, **options: Any) -> Reply:
        """DELETE below the prefix."""
        return self.request("DELETE", self.prefix + path, body, **options)

    def raw(self, message: bytes, **options: Any) -> Reply:
        """Exactly these bytes."""
        reply = self.wire.send(message, ip=options.pop("ip", self.ip) or None, **options)
        self._remember(reply)
        return reply

    def me(self, token: str, **options: Any) -> Reply:
        """GET /me with a token: who does it speak for?"""
        return self.get("/me", token=token, **options)

    # accounts

    def password(self) -> str:
        """A fresh password that every policy accepts."""
        text = f"Kv7 {secrets.token_urlsafe(18)}"
        self.around.witness.secret("password", text)
        return text

    def email(self) -> str:
        """A fresh address."""
        return f"u{secrets.token_hex(8)}@example.com"

    def register(self, email: str, password: str, **options: Any) -> Reply:
        """POST /register, from an address of its own, so that no limit is in the way."""
        body = {"email": email, "password": password}
        if self.answers["username"] != "none":
            body["username"] = _name(email)
        options.setdefault("ip", self.around.address())
        return self.post("/register", body, **options)

    def account(self, password: str = "") -> User:
        """A confirmed account that is not logged in."""
        user = User(self.email(), password or self.password())
        match self.answers["registration"]:
            case "closed":
                self.make(user)
            case "open":
                expect(self.register(user.email, user.password), 201, "a registration")
            case _:
                expect(self.register(user.email, user.password), 202, "a registration")
                expect(self.verify(user), 204, "the token of the mail")
        return user

    def verify(self, user: User, token: str = "") -> Reply:
        """POST /verify-email with the token of the mail, or another one."""
        body = {"token": token or self.mail(user.email, "verify_email")["token"]}
        if _confirms_by_password(self.answers):
            body["password"] = user.password
        return self.post("/verify-email", body, ip=self.around.address())

    def user(self, password: str = "") -> User:
        """A confirmed account with one login."""
        return self.session(self.account(password))

    def admin(self) -> User:
        """A user with the role admin, made by the command line."""
        user = User(self.email(), self.password())
        self.make(user, "create-admin")
        return self.session(user)

    def by_command(self) -> User:
        """A confirmed account that the command line made, for when no mail can be read."""
        user = User(self.email(), self.password())
        self.make(user)
        return user

    def make(self, user: User, command: str = "create-user") -> None:
        """Let an operator add the account. Raises Failure."""
        cli = f"{self.server.application.package}.cli"
        named = ("--username", _name(user.email)) if self.answers["username"] != "none" else ()
        done = self.server.run(cli, command, "--email", user.email, *named, "--password-stdin",
                               stdin=user.password + "\n")  # fmt: skip
        if done.returncode != 0:
            raise Failure(f"{command} ended with {done.returncode}: {done.stderr[-300:]}")

    def login(self, user: User, **options: Any) -> Reply:
        """POST /login with the user's e-mail and password; `remember=True` ticks the box."""
        body: dict[str, Any] = {"email": user.email, "password": user.password}
        if options.pop("remember", False):
            body["remember_me"] = True
        return self.post("/login", body, headers=[*self.same_origin, *options.pop("headers", ())],
                         **options)  # fmt: skip

    def session(self, user: User, **options: Any) -> User:
        """The same user with a new login; the other one goes on."""
        reply = expect(self.login(user, **options), 200, "the right password")
        fresh = User(user.email, user.password, user.id, *self.pair(reply))
        fresh.id = fresh.id or tokens.parts(fresh.access).claims["sub"]
        return fresh

    # refresh tokens travel in the body or in a cookie

    @property
    def cookies(self) -> bool:
        """Whether the refresh token travels in a cookie unless the client says otherwise."""
        return bool(self.answers["transport"] == "cookie")

    @property
    def same_origin(self) -> Headers:
        """What a browser on the service's own pages sends along."""
        return [("Origin", self.around.origin)] if self.answers["transport"] != "body" else []

    def pair(self, reply: Reply) -> tuple[str, str]:
        """Access and refresh token of a reply, wherever the second one travels."""
        data = reply.data
        if not isinstance(data, dict) or "access_token" not in data:
            raise Failure("a token pair was promised, but no access_token came")
        refresh = data.get("refresh_token") or self.cookie(reply)
        self.around.witness.secret("refresh_token", str(refresh))
        return str(data["access_token"]), str(refresh)

    def cookie(self, reply: Reply) -> str:
        """The refresh token that a reply sets as a cookie; empty when it sets none."""
        for line in reply.every("Set-Cookie"):
            jar = SimpleCookie(line)
            if COOKIE in jar:
                return jar[COOKIE].value
        return ""

    def refresh(self, token: str, **options: Any) -> Reply:
        """POST /refresh as a client does."""
        if not self.cookies:
            return self.post("/refresh", {"refresh_token": token}, **options)
        headers = [("Cookie", f"{COOKIE}={token}"), *self.same_origin]
        return self.post("/refresh", headers=headers, **options)

    def logout(self, user: User, **options: Any) -> Reply:
        """POST /logout with the access token alone."""
        return self.post("/logout", token=user.access, headers=self.same_origin, **options)

    # forged tokens

    def forge(
        self,
        token: str,
        *,
        header: Mapping[str, Any] | None = None,
        claims: Mapping[str, Any] | None = None,
        key: SigningKey | None = None,
        algorithm: str = "",
    ) -> str:
        """A real token with changes, signed anew: with the service's own key, or another.

        `tokens.ABSENT` as a value takes a member away. Without changes the service accepts it,
        which shows that a refusal is due to the change.
        """
        real = tokens.parts(token)
        text = tokens.signing_input(
            tokens.changed(real.header, header or {}), tokens.changed(real.claims, claims or {})
        )
        return f"{text}.{tokens.b64((key or self.around.key).sign(text, algorithm))}"

    def signed(self, header: object, claims: object) -> str:
        """A token of any header and claims, signed with the service's own key."""
        text = tokens.signing_input(header, claims)
        return f"{text}.{tokens.b64(self.around.key.sign(text))}"

    # mails

    def mails(self, to: str) -> list[dict[str, str]]:
        """All mails to an address so far, oldest first."""
        folder = Path(self.server.settings["AUTH_EMAIL_FILE_PATH"])
        files = sorted(folder.glob("*.json"), key=lambda file: file.stat().st_mtime_ns)
        found = [json.loads(file.read_text("utf-8")) for file in files]
        for mail in found:
            self.around.witness.secret("token of a mail", mail.get("token", ""))
        return [mail for mail in found if mail["to"].lower() == to.lower()]

    def mail(self, to: str, purpose: str, *, number: int = 1) -> dict[str, str]:
        """The newest mail of a purpose, once there are `number` of them. Raises Failure."""
        deadline = time.monotonic() + _MAIL_SECONDS
        while time.monotonic() < deadline:
            found = [mail for mail in self.mails(to) if mail["purpose"] == purpose]
            if len(found) >= number:
                return found[-1]
            time.sleep(0.02)
        raise Failure(f"no mail {purpose} came within {_MAIL_SECONDS:.0f} seconds")

    # time

    def now(self) -> float:
        """The time as the service knows it, in seconds since the epoch."""
        return time.time() + self._offset()

    def advance(self, seconds: float) -> None:
        """Move the clock of the service; only in a service that is yours alone."""
        file = Path(self.server.settings["AUTH_CLOCK_OFFSET_FILE"])
        fresh = file.with_suffix(".new")
        fresh.write_text(str(self._offset() + seconds), encoding="ascii")
        fresh.rename(file)

    def _offset(self) -> float:
        return float(Path(self.server.settings["AUTH_CLOCK_OFFSET_FILE"]).read_text("ascii"))

    def soon(self, holds: Callable[[], bool], sentence: str, seconds: float = _SOON) -> None:
        """Poll until it holds; fail with the sentence when it does not after a second.

        What was asked before the time was up proves nothing, however late the answer came.
        """
        deadline = time.monotonic() + seconds
        asked = time.monotonic()
        while not holds():
            if asked > deadline:
                raise Failure(sentence)
            time.sleep(0.02)
            asked = time.monotonic()

    # behind the scenes

    @property
    def tables(self) -> Tables:
        """The tables of the service's database."""
        return tables(self.server.settings["AUTH_DATABASE_URL"])

    def rows(self, query: str, *values: object) -> list[Row]:
        """Rows of the service's database."""
        return self.tables.rows(query, *values)

    def write(self, statement: str, *values: object) -> None:
        """Change the database behind the service's back."""
        self.tables.write(statement, *values)

    def log_lines(self) -> Iterator[dict[str, Any]]:
        """The JSON lines that the service has logged so far."""
        for line in self.server.output().splitlines():
            if line.startswith("{"):
                yield json.loads(line)

    def command(self, *words: str, stdin: str = "") -> Done:
        """Run the module's own command line with the service's settings."""
        return self.server.run(f"{self.server.application.package}.cli", *words, stdin=stdin)


def _confirms_by_password(answers: Mapping[str, Any]) -> bool:
    """Whether the mail's token wants the password too; the strict profile implies it."""
    verification, profile = str(answers["verification"]), str(answers["profile"])
    return verification == "link_and_password" or profile == "strict"


def _name(email: str) -> str:
    """The second name of an account, where accounts have one."""
    return email.partition("@")[0]


def _document(body: object) -> object:
    """What a request says, also where a probe wrote the JSON itself."""
    if not isinstance(body, bytes):
        return body
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _whole(reply: Reply) -> str:
    """Headers and body as one text; cookies are meant for one browser only."""
    lines = [f"{k}: {v}" for k, v in reply.headers if k.lower() != "set-cookie"]
    return "\n".join((*lines, reply.body.decode("utf-8", "replace")))
