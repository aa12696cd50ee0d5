"""Attack a service that runs already, by nothing but its address."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from orchestrator.attack.catalogue import catalogue
from orchestrator.attack.proving import NotPossible
from orchestrator.attack.results import Proof, Result
from orchestrator.attack.rig import Rig
from orchestrator.attack.running import Plan, run
from orchestrator.attack.server import Application, Server
from orchestrator.attack.service import Service
from orchestrator.attack.wire import Wire
from orchestrator.core.errors import CannotAnswer, UsageProblem

_OURS = "needs a service of our own"


def read_address(url: str) -> Wire:
    """Where a service listens. Raises UsageProblem for what is no address of a whole service."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host = None
    if host is None or parts.scheme not in ("http", "https"):
        raise UsageProblem(f"{url} is no address", remedy="write it like https://api.example.com")
    if parts.path not in ("", "/"):
        raise UsageProblem(
            f"{url} has a path",
            remedy="leave it out; --answer prefix=/auth says where the routes are",
        )
    tls = parts.scheme == "https"
    return Wire(host, port or (443 if tls else 80), tls)


class OutsideRig(Rig):
    """A rig that has one address and can start nothing."""

    def __init__(self, url: str, answers: Mapping[str, Any], folder: Path) -> None:
        super().__init__(Application(Path(), folder, "", ""), answers, folder)
        self._wire = read_address(url)

    def service(self, *, workers: int = 1, **settings: Any) -> Service:
        """The running service, whose settings are its own."""
        if workers > 1 or settings:
            raise NotPossible(_OURS)
        return self.handle(self.server(workers=workers), wire=self._wire, ip="")

    @contextmanager
    def alone(self, *, workers: int = 1, **settings: Any) -> Iterator[Service]:
        """Never: others use the service."""
        raise NotPossible(f"{_OURS} ({workers} {settings})")
        yield

    def start(
        self, *, workers: int = 1, application: Application | None = None, **settings: Any
    ) -> Server:
        """Never."""
        raise NotPossible(f"{_OURS} ({workers} {application} {settings})")

    def start_refused(
        self, *, application: Application | None = None, **settings: Any
    ) -> tuple[int, str]:
        """Never."""
        raise NotPossible(f"{_OURS} ({application} {settings})")


def attack_address(
    url: str,
    answers: Mapping[str, Any],
    only: tuple[str, ...],
    told: Callable[[Proof], None] = lambda _: None,
) -> Result:
    """Prove what an address is enough for; everything else that applies is not checked.

    Raises UsageProblem for no address, CannotAnswer where nothing listens.
    """
    _refuse_silence(url)
    book = catalogue()
    folder = Path(tempfile.mkdtemp(prefix="attack-"))
    try:
        complete = book.answers(answers)
        rig = OutsideRig(url, complete, folder)
        plan = Plan(book.chosen(only), complete, frozenset({"outside"}), lanes=1, outside=True)
        return Result(tuple(run(plan, rig, told)), f"the running service at {url} was attacked")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _refuse_silence(url: str) -> None:
    try:
        read_address(url).connect().close()
    except OSError as error:
        raise CannotAnswer(
            f"nothing answers at {url}: {error.strerror or error}",
            remedy="start the service, or mend the address",
        ) from error
