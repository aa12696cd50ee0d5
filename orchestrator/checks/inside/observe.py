"""Ask a freshly started application everything that its own routes offer, and write the answers.

Runs in the tool's interpreter with the standard library alone; the application runs in the host's,
from a copy of the tree, with files of its own. Each process is asked everything twice, more than a
second apart, so that what varies by itself shows.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

START_SECONDS = 30.0
APART = 1.1
BUDGET = 60.0
RESTARTS = 5
ENDING = 1.0


class NotStarted(Exception):
    """The application does not serve; the text is the last thing it said."""


@dataclass
class Served:
    """The application in a process of its own."""

    words: list[str]
    tree: Path
    place: Path
    port: int = 0
    process: subprocess.Popen[bytes] | None = None
    routes: list[dict[str, str]] = field(default_factory=list)

    def start(self) -> None:
        """Start it and return when it listens. Raises NotStarted."""
        self.port = _free_port()
        listed = self.place / "routes.json"
        listed.unlink(missing_ok=True)
        words = [*self.words, "--port", str(self.port), "--routes", str(listed)]
        with (self.place / "said").open("wb") as said:
            self.process = subprocess.Popen(
                words, cwd=self.tree, env=self._environment(), stdin=subprocess.DEVNULL,
                stdout=said, stderr=said, start_new_session=True)  # fmt: skip
        deadline = time.monotonic() + START_SECONDS
        while not (listed.exists() and self._listens()):
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise NotStarted(self._last_line() or "it said nothing")
            time.sleep(0.03)
        self.routes = json.loads(listed.read_text(encoding="utf-8"))

    def stop(self) -> None:
        """End it and all that it started."""
        if self.process is not None:
            for number in (signal.SIGTERM, signal.SIGKILL):
                _signal(self.process.pid, number)
                try:
                    self.process.wait(2)
                except subprocess.TimeoutExpired:
                    continue
            self.process = None

    def ended(self, answer: dict[str, Any]) -> bool:
        """Whether the process is gone; one that broke off an answer may be just about to go."""
        if self.process is None:
            return True
        broke_off = answer["status"] == 0 and answer["body"]["text"] != "TimeoutError"
        try:
            self.process.wait(ENDING if broke_off else 0)
        except subprocess.TimeoutExpired:
            return False
        return True

    def _listens(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
        except OSError:
            return False
        return True

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
        own = {"HOME": str(self.place), "TMPDIR": str(self.place)}
        return {**kept, **own, "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"}

    def _last_line(self) -> str:
        lines = (self.place / "said").read_text("utf-8", "replace").splitlines()
        return next((line.strip()[:300] for line in reversed(lines) if line.strip()), "")


def main() -> int:
    words = argparse.ArgumentParser()
    words.add_argument("--python", required=True)
    words.add_argument("--out", type=Path, required=True)
    words.add_argument("--processes", type=int, default=1)
    words.add_argument("--package", default="")
    words.add_argument("rest", nargs=argparse.REMAINDER)
    given = words.parse_args()
    script = Path(__file__).with_name("serve_app.py")
    start = [given.python, "-s", str(script), *given.rest[1:]]
    book = Book()
    problem = ""
    try:
        for _ in range(given.processes):
            book.processes.append(_observed(start, given.package, book))
    except NotStarted as error:
        problem = str(error)
    whole = {"problem": problem, **book.document()}
    given.out.write_text(json.dumps(whole, sort_keys=True, indent=0), encoding="utf-8")
    return 0


@dataclass
class Book:
    """All answers, each written once; a process is what it was asked and two lists of answers."""

    answers: list[dict[str, Any]] = field(default_factory=list)
    known: dict[str, int] = field(default_factory=dict)
    processes: list[dict[str, Any]] = field(default_factory=list)

    def number(self, answer: dict[str, Any]) -> int:
        """The place of an answer."""
        key = json.dumps(answer, sort_keys=True)
        if key not in self.known:
            self.known[key] = len(self.answers)
            self.answers.append(answer)
        return self.known[key]

    def document(self) -> dict[str, Any]:
        """As plain data."""
        return {"answers": self.answers, "processes": self.processes}


def _observed(start: list[str], package: str, book: Book) -> dict[str, Any]:
    """One process from a fresh copy of the tree, asked everything twice."""
    asking, describing = _beside("asking"), _beside("describing")
    place = Path(os.environ["TMPDIR"]) / "served"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    shutil.copytree(".", place / "tree", symlinks=True, ignore=shutil.ignore_patterns(".git"))
    served = Served(start, place / "tree", place)
    served.start()
    try:
        asked = list(asking.asks(served.routes, package))
        ours = asking.own_operations(served.routes, package)
        ask = partial(asking.answered, told=partial(describing.told, ours))
        deadline = time.monotonic() + BUDGET
        began = time.monotonic()
        first = [book.number(one) for one in _answers(served, asked, ask, deadline)]
        time.sleep(max(0.0, began + APART - time.monotonic()))
        second = [book.number(one) for one in _answers(served, asked, ask, deadline)]
    finally:
        served.stop()
    guarded = {
        asking.filled(one["path"])
        for one in served.routes
        if one["method"] == "GET" and one["protection"].startswith(("user", "roles"))
    }
    return {
        "asked": [one.key for one in asked],
        "guarded": sorted(f"GET {path}" for path in guarded),
        "passes": [first, second],
    }


def _answers(
    served: Served, asked: list[Any], ask: Callable[..., dict[str, Any]], deadline: float
) -> Iterator[dict[str, Any]]:
    """An answer to each request until time is up; a server that ends is started again."""
    left = RESTARTS
    for number, one in enumerate(asked):
        if time.monotonic() > deadline:
            return
        address = f"127.0.{1 + number // 250 % 250}.{1 + number % 250}"
        answer = ask(served.port, one, address)
        yield answer
        if served.ended(answer):
            if not left:
                return
            left -= 1
            served.start()


def _beside(name: str) -> Any:
    """A script that lies beside this one."""
    here = str(Path(__file__).resolve().parent)
    if here not in sys.path:
        sys.path.insert(0, here)
    return importlib.import_module(name)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _signal(pid: int, number: int) -> None:
    try:
        os.killpg(pid, number)
    except (ProcessLookupError, PermissionError):
        return


if __name__ == "__main__":
    sys.exit(main())
