"""One real server process of the generated service: starts it, waits for it, ends it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from orchestrator.attack.loopback import free_port
from orchestrator.attack.subject.nursery import Child, Nursery
from orchestrator.attack.wire import NoAnswer, Wire, request_bytes

_START_SECONDS = 60.0
_STOP_SECONDS = 8.0
# gunicorn's own socket of control would lie in a home that the gate cannot write; releases that
# have none ignore the name.
_GUNICORN = "control_socket_disable = True\naccesslog = {access!r}\n"
ACCESS_LOG = "access.log"
SERVER_LOG = "server.log"
COMMANDS_LOG = "commands.log"
_READY = request_bytes("GET", "/health/live", [("Host", "localhost"), ("Connection", "close")])


class NotStarted(Exception):
    """The process ended, or did not answer in time; the text is what it said."""


@dataclass(frozen=True)
class Application:
    """What is served: the interpreter, the tree, and the application's import name in it."""

    python: Path
    tree: Path
    app: str
    framework: str
    factory: bool = False
    package: str = ""
    paths: tuple[str, ...] = (".",)

    def command(self, port: int, workers: int, folder: Path) -> list[str]:
        """What follows `python -m` to serve it for real, without trust in proxy headers.

        The server's own settings, which name the files of its logs, are put into `folder`.
        """
        if self.framework == "flask":
            config = folder / "gunicorn.conf.py"
            config.write_text(_GUNICORN.format(access=str(folder / ACCESS_LOG)), encoding="utf-8")
            place = [f"--bind=127.0.0.1:{port}", f"--workers={workers}", f"--config={config}"]
            return [*self._gunicorn(), *place]
        factory = ["--factory"] if self.factory else []
        logs = folder / "uvicorn-logs.json"
        logs.write_text(json.dumps(_uvicorn_logs(folder)), encoding="utf-8")
        place = ["--host=127.0.0.1", f"--port={port}", f"--workers={workers}"]
        return ["uvicorn", self.app, *factory, "--no-proxy-headers", f"--log-config={logs}", *place]

    def _gunicorn(self) -> list[str]:
        target = f"{self.app}()" if self.factory else self.app
        threads = ["--worker-class=gthread", "--threads=64", "--log-level=error"]
        return ["gunicorn", target, *threads]

    def lacks(self) -> str:
        """The server that the interpreter would need and does not have; empty when all is there."""
        name = "gunicorn" if self.framework == "flask" else "uvicorn"
        words = [str(self.python), "-c", f"import {name}"]
        done = subprocess.run(words, capture_output=True, check=False)
        return name if done.returncode else ""

    def environment(self, folder: Path) -> dict[str, str]:
        """The variables every process of the service gets; of the caller's only PATH."""
        roots = [str((self.tree / path).resolve()) for path in self.paths]
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(folder),
            "TMPDIR": str(folder),
            "LANG": "C.UTF-8",
            "TZ": "UTC",
            "PYTHONPATH": os.pathsep.join(roots),
            "PYTHONPYCACHEPREFIX": str(folder.parent / "pycache"),
            "PYTHONUNBUFFERED": "1",
        }


@dataclass(frozen=True)
class Done:
    """How a command of the module ended; the code is None when it did not end in time."""

    returncode: int | None
    stdout: str
    stderr: str


@dataclass
class Server:
    """A running service with a folder of its own, in which all it writes can be found."""

    application: Application
    nursery: Nursery
    folder: Path
    settings: Mapping[str, str]
    workers: int = 1
    port: int = 0
    _process: Child | None = field(default=None, repr=False)

    def start(self) -> None:
        """Start it and return when it answers. Raises NotStarted with what it said."""
        self.port = self.port or free_port()
        self._process = self._launch()
        deadline = time.monotonic() + _START_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise NotStarted(self.output()[-4000:] or "it said nothing")
            time.sleep(0.03)

    def start_refused(self) -> tuple[int, str]:
        """Start it where it must not start: its exit code and what it said.

        The code is 0 when it answers after all, or neither answers nor ends.
        """
        self.port = self.port or free_port()
        self._process = self._launch()
        deadline = time.monotonic() + _START_SECONDS
        while (code := self._process.poll()) is None:
            if self._answers() or time.monotonic() > deadline:
                self.stop()
                return 0, self.output()
            time.sleep(0.03)
        return code, self.output()

    def stop(self, *, kill: bool = False) -> int | None:
        """End it and everything it started; the exit code, None when it had to be killed."""
        process = self._process
        if process is None:
            return None
        if not kill:
            process.signal(signal.SIGTERM)
        code = None if kill else process.wait(_STOP_SECONDS)
        process.signal(signal.SIGKILL, group=True)
        process.wait(_STOP_SECONDS)
        return code

    def signal(self, number: int) -> None:
        """Send a signal to the main process."""
        if self._process is not None:
            self._process.signal(number)

    @property
    def pid(self) -> int:
        """The process id of the main process; 0 before it was started."""
        return self._process.pid if self._process else 0

    @property
    def running(self) -> bool:
        """Whether the main process is there."""
        return self._process is not None and self._process.poll() is None

    def run(self, *arguments: str, stdin: str = "") -> Done:
        """Run `python -m …` with the service's settings, in its tree."""
        place = Path(tempfile.mkdtemp(prefix="run-", dir=self.folder))
        (place / "stdin").write_text(stdin, encoding="utf-8")
        child = self.nursery.start(
            arguments,
            cwd=self.application.tree,
            env=self._environment(),
            output=place,
            stdin=place / "stdin",
        )
        code = child.wait(_START_SECONDS)
        child.signal(signal.SIGKILL, group=True)
        out, err = ((place / name).read_text("utf-8", "replace") for name in ("stdout", "stderr"))
        shutil.rmtree(place)
        with (self.folder / COMMANDS_LOG).open("a", encoding="utf-8") as log:
            log.write(out + err)
        return Done(code, out, err)

    def output(self) -> str:
        """All that it has written to standard output and standard error so far."""
        files = (self.folder / "stdout", self.folder / "stderr")
        return "".join(f.read_text("utf-8", "replace") for f in files if f.exists())

    def _launch(self) -> Child:
        self.folder.mkdir(parents=True, exist_ok=True)
        words = self.application.command(self.port, self.workers, self.folder)
        return self.nursery.start(
            words, cwd=self.application.tree, env=self._environment(), output=self.folder
        )

    def _environment(self) -> dict[str, str]:
        return {**self.application.environment(self.folder), **self.settings}

    def _answers(self) -> bool:
        try:
            Wire("127.0.0.1", self.port).send(_READY, patience=2.0)
        except NoAnswer:
            return False
        return True


def _uvicorn_logs(folder: Path) -> dict[str, Any]:
    """Each request and each warning in a file of its own, and errors on standard error as well.

    What uvicorn refuses by itself never reaches the module, so it is no line of the module's log:
    which parser refuses what depends on what the host has installed.
    """
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "handlers": {
            "default": {"class": "logging.StreamHandler", "level": "ERROR"},
            "server": {"class": "logging.FileHandler", "filename": str(folder / SERVER_LOG)},
            "access": {"class": "logging.FileHandler", "filename": str(folder / ACCESS_LOG)},
        },
        "loggers": {
            "uvicorn": {
                "handlers": ["default", "server"],
                "level": "WARNING",
                "propagate": False,
            },
            "uvicorn.access": {"handlers": ["access"], "level": "INFO", "propagate": False},
        },
    }
