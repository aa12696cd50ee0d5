"""Attack a service that runs already, by its address and, if there is one, its mail folder."""

from __future__ import annotations

import ipaddress
import itertools
import secrets
import shutil
import socket
import ssl
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NoReturn, cast
from urllib.parse import urlsplit

from orchestrator.attack.judging.catalogue import catalogue
from orchestrator.attack.judging.proving import Failure, NotPossible, expect
from orchestrator.attack.judging.results import Proof, Result
from orchestrator.attack.rig import Rig
from orchestrator.attack.running import Plan, run
from orchestrator.attack.subject.server import Application, Server
from orchestrator.attack.subject.service import Service, User
from orchestrator.attack.surroundings.provider import Provider
from orchestrator.attack.surroundings.stores import Stores
from orchestrator.attack.tokens import SigningKey
from orchestrator.attack.wire import NoAnswer, Reply, Wire, request_bytes
from orchestrator.core.errors import CannotAnswer, UsageProblem

_OURS = "needs a service of our own"
_MAILS = "AUTH_EMAIL_FILE_PATH"
_GREETING_SECONDS = 10.0
_LONGEST_WAIT = 10
_MOST_WAITS = 3
_ADDRESSES = 10_000_000


@dataclass(frozen=True)
class Running:
    """A running service: where it listens, the folder of its mails if there is one to read.

    On loopback each of our requests may come from another address; there accounts can be made as
    they are wanted, if mails can be read. Elsewhere there is one for all probes: the `account` that
    may log in, or one that is made.
    """

    url: str
    mails: Path | None = None
    account: User | None = None

    def wire(self) -> Wire:
        """The way to it. Raises UsageProblem for what is no address of a whole service."""
        try:
            parts = urlsplit(self.url)
            port = parts.port
        except ValueError as error:
            raise _no_address(self.url) from error
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise _no_address(self.url)
        if parts.path not in ("", "/"):
            raise UsageProblem(
                f"{self.url} has a path",
                remedy="leave it out; --answer prefix=/auth says where the routes are",
            )
        if parts.query or parts.fragment or parts.username:
            raise _no_address(self.url)
        tls = parts.scheme == "https"
        return _Polite(parts.hostname, port or (443 if tls else 80), tls)

    @property
    def makes_accounts(self) -> bool:
        """Whether there may be as many accounts as we want."""
        return self.mails is not None and _is_loopback(self.wire().host)

    @property
    def origin(self) -> str:
        """What a browser on its pages sends as Origin."""
        return self.url.rstrip("/").lower()


class _Polite(Wire):
    """Waits where the service says that there were too many requests, if it is not for long."""

    def send(self, raw: bytes | Iterable[bytes], **options: Any) -> Reply:
        """The reply. Raises NotPossible for a 429, which says nothing about what was asked."""
        reply = super().send(raw, **options)
        for _ in range(_MOST_WAITS):
            seconds = _seconds_to_wait(reply)
            if not (seconds and isinstance(raw, bytes)):
                break
            time.sleep(seconds)
            reply = super().send(raw, **options)
        if reply.status == 429:
            wait = reply.header("Retry-After") or "some"
            raise NotPossible(f"the service limits our requests (429, for {wait} s)")
        return reply


def _seconds_to_wait(reply: Reply) -> int:
    """How long a refusal asks us to wait; 0 when it is none, or for too long."""
    text = reply.header("Retry-After") if reply.status == 429 else ""
    return int(text) if text.isdigit() and int(text) <= _LONGEST_WAIT else 0


class _Hidden:
    """What belongs to somebody else's process: whoever looks at any part of it cannot."""

    def __getattr__(self, name: str) -> NoReturn:
        raise NotPossible(f"{_OURS} ({name})")


class _Settings(dict[str, str]):
    """The settings that are known; asking for another one is a look into the process."""

    def __missing__(self, name: str) -> NoReturn:
        raise NotPossible("its mails cannot be read" if name == _MAILS else f"{_OURS} ({name})")


class _Process(_Hidden):
    def __init__(self, settings: Mapping[str, str]) -> None:
        self.settings = _Settings(settings)


class _Account:
    """The one account of all probes; made when it is first wanted, unless it was given."""

    def __init__(self, given: User | None) -> None:
        self._user = given
        self._unseen = given is not None
        self._refused = ""
        self._lock = threading.Lock()

    def user(self, service: Service, make: Callable[[], User]) -> User:
        """The account, not logged in. Raises NotPossible where there can be none."""
        with self._lock:
            if self._refused:
                raise NotPossible(self._refused)
            try:
                self._user = self._user or make()
                if self._unseen:
                    expect(service.login(self._user), 200, "a login with the account given")
                    self._unseen = False
            except (Failure, NotPossible) as error:
                self._refused = f"there is no account to try it with: {error}"
                raise NotPossible(self._refused) from error
            return replace(self._user)


@dataclass(frozen=True)
class _Found(Service):
    """A handle on a service that was found running."""

    shared: _Account = field(default_factory=lambda: _Account(None))

    def account(self, password: str = "") -> User:
        """The one account of all probes."""
        if password:
            raise NotPossible(f"{_OURS} (accounts)")
        return self.shared.user(self, super().account)


