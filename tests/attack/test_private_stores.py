"""The rig's stores: databases of their own, and a line to them that can be cut and mended."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest
from servers import program

from orchestrator.attack.judging.proving import NotPossible
from orchestrator.attack.surroundings import stores as stores_module
from orchestrator.attack.surroundings.line import Line
from orchestrator.attack.surroundings.stores import Stores, stores_here


@pytest.fixture
def stores() -> Iterator[Stores]:
    made = Stores()
    yield made
    made.close()


@pytest.fixture
def echo() -> Iterator[str]:
    """A server that says back what it hears."""
    with socket.create_server(("127.0.0.1", 0)) as door:

        def listen() -> None:
            try:
                while True:
                    link, _ = door.accept()
                    threading.Thread(target=_repeat, args=(link,), daemon=True).start()
            except OSError:
                return

        threading.Thread(target=listen, daemon=True).start()
        yield f"redis://127.0.0.1:{door.getsockname()[1]}/7"


def _repeat(link: socket.socket) -> None:
    with link:
        while data := link.recv(100):
            link.sendall(data)


def dial(line: Line) -> socket.socket:
    port = int(line.url.rpartition(":")[2].partition("/")[0])
    return socket.create_connection(("127.0.0.1", port), 5)


def said_back(link: socket.socket) -> bytes:
    try:
        link.sendall(b"hello")
        return link.recv(100)
    except OSError:
        return b""


def test_a_line_carries_both_ways_and_keeps_the_rest_of_the_url(stores: Stores, echo: str) -> None:
    line = stores.line(echo)
    with dial(line) as link:
        assert said_back(link) == b"hello"
    assert line.url.endswith("/7")
    assert line.url != echo


def test_a_cut_ends_old_and_new_connections_until_it_is_mended(stores: Stores, echo: str) -> None:
    line = stores.line(echo)
    with dial(line) as old:
        assert said_back(old) == b"hello"
        line.cut()
        assert said_back(old) == b""
        with dial(line) as new:
            assert said_back(new) == b""
    line.mend()
    with dial(line) as link:
        assert said_back(link) == b"hello"


def test_a_store_that_is_not_installed_is_not_possible(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stores_module, "program", lambda _name: None)
    assert stores_here() == frozenset()
    with pytest.raises(NotPossible, match="no postgres here"):
        stores.postgres()


def test_each_database_is_another(stores: Stores) -> None:
    if program("redis-server") is None:
        pytest.skip("NOT RUN: Redis is not installed (no program redis-server)")
    assert stores.redis() != stores.redis()


def test_a_name_space_of_one_user_has_redis_and_no_postgres() -> None:
    words = ["unshare", "--map-root-user", sys.executable, "-c", _INSIDE]
    if subprocess.run([*words[:2], "true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("NOT RUN: no name spaces for users here")
    if program("redis-server") is None:
        pytest.skip("NOT RUN: Redis is not installed (no program redis-server)")
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["redis", "redis"]


_INSIDE = """
from orchestrator.attack.surroundings.stores import Stores, stores_here
stores = Stores()
print(*stores_here(), stores.redis().partition(":")[0])
stores.close()
"""
