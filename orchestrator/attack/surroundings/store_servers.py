"""Private PostgreSQL and Redis servers on loopback: in a folder of their own, never shared."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from orchestrator.attack.loopback import free_port

_DEBIAN = Path("/usr/lib/postgresql")
_PATIENCE = 30.0


def program(name: str) -> str | None:
    """Where a server's program is, also in the folder that Debian keeps out of the path."""
    versions = sorted(_DEBIAN.glob("*/bin"), key=lambda path: float(path.parent.name), reverse=True)
    path = os.environ.get("PATH", os.defpath)
    return shutil.which(name, path=os.pathsep.join([*map(str, versions), path]))


def found(name: str) -> str:
    """The same, where it must be there. Raises FileNotFoundError."""
    path = program(name)
    if path is None:
        raise FileNotFoundError(name)
    return path


def may_be_nobody() -> bool:
    """Whether a process of ours can run without root's rights: PostgreSQL refuses root.

    Root in a name space that knows no other user, as the gate makes one, cannot.
    """
    known = Path("/proc/self/uid_map")
    if os.geteuid() != 0 or not known.exists():
        return True
    nobody = pwd.getpwnam("nobody").pw_uid
    ranges = (map(int, line.split()) for line in known.read_text("ascii").splitlines())
    return any(first <= nobody < first + count for first, _outside, count in ranges)


class StoreServer:
    """A server process on loopback that can be cut and started again; `url` stays the same."""

    def __init__(
        self,
        url: str,
        folder: Path,
        *,
        start: list[str],
        ask: list[str],
        user: Mapping[str, Any] | None = None,
    ) -> None:
        """Prepare to `start`; `ask` is a command that succeeds once the server takes queries.

        `user` are the options that make the process somebody else's.
        """
        self.url = url
        self._start = start
        self._ask = ask
        self._folder = folder
        self._user = user or {}
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the process and wait until it takes connections. Raises RuntimeError."""
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                self._start, cwd=self._folder, stdout=log, stderr=log, **self._user
            )
        deadline = time.monotonic() + _PATIENCE
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError((self._folder / "log").read_text("utf-8"))
            time.sleep(0.05)

    def stop(self) -> None:
        """End the process at once and close every connection to it."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(_PATIENCE)
            self._process = None

    def _answers(self) -> bool:
        asked = subprocess.run(self._ask, capture_output=True, check=False, timeout=_PATIENCE)
        return asked.returncode == 0


@contextmanager
def postgres_server() -> Iterator[StoreServer]:
    """An empty PostgreSQL cluster that is gone at the end of the block; durable it is not."""
    nobody = _unprivileged()
    with _folder() as folder:
        if nobody:
            os.chown(folder, nobody["user"], nobody["group"])
        port, data = free_port(), folder / "data"
        words = [found("initdb"), "-D", str(data), "-U", "auth", "-A", "trust", "-E", "UTF8", "-N"]
        subprocess.run(words, check=True, capture_output=True, cwd="/", **nobody)
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(port),
            "unix_socket_directories": "",
            "fsync": "off",
            "max_connections": "200",
        }
        options = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        url = f"postgresql://auth@127.0.0.1:{port}/postgres"
        start = [found("postgres"), "-D", str(data), *options]
        ask = [found("psql"), "-q", "-c", "SELECT 1", url]
        yield from _running(StoreServer(url, folder, start=start, ask=ask, user=nobody))


@contextmanager
def redis_server() -> Iterator[StoreServer]:
    """An empty Redis that is gone at the end of the block; a restart keeps what it held."""
    with _folder() as folder:
        port = free_port()
        settings = {
            "bind": "127.0.0.1",
            "port": str(port),
            "dir": str(folder),
            "databases": "1000",
            "appendonly": "yes",
            "appendfsync": "always",
        }
        options = [part for key, value in settings.items() for part in (f"--{key}", value)]
        start = [found("redis-server"), *options]
        ask = [found("redis-cli"), "-e", "-p", str(port), "PING"]
        yield from _running(
            StoreServer(f"redis://127.0.0.1:{port}/0", folder, start=start, ask=ask)
        )


def _running(server: StoreServer) -> Iterator[StoreServer]:
    try:
        server.start()
        yield server
    finally:
        server.stop()


@contextmanager
def _folder() -> Iterator[Path]:
    """A folder that is gone at the end of the block; it lies where others may enter."""
    folder = Path(tempfile.mkdtemp(prefix="server-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def _unprivileged() -> dict[str, Any]:
    """Options that make a process `nobody`'s when ours is root's: PostgreSQL refuses root."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
