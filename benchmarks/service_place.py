"""Where the generated service is measured: its environment, its hosts and its server processes."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
INSIDE = Path(__file__).resolve().parent / "inside"
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "templates")]

SHOWN = ("fastapi", "uvicorn", "sqlalchemy", "pyjwt", "bcrypt", "psycopg", "fastapi-users")
EXTRA = ("uvicorn", "uvloop", "httptools", "aiosqlite", "fastapi-users[sqlalchemy]")
PASSWORD = "a long walk past 9 grey herons"  # noqa: S105
PATIENCE = 60.0
STATIC = {
    "AUTH_SECRET_KEY": "x7Qm2vTz9LkWd4RbN8sYc1HfJ6gPa3Ue",
    "AUTH_PEPPER": "Zr5Kt8Xw1MqBn7VdG3hSy6CjL9fPe2Ua",
    "AUTH_REQUEST_LIMIT": "9999999/second",
    "AUTH_ACCESS_TOKEN_TTL": "86400",
    "AUTH_TRUSTED_PROXIES": "127.0.0.1/32",
}


@dataclass(frozen=True, slots=True)
class Serving:
    """A server process: where it listens, and whose processor time it is."""

    port: int
    pid: int

    def cpu_seconds(self) -> float:
        """User and system time that the process has taken so far; ticks are 10 ms."""
        after_name = Path(f"/proc/{self.pid}/stat").read_text(encoding="ascii").rpartition(")")[2]
        user, system = after_name.split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    def json(self, method: str, path: str, body: object = None, token: str = "") -> Any:
        """The document that a request is answered with; any status but 200 ends the bench."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        sent = None if body is None else json.dumps(body)
        if sent is not None:
            headers["Content-Type"] = "application/json"
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        connection.request(method, path, sent, headers)
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        if answer.status != http.HTTPStatus.OK:
            raise SystemExit(f"{method} {path} answered {answer.status}: {text.decode()}")
        return json.loads(text)


class Place:
    """A folder with an environment in which hosts of the generated module run."""

    def __init__(self, folder: Path) -> None:
        """Make the environment: what the patterns ask for, a server, and fastapi-users."""
        from auth_patterns import uv

        self.folder = folder
        self.python = folder / "environment" / "bin" / "python"
        self._uv = uv()
        self._run(self._uv, "venv", "-q", str(folder / "environment"))
        install = (self._uv, "pip", "install", "-q", "-p", str(self.python))
        self._run(*install, *requirements({"framework": "fastapi", "signing": "RS256"}), *EXTRA)

    def versions(self) -> str:
        """The releases that matter for the figures, as one line."""
        text = self._run(self._uv, "pip", "list", "-p", str(self.python), "--format", "json")
        found = {one["name"].lower(): one["version"] for one in json.loads(text)}
        return ", ".join(f"{name} {found[name]}" for name in SHOWN)

    def host(self, name: str, answers: Mapping[str, Any]) -> Path:
        """A small application with the module, rendered with these answers."""
        from auth_patterns import make_host

        host = self.folder / name
        host.mkdir()
        make_host(host, answers)
        return host

    def inside(self, script: str, host: Path, *arguments: str, **settings: str) -> Any:
        """The JSON that a script of `inside/` prints when it runs in the environment of a host."""
        command = (str(self.python), str(INSIDE / script), *arguments)
        return json.loads(self._run(*command, cwd=host, env=environment(host, settings)))

    @contextmanager
    def serve(self, app: str, host: Path, **settings: str) -> Iterator[Serving]:
        """One uvicorn worker with uvloop and httptools, and without an access log of its own."""
        from servers import free_port

        port = free_port()
        command = [str(self.python), "-m", "uvicorn", app, "--port", str(port)]
        command += ["--no-access-log", "--no-proxy-headers", "--log-level", "warning"]
        command += ["--loop", "uvloop", "--http", "httptools"]
        with (self.folder / f"{port}.log").open("wb") as log:
            process = subprocess.Popen(
                command, cwd=host, env=environment(host, settings), stdout=log, stderr=log
            )
        try:
            _wait_for(port, process)
            yield Serving(port, process.pid)
        finally:
            process.terminate()
            process.wait(PATIENCE)

    def _run(self, *command: str, **options: Any) -> str:
        done = subprocess.run(command, capture_output=True, text=True, check=False, **options)
        if done.returncode:
            raise SystemExit(f"{' '.join(command)} ended with {done.returncode}: {done.stderr}")
        return done.stdout


def requirements(answers: Mapping[str, Any]) -> list[str]:
    """What the two patterns ask a host to install, with floors and no caps."""
    from auth_patterns import NAMES, pattern

    from orchestrator.core.pattern.active import active

    wanted = [one for name in NAMES for one in active(pattern(name), answers).manifest.dependencies]
    return [f"{one.name}[{','.join(one.extras)}]>={one.floor}" for one in wanted]


def environment(host: Path, settings: Mapping[str, str]) -> dict[str, str]:
    """The variables of a process that works with a host, and no AUTH_ variable of ours."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("AUTH_")}
    found = os.pathsep.join((str(host), str(INSIDE)))
    return {**own, **STATIC, "PYTHONPATH": found, "AUTH_ENVIRONMENT": "test", **settings}


@contextmanager
def stores(folder: Path) -> Iterator[dict[str, str]]:
    """Database URLs by name: SQLite, and a private PostgreSQL where it is installed."""
    from servers import postgres_server, program

    sqlite = {"SQLite": f"sqlite:///{folder / 'service.db'}"}
    if program("initdb") is None:
        print("NOT RUN: PostgreSQL is not installed (no program initdb); SQLite only\n")
        yield sqlite
        return
    with postgres_server() as server:
        yield {**sqlite, "PostgreSQL": server.url}


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < deadline:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=1)
        try:
            connection.request("GET", "/health/live")
            connection.getresponse().read()
        except OSError:
            time.sleep(0.1)
        else:
            return
        finally:
            connection.close()
    raise SystemExit("a server did not start")
