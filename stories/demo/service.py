"""The result of a story as a real server: started with the host's own environment, and asked."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from hosts import Host
from telling import fail, say

BIN = Path(sys.executable).parent
PATIENCE = 30.0


def environment(**more: str) -> dict[str, str]:
    """Our environment with the project's commands first and no foreign settings of the module."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AUTH_")}
    path = f"{BIN}{os.pathsep}{kept.get('PATH', os.defpath)}"
    return {**kept, "PATH": path, **more}


def host_environment(repository: Path) -> Path:
    """The repository's own `.venv`, made from its manifest; from uv's cache without a network."""
    uv = str(BIN / "uv")
    made = [uv, "venv", "--quiet", "--python", sys.executable, str(repository / ".venv")]
    subprocess.run(made, check=True, env=environment(), stdout=sys.stderr)
    python = repository / ".venv" / "bin" / "python"
    install = [uv, "pip", "install", "--quiet", "--python", str(python), "-r", "pyproject.toml"]
    for words, stderr in (([*install, "--offline"], subprocess.DEVNULL), (install, None)):
        done = subprocess.run(
            words, cwd=repository, env=environment(), stdout=sys.stderr, stderr=stderr, check=False
        )
        if done.returncode == 0:
            return python
    return fail("the application's dependencies cannot be installed; is there a network?")


@contextlib.contextmanager
def server(host: Host, repository: Path, python: Path, mails: Path) -> Iterator[int]:
    """A server process on a free loopback port, ended with all its children."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = mails.with_suffix(".log")
    with log.open("wb") as output:
        process = subprocess.Popen(
            [str(python), *(word.format(port=port) for word in host.serve)],
            cwd=repository,
            env=environment(AUTH_EMAIL_BACKEND="file", AUTH_EMAIL_FILE_PATH=str(mails)),
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        wait_for(lambda: listens(port, process), f"the server does not start; see {log}")
        yield port
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(PATIENCE)
    log.unlink()


def listens(port: int, process: subprocess.Popen[bytes]) -> bool:
    """Say whether the server accepts connections yet."""
    if process.poll() is not None:
        return False
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def client(port: int) -> Callable[..., Mapping[str, object]]:
    """Requests to the server: each prints its status line and must answer as expected."""

    def ask(
        method: str,
        path: str,
        status: int,
        body: Mapping[str, str] | None = None,
        bearer: str = "",
    ) -> Mapping[str, object]:
        headers = {"Content-Type": "application/json"} if body is not None else {}
        if bearer:
            headers["Authorization"] = f"Bearer {bearer}"
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        connection.request(method, path, json.dumps(body) if body is not None else None, headers)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        version = "1.1" if answer.version == 11 else "1.0"
        who = " with the access token" if bearer else ""
        say(f"  {method:<5} {path + who:<36} HTTP/{version} {answer.status} {answer.reason}")
        if answer.status != status:
            fail(f"expected {status}: {content.decode(errors='replace')[:500]}")
        found = json.loads(content) if content else {}
        return found if isinstance(found, dict) else {"items": found}

    return ask


def mailed_token(mails: Path) -> str:
    """The token of the first mail that has one."""
    found: list[str] = []

    def look() -> bool:
        for path in sorted(mails.glob("*.json")):
            token = json.loads(path.read_bytes()).get("token")
            found.extend([token] if token else [])
        return bool(found)

    wait_for(look, f"no mail arrived in {mails}")
    say("  the mail arrived, with its link")
    return found[0]


def wait_for(holds: Callable[[], bool], otherwise: str) -> None:
    """Ask again until it holds."""
    end = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > end:
            fail(otherwise)
        time.sleep(0.1)
