"""Render a pattern from elsewhere in a process of its own, which can do as little as possible.

No network and no writing but into its own folder where name spaces exist; everywhere: limits on
time, memory, files and output, and no variable of the caller's environment.
"""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import time
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from orchestrator.adapters.patterns import inside
from orchestrator.adapters.patterns.copying import Failed
from orchestrator.adapters.running import confine
from orchestrator.adapters.running.launch import Confinement, kill, launch, probe, work_folders
from orchestrator.adapters.running.placeholders import Placeholders
from orchestrator.adapters.running.surroundings import visible
from orchestrator.core.change.changes import File
from orchestrator.core.pattern.foreign import BYTES, FILES, PatternRefused
from orchestrator.core.pattern_lint.subject import TemplateFacts

_LOOK_SECONDS = 0.05
_CPU_SIGNALS = (128 + 24, 128 + 9)
_RESULT_BYTES = 100_000


@dataclass(frozen=True)
class Limits:
    """What one rendering may take: seconds of the clock and of the processor, bytes of memory,
    of one file and of all, and the number of files."""

    seconds: float = 60
    cpu: int = 20
    memory: int = 1 << 30
    file: int = BYTES
    whole: int = BYTES
    files: int = FILES


@dataclass(frozen=True)
class Order:
    """A rendering: the pattern's name, its folder, the answers, the questions, executable names."""

    pattern: str
    source: Path
    answers: Mapping[str, Any]
    known: Collection[str]
    only_read: bool = False


class Apart:
    """Renders in confined processes; what the system allows is tried once."""

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._confinement: Confinement | None = None

    @property
    def confined(self) -> bool:
        """Whether the last rendering had neither network nor a place to write."""
        return self._confinement is not None and self._confinement.network_off

    def render(self, order: Order) -> tuple[Mapping[str, File], Failed | None]:
        """The files, or what copier said. Raises PatternRefused when a limit ended it."""
        with work_folders() as work:
            popen = self._start(order, work)
            code = self._attend(order, popen, work)
            failed = self._ended(order, code, work)
            return ({} if failed else self._files(order, work / "out" / "files")), failed

    def read(self, order: Order) -> TemplateFacts:
        """What the templates name, read and not rendered. Raises PatternRefused at a limit."""
        with work_folders() as work:
            popen = self._start(replace(order, only_read=True), work)
            said = self._said(order, self._attend(order, popen, work), work)
        problems = tuple((str(reason), str(text)) for reason, text in said["problems"])
        return TemplateFacts(problems, frozenset(said["used"]))

    def _start(self, order: Order, work: Path) -> subprocess.Popen[bytes]:
        if self._confinement is None:
            self._confinement = probe(order.source)
        written = {
            "path": [entry for entry in sys.path if entry],
            "source": str(order.source),
            "target": str(work / "out" / "files"),
            "result": str(work / "out" / "result.json"),
            "answers": dict(order.answers),
            "known": sorted(order.known),
            "only_read": order.only_read,
            "limits": {
                "cpu": self._limits.cpu,
                "memory": self._limits.memory,
                "file": self._limits.file,
            },
        }
        (work / "gate" / "order.json").write_text(json.dumps(written), encoding="utf-8")
        names = Placeholders(tree=order.source, work=work, python=Path(sys.executable))
        return launch(
            {
                "confine": self._confinement.network_off,
                "parent": os.getpid(),
                "tree": str(order.source),
                "work": str(work),
                "keep": [*visible(names), *(str(one) for one in _importable())],
                "argv": [sys.executable, "-I", inside.__file__, str(work / "gate" / "order.json")],
            },
            cwd=order.source,
            env=_environment(work),
        )

    def _attend(self, order: Order, popen: subprocess.Popen[bytes], work: Path) -> int:
        """Wait for the end, and end it where it takes too long or writes too much."""
        deadline = time.monotonic() + self._limits.seconds
        try:
            while True:
                try:
                    return popen.wait(_LOOK_SECONDS)
                except subprocess.TimeoutExpired:
                    self._refuse_much(order, work / "out")
                    if time.monotonic() > deadline:
                        raise self._too_slow(order) from None
        finally:
            kill(popen)
            popen.wait()
            for stream in (popen.stdout, popen.stderr):
                if stream is not None:
                    stream.close()

    def _too_slow(self, order: Order) -> PatternRefused:
        seconds = f"{self._limits.cpu} seconds of work or {self._limits.seconds:g} of waiting"
        return PatternRefused("time", f"the pattern {order.pattern} took more than {seconds}")

    def _refuse_much(self, order: Order, folder: Path) -> None:
        size = 0
        for count, entry in enumerate(_walk(folder), 1):
            size += entry.stat(follow_symlinks=False).st_size
            if count > 2 * self._limits.files:
                raise PatternRefused("count", f"the pattern {order.pattern} makes too many files")
            if size > 2 * self._limits.whole:
                raise PatternRefused("size", f"the pattern {order.pattern} makes too much text")

    def _ended(self, order: Order, code: int, work: Path) -> Failed | None:
        result = Failed(**self._said(order, code, work))
        return result if result.reason else None

    def _said(self, order: Order, code: int, work: Path) -> dict[str, Any]:
        if code in _CPU_SIGNALS:
            raise self._too_slow(order)
        if code == confine.CANNOT:
            raise PatternRefused("confined", f"the pattern {order.pattern} cannot be kept apart")
        if code != 0:
            raise PatternRefused("crash", f"rendering {order.pattern} ended with the code {code}")
        said = _plain(work / "out" / "result.json", _RESULT_BYTES)
        if said is None:
            raise PatternRefused("crash", f"rendering {order.pattern} left no result")
        return dict(json.loads(said.content))

    def _files(self, order: Order, folder: Path) -> dict[str, File]:
        self._refuse_much(order, folder)
        files: dict[str, File] = {}
        for entry in _walk(folder):
            path = Path(entry.path).relative_to(folder).as_posix()
            if entry.is_dir(follow_symlinks=False):
                continue
            found = _plain(Path(entry.path), self._limits.whole)
            if found is None:
                raise PatternRefused("link", f"the pattern {order.pattern} renders a link, {path}")
            files[path] = found
        return dict(sorted(files.items()))


def _environment(work: Path) -> dict[str, str]:
    """All that the process gets; it finds no program, for it has none to start."""
    return {
        "PATH": os.devnull,
        "HOME": str(work / "home"),
        "TMPDIR": str(work / "tmp"),
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def _importable() -> list[Path]:
    return [path for entry in sys.path if (path := Path(entry)).is_absolute() and path.is_dir()]


def _walk(folder: Path) -> Iterator[os.DirEntry[str]]:
    waiting = [str(folder)]
    while waiting:
        try:
            entries = list(os.scandir(waiting.pop()))
        except FileNotFoundError:
            continue
        for entry in entries:
            yield entry
            if entry.is_dir(follow_symlinks=False):
                waiting.append(entry.path)


def _plain(path: Path, most: int) -> File | None:
    """A plain file of bounded size, opened without following a link; None for anything else."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    with os.fdopen(handle, "rb") as file:
        found = os.fstat(file.fileno())
        if not stat.S_ISREG(found.st_mode) or found.st_size > most:
            return None
        return File(file.read(most), bool(found.st_mode & 0o100))
