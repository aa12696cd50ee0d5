"""What the probes work with: services started on demand, and everything that surrounds them."""

from __future__ import annotations

import itertools
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from orchestrator.attack import tokens
from orchestrator.attack.judging.proving import NotPossible
from orchestrator.attack.loopback import free_port
from orchestrator.attack.subject.bare import bare_application
from orchestrator.attack.subject.nursery import Nursery
from orchestrator.attack.subject.server import Application, Server
from orchestrator.attack.subject.service import ORIGIN, Service, Surroundings
from orchestrator.attack.subject.witness import Witness
from orchestrator.attack.surroundings.provider import Provider
from orchestrator.attack.surroundings.stores import Stores, stores_here
from orchestrator.attack.tokens import SigningKey
from orchestrator.attack.wire import Wire

# Password hashes at the cost that the module chooses by itself.
FULL_COST: dict[str, Any] = {
    "bcrypt_rounds": None,
    "argon2_memory": None,
    "argon2_iterations": None,
}


Outside = Callable[[Path], Mapping[str, str]]


class OutOfTime(NotPossible):
    """The budget is used up."""


class Rig:
    """Starts services with settings of their own and hands out handles on them.

    Services with equal settings are started once. `service` shares one among probes; `alone` gives
    one to a single probe at a time, whose clock may be moved. All end with `close`. `full` says
    that there is time for more cases; of the time until the `deadline` so many seconds are `kept`
    for the last probes; `outside` gives variables of a service, by its folder, that
    name what lies outside, such as an empty database of a server. `ours` tells that the services
    are started here, not found; `origin` is what their own pages send.
    """

    ours = True
    origin = ORIGIN

    def __init__(
        self,
        application: Application,
        answers: Mapping[str, Any],
        folder: Path,
        *,
        deadline: float | None = None,
        kept: float = 0.0,
        full: bool = False,
        outside: Outside = lambda _folder: {},
    ) -> None:
        self.application = application
        self.answers = answers
        self.full = full
        self.witness = Witness()
        self.stores = Stores()
        self._folder = folder
        self._deadline = deadline
        self._kept = kept
        self._outside = outside
        self._lock = threading.Lock()
        self._addresses = itertools.count(2)
        self._servers: dict[object, _Slot] = {}
        self._started: list[Server] = []
        self._providers: list[Provider] = []
        self._nursery = Nursery(application.python, application.framework, folder)
        self._keys = _Keys(str(answers["signing"]), folder)

    @property
    def key(self) -> SigningKey:
        """The key that every service of the rig signs with, unless its settings say otherwise."""
        return self._keys.signing

    def service(self, *, workers: int = 1, **settings: Any) -> Service:
        """A handle with a fresh client address on a shared service.

        Settings are the variables without `AUTH_`, in lower case; limits are off unless asked for.
        One that has ended, which fails the probe that saw it, is not handed to the next ones.
        """
        slot = self._slot(("shared", workers, _frozen(settings)))
        with slot.starting:
            if slot.server is None or not slot.server.running:
                slot.server = self.start(workers=workers, **settings)
        return self.handle(slot.server)

    @contextmanager
    def alone(self, *, workers: int = 1, **settings: Any) -> Iterator[Service]:
        """A service that nobody else uses meanwhile; accounts of earlier probes may be in it."""
        slot = self._slot(("alone", workers, _frozen(settings)))
        with slot.using:
            if slot.server is None or not slot.server.running:
                slot.server = self.start(workers=workers, **settings)
            yield self.handle(slot.server)

    @contextmanager
    def fresh(self, *, workers: int = 1, **settings: Any) -> Iterator[Service]:
        """A service of its own with an empty database, which ends with the block."""
        server = self.start(workers=workers, **settings)
        try:
            yield self.handle(server)
        finally:
            server.stop()

    def folder(self, name: str) -> Path:
        """A new folder for files that a probe hands to a service."""
        place = self._folder / f"{name}-{secrets.token_hex(4)}"
        place.mkdir()
        return place

    @property
    def provider(self) -> Provider:
        """The provider of identities that all probes share: it may lie, and never fails."""
        slot = self._slot("provider")
        with slot.starting:
            slot.provider = slot.provider or self.own_provider()
        return slot.provider

    def own_provider(self) -> Provider:
        """A provider that nobody else uses, with an issuer of its own."""
        chosen = self.answers["oauth"]
        name = next((one for one in ("oidc", "google", "github") if one in chosen), "oidc")
        provider = Provider(name)
        self.witness.learn(provider.settings)
        with self._lock:
            self._providers.append(provider)
        return provider

    def bare(self, *, installed: bool = True, debug: bool = False) -> Application:
        """An application of the same framework with the module alone, or without it."""
        folder = self._folder / "bare"
        return bare_application(self.application, folder, installed=installed, debug=debug)

    def start(
        self, *, workers: int = 1, application: Application | None = None, **settings: Any
    ) -> Server:
        """Start one more server, of another application if one is given. Raises NotStarted."""
        self.check_time()
        server = self.server(workers=workers, application=application, **settings)
        with self._lock:
            self._started.append(server)
        server.start()
        return server

    def start_refused(
        self, *, application: Application | None = None, **settings: Any
    ) -> tuple[int, str]:
        """Exit code and output of a service that must not start; code 0 when it starts anyway.

        One process is started, whatever number of them the module is told of: a supervisor of
        several would start again and again what refuses.
        """
        self.check_time()
        server = replace(self.server(application=application, **settings), workers=1)
        with self._lock:
            self._started.append(server)
        return server.start_refused()

    def production(self, **settings: Any) -> dict[str, Any]:
        """Settings under which the module starts in production, with changes."""
        return {
            "environment": "production",
            "clock_offset_file": None,
            "allow_file_mail": "yes",
            "limits": "on",
            **FULL_COST,
            "cors_origins": "",
            **settings,
        }

    def server(
        self, *, workers: int = 1, application: Application | None = None, **settings: Any
    ) -> Server:
        """A server that is not running yet, in a folder of its own; None unsets a variable."""
        folder = self._folder / f"service-{secrets.token_hex(4)}"
        (folder / "mail").mkdir(parents=True)
        (folder / "clock").write_text("0", encoding="ascii")
        usual = {**_usual(folder, workers), **self._keys.settings(), **self._counters()}
        usual |= self._outside(folder)
        asked = {f"AUTH_{name.upper()}": str(value) for name, value in settings.items()}
        merged = {k: v for k, v in {**usual, **asked}.items() if v != "None"}
        self.witness.learn(merged)
        serving = application or self.application
        return Server(serving, self._nursery, folder, merged, workers, free_port())

    def _counters(self) -> dict[str, str]:
        """Redis for the counters, where the answers want one and the machine has it."""
        wanted = self.answers["limiter"] == "redis" and "redis" in stores_here()
        return {"AUTH_REDIS_URL": self.stores.redis()} if wanted else {}

    def databases(self) -> list[dict[str, Any]]:
        """Settings for each kind of database: PostgreSQL where it is here and there is time."""
        more = self.full and "postgres" in stores_here()
        return [{}, {"database_url": self.stores.postgres()}] if more else [{}]

    def handle(self, server: Server, *, wire: Wire | None = None, ip: str | None = None) -> Service:
        """A handle on a server, with a client address that no other handle has."""
        around = Surroundings(self.answers, self.key, self.witness, self.address, self.origin)
        wire = wire or Wire("127.0.0.1", server.port, before=self.check_time)
        return Service(server, wire, around, self.address() if ip is None else ip)

    def address(self) -> str:
        """A loopback address that nobody has sent from yet."""
        with self._lock:
            number = next(self._addresses)
        return f"127.{1 + number // 64516 % 254}.{number // 254 % 254}.{1 + number % 254}"

    def check_time(self) -> None:
        """Raise OutOfTime when the budget is used up, but for what is kept for the end."""
        if self._deadline is not None and time.monotonic() > self._deadline - self._kept:
            raise OutOfTime("budget")

    def begin_the_end(self) -> None:
        """From now on the time that was kept for the last probes may be used."""
        self._kept = 0.0

    def providers(self) -> list[Provider]:
        """Every provider of identities of this run."""
        with self._lock:
            return list(self._providers)

    def servers(self) -> list[Server]:
        """Every server that was started, also those that have ended."""
        with self._lock:
            return list(self._started)

    def close(self) -> None:
        """End every server."""
        servers = self.servers()
        threads = [threading.Thread(target=server.stop) for server in servers if server.running]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for provider in self.providers():
            provider.close()
        self.stores.close()
        self._nursery.close()

    def _slot(self, name: object) -> _Slot:
        with self._lock:
            return self._servers.setdefault(name, _Slot())


