"""The servers that cells of the matrix use, and databases in them that nobody has used."""

from __future__ import annotations

import itertools
import subprocess
from contextlib import ExitStack
from dataclasses import dataclass, field

from cell import Cell
from servers import Server, postgres_server, program, redis_server


@dataclass(frozen=True)
class Stores:
    """The servers that are there for all cells, and databases in them that nobody has used."""

    postgres: Server | None = None
    redis: Server | None = None
    _numbers: itertools.count[int] = field(default_factory=itertools.count)

    def lacking(self, cell: Cell) -> str:
        """The server that a cell needs and that is not there; empty when it can run."""
        if cell.values["store"] == "postgresql" and self.postgres is None:
            return "PostgreSQL is not installed"
        if cell.values.get("limiter") == "redis" and self.redis is None:
            return "Redis is not installed"
        return ""

    def for_tests(self, cell: Cell) -> dict[str, str]:
        """Variables that hand the servers which the cell uses to its generated tests."""
        found = {}
        if cell.values.get("limiter") == "redis" and self.redis is not None:
            found["AUTH_TEST_REDIS_URL"] = self.redis.url
        if (url := self.database(cell)) is not None:
            found["AUTH_TEST_DATABASE_URL"] = url
        return found

    def database(self, cell: Cell) -> str | None:
        """An empty PostgreSQL database, where the cell uses one."""
        if cell.values["store"] != "postgresql" or self.postgres is None:
            return None
        return self._empty_database(self.postgres)

    def _empty_database(self, server: Server) -> str:
        name = f"cell{next(self._numbers)}"
        words = ["psql", "-q", "-c", f"CREATE DATABASE {name}", server.url]
        subprocess.run(words, check=True, capture_output=True)
        return f"{server.url.rpartition('/')[0]}/{name}"


def running_stores(stack: ExitStack) -> Stores:
    """Start those servers that are installed; they end with the stack."""
    postgres = stack.enter_context(postgres_server()) if program("initdb") else None
    redis = stack.enter_context(redis_server()) if program("redis-server") else None
    return Stores(postgres, redis)
