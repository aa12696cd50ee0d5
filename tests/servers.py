"""Fixtures with a private PostgreSQL and a private Redis server for the whole run.

A test that needs a program which is not installed is skipped with a reason that names it.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from orchestrator.attack.loopback import free_port
from orchestrator.attack.surroundings.store_servers import (
    StoreServer,
    postgres_server,
    program,
    redis_server,
)

__all__ = ["Server", "free_port", "postgres", "postgres_server", "program", "redis", "redis_server"]
Server = StoreServer


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A PostgreSQL server for the whole run."""
    _wanted("initdb", "PostgreSQL")
    with postgres_server() as server:
        yield server


@pytest.fixture(scope="session")
def redis() -> Iterator[Server]:
    """A Redis server for the whole run."""
    _wanted("redis-server", "Redis")
    with redis_server() as server:
        yield server


def _wanted(name: str, product: str) -> None:
    if program(name) is None:
        pytest.skip(f"NOT RUN: {product} is not installed (no program {name})")