class OutsideRig(Rig):
    """A rig that has one address and can start nothing, nor look into anything."""

    ours = False

    def __init__(self, running: Running, answers: Mapping[str, Any], folder: Path) -> None:
        wire = running.wire()
        super().__init__(Application(Path(), folder, "", ""), answers, folder)
        self.origin = running.origin
        self.application = cast(Application, _Hidden())
        self.stores = cast(Stores, _Hidden())
        self._wire = wire
        self._process = _Process({_MAILS: str(running.mails)} if running.mails else {})
        self._account = None if running.makes_accounts else _Account(running.account)
        self._addresses = itertools.count(secrets.randbelow(_ADDRESSES) + 2)

    @property
    def key(self) -> SigningKey:
        """Nobody knows it."""
        return cast(SigningKey, _Hidden())

    @property
    def provider(self) -> Provider:
        """Never: the service knows no provider of ours."""
        raise NotPossible(f"{_OURS} (provider)")

    def service(self, *, workers: int = 1, **settings: Any) -> Service:
        """The running service, whose settings are its own."""
        asked = {name for name, value in settings.items() if value is not None}
        if workers > 1 or asked:
            raise NotPossible(f"{_OURS} ({', '.join(sorted(asked)) or 'workers'})")
        return self.handle(cast(Server, self._process))

    def handle(self, server: Server, *, wire: Wire | None = None, ip: str | None = None) -> Service:
        """A handle; where accounts are few, one that knows a single one."""
        usual = super().handle(server, wire=wire or self._wire, ip=ip)
        if self._account is None:
            return usual
        return _Found(usual.server, usual.wire, usual.around, usual.ip, self._account)

    def address(self) -> str:
        """A loopback address of its own where the service is on loopback, else whatever we have."""
        return super().address() if _is_loopback(self._wire.host) else ""

    @contextmanager
    def alone(self, **_: Any) -> Iterator[Service]:
        """Never: others use the service."""
        raise NotPossible(f"{_OURS} (alone)")
        yield

    def server(self, **_: Any) -> Server:
        """Never: no process is ours."""
        raise NotPossible(f"{_OURS} (start)")


def attack_address(
    running: Running,
    answers: Mapping[str, Any],
    only: tuple[str, ...],
    told: Callable[[Proof], None] = lambda _: None,
    lanes: int = 2,
) -> Result:
    """Prove what an address is enough for; everything else that applies is not checked.

    Raises UsageProblem for no address, CannotAnswer where nothing listens, TLS fails, or something
    else answers.
    """
    book = catalogue()
    complete = book.answers(answers)
    _refuse_strangers(running, str(complete["prefix"]))
    folder = Path(tempfile.mkdtemp(prefix="attack-"))
    try:
        rig = OutsideRig(running, complete, folder)
        has = frozenset({"outside", *(["accounts"] if running.makes_accounts else [])})
        plan = Plan(book.chosen(only), complete, has, full=True, lanes=lanes, outside=True)
        proofs = tuple(run(plan, rig, told))
        return Result(proofs, f"the running service at {running.url} was attacked")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _refuse_strangers(running: Running, prefix: str) -> None:
    """Raise CannotAnswer unless a service with our module answers there."""
    wire = running.wire()
    _greet(wire, running.url)
    target = f"{prefix}/me"
    headers = [("Host", f"{wire.host}:{wire.port}"), ("Connection", "close")]
    try:
        reply = Wire.send(wire, request_bytes("GET", target, headers), patience=_GREETING_SECONDS)
    except NoAnswer as error:
        raise CannotAnswer(
            f"{running.url} takes connections and answers no HTTP: {error}",
            remedy="see whether it wants https://, and whether the port is the service's",
        ) from error
    if (reply.status, reply.code) not in ((401, "invalid_token"), (429, "too_many_attempts")):
        raise CannotAnswer(
            f"{running.url} is no service with this module: GET {target} was answered "
            f"{reply.status} with {reply.header('Content-Type') or 'no type'}",
            remedy="see that it is the right one; another prefix is `--answer prefix=/path`",
        )


def _greet(wire: Wire, url: str) -> None:
    try:
        wire.connect(patience=_GREETING_SECONDS).close()
    except ssl.SSLCertVerificationError as error:
        raise CannotAnswer(
            f"the certificate of {wire.host} is not to be trusted: {error.verify_message}",
            remedy="use the name that the certificate holds; for a certificate of your own set "
            "SSL_CERT_FILE to its authority",
        ) from error
    except ssl.SSLError as error:
        raise CannotAnswer(
            f"no TLS can be spoken with {url}: {error.reason or error}",
            remedy="use http:// where the service has no TLS of its own",
        ) from error
    except (OSError, socket.gaierror) as error:
        raise CannotAnswer(
            f"nothing answers at {url}: {error.strerror or error}",
            remedy="start the service, or mend the address",
        ) from error


def _no_address(url: str) -> UsageProblem:
    return UsageProblem(f"{url} is no address", remedy="write it like https://api.example.com")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback and ":" not in host
    except ValueError:
        return False
