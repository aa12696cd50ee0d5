"""Starts server processes quickly: they are forked from one that has their libraries imported."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_SCRIPT = Path(__file__).with_name("nursery_script.py")


class NurseryGone(Exception):
    """The process that starts the servers has ended."""


@dataclass(frozen=True)
class Child:
    """A process that a nursery has started, the leader of a group of its own."""

    pid: int
    nursery: Nursery

    def poll(self) -> int | None:
        """Its exit code (negative: the signal that ended it); None while it runs."""
        return self.nursery.ask({"poll": self.pid}, "code")

    def wait(self, seconds: float) -> int | None:
        """Its exit code; None when it still runs after so many seconds."""
        deadline = time.monotonic() + seconds
        while (code := self.poll()) is None and time.monotonic() < deadline:
            time.sleep(0.02)
        return code

    def signal(self, number: int, *, group: bool = False) -> None:
        """Send a signal to it, or to all of its group."""
        try:
            (os.killpg if group else os.kill)(self.pid, number)
        except (ProcessLookupError, PermissionError):
            return


class Nursery:
    """One process of an interpreter from which servers are forked; ends them when it is closed."""

    def __init__(self, python: Path, framework: str, folder: Path) -> None:
        self._words = [str(python), "-s", str(_SCRIPT), framework]
        self._folder = folder
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None

    def start(
        self,
        argv: Sequence[str],
        *,
        cwd: Path,
        env: Mapping[str, str],
        output: Path,
        stdin: Path = Path(os.devnull),
    ) -> Child:
        """Start `python -m argv…`; what it says goes to files of the folder `output`."""
        order = {
            "stdin": str(stdin),
            "argv": list(argv),
            "cwd": str(cwd),
            "env": dict(env),
            "stdout": str(output / "stdout"),
            "stderr": str(output / "stderr"),
        }
        pid = self.ask({"start": order}, "pid")
        if pid is None:
            raise NurseryGone("no process was started")
        return Child(pid, self)

    def ask(self, order: Mapping[str, object], member: str) -> int | None:
        """One order, one answer. Raises NurseryGone."""
        with self._lock:
            process = self._process = self._process or self._launch()
            if process.stdin is None or process.stdout is None:
                raise NurseryGone("it has no pipes")
            try:
                process.stdin.write(json.dumps(order) + "\n")
                process.stdin.flush()
                answer: dict[str, int | None] = json.loads(process.stdout.readline())
            except (OSError, ValueError) as error:
                raise NurseryGone(f"the nursery does not answer: {error}") from error
            return answer[member]

    def close(self) -> None:
        """End it, and with it everything that it has started."""
        with self._lock:
            process, self._process = self._process, None
        if process is None:
            return
        try:
            process.communicate(timeout=10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def _launch(self) -> subprocess.Popen[str]:
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / "nursery-stderr").open("ab") as errors:
            return subprocess.Popen(
                self._words,
                env={"PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8", "TZ": "UTC"},
                cwd=self._folder,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                start_new_session=True,
            )