class _Slot:
    """A place for one server or provider; `starting` guards its start, `using` its use."""

    def __init__(self) -> None:
        self.server: Server | None = None
        self.provider: Provider | None = None
        self.starting = threading.Lock()
        self.using = threading.Lock()


class _Keys:
    """The secrets of all services of one run, as settings and as keys to forge with."""

    def __init__(self, algorithm: str, folder: Path) -> None:
        self.secret_key = secrets.token_urlsafe(48)
        self.pepper = secrets.token_urlsafe(48)
        self._file = folder / "signing-key.pem"
        if algorithm.startswith("HS"):
            self.signing = SigningKey(algorithm, self.secret_key.encode())
        else:
            self.signing = tokens.random_key(algorithm)
            tokens.write_private_key(self.signing, self._file)

    def settings(self) -> dict[str, str]:
        found = {"AUTH_SECRET_KEY": self.secret_key, "AUTH_PEPPER": self.pepper}
        if self.signing.private is not None:
            found["AUTH_PRIVATE_KEY_FILE"] = str(self._file)
        return found


def _usual(folder: Path, workers: int) -> dict[str, str]:
    return {
        "AUTH_ENVIRONMENT": "test",
        "AUTH_DATABASE_URL": f"sqlite:///{folder}/auth.db",
        "AUTH_EMAIL_BACKEND": "file",
        "AUTH_EMAIL_FILE_PATH": str(folder / "mail"),
        "AUTH_CLOCK_OFFSET_FILE": str(folder / "clock"),
        "AUTH_BCRYPT_ROUNDS": "4",
        "AUTH_ARGON2_MEMORY": "256",
        "AUTH_ARGON2_ITERATIONS": "1",
        "AUTH_LIMITS": "off",
        "AUTH_PUBLIC_URL": ORIGIN,
        "AUTH_WORKERS": str(workers),
    }


def _frozen(settings: Mapping[str, object]) -> str:
    return json.dumps(settings, sort_keys=True, default=str)
