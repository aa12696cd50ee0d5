"""The databases of one run in PostgreSQL and Redis; the servers start when the first is wanted."""

from __future__ import annotations

import itertools
import subprocess
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack

from orchestrator.attack.judging.proving import NotPossible
from orchestrator.attack.surroundings.line import Line
from orchestrator.attack.surroundings.store_servers import (
    StoreServer,
    found,
    may_be_nobody,
    postgres_server,
    program,
    redis_server,
)

_PROGRAMS = {"redis": "redis-server", "postgres": "initdb"}


def stores_here() -> frozenset[str]:
    """The stores whose programs are on this machine and may be run by us."""
    here = frozenset(name for name, needed in _PROGRAMS.items() if program(needed))
    return here if may_be_nobody() else here - {"postgres"}


class Stores:
    """Hands out empty databases; ends all servers and lines with `close`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._servers: dict[str, StoreServer] = {}
        self._stack = ExitStack()

    def postgres(self) -> str:
        """The URL of an empty PostgreSQL database. Raises NotPossible."""
        with self._lock:
            server = self._server("postgres", postgres_server)
            name = f"attack{next(self._numbers)}"
            words = [found("psql"), "-q", "-c", f"CREATE DATABASE {name}", server.url]
            subprocess.run(words, check=True, capture_output=True)
            return server.url.removesuffix("postgres") + name

    def redis(self) -> str:
        """The URL of an empty Redis database. Raises NotPossible."""
        with self._lock:
            server = self._server("redis", redis_server)
            return server.url.removesuffix("0") + str(next(self._numbers))

    def line(self, store: str) -> Line:
        """A line to a store that can be cut."""
        line = Line(store)
        self._stack.callback(line.close)
        return line

    def close(self) -> None:
        """End everything that was started."""
        self._stack.close()

    def _server(
        self, name: str, begin: Callable[[], AbstractContextManager[StoreServer]]
    ) -> StoreServer:
        if name not in stores_here():
            raise NotPossible(f"there is no {name} here")
        if name not in self._servers:
            self._servers[name] = self._stack.enter_context(begin())
        return self._servers[name]
