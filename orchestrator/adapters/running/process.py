"""Run the gate's commands: limits, clean environment, confinement; judges no output."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from orchestrator.adapters.running import confine
from orchestrator.adapters.running.launch import (
    GRACE_SECONDS,
    Confinement,
    kill,
    launch,
    probe,
    work_folders,
)
from orchestrator.adapters.running.placeholders import Placeholders
from orchestrator.adapters.running.surroundings import environment, visible
from orchestrator.core.gate.check import Command, Completed

LARGEST = 5 * 1024 * 1024
_OF_A_FAILURE = 64 * 1024


class ProcessRunner:
    """Runs commands in working trees. Every process it started is gone when `run` returns.

    The environment holds PATH, HOME, TMPDIR, LANG, TZ and two PYTHON switches, nothing of the
    caller's. With `confined=False` no namespace is tried (for systems and tests without them).
    """

    def __init__(self, *, confined: bool = True) -> None:
        self._confined = confined
        self._known: dict[int, Confinement] = {}
        self._lock = threading.Lock()
        self._tree_locks: dict[Path, threading.Lock] = {}
        self._running: set[subprocess.Popen[bytes]] = set()
        self._stopped = False

    def run(self, command: Command, *, tree: Path, python: Path) -> Completed:
        """Run one command to its end, its timeout, or the first output that is too large."""
        tree = tree.resolve()
        confinement = self.confinement(tree)
        with self._alone(tree, command, confinement), work_folders() as work:
            for name, text in command.files:
                (work / "gate" / name).write_text(text, encoding="utf-8")
            names = Placeholders(tree=tree, work=work, python=python)
            popen = self._start(command, names, confinement)
            if popen is None:
                return Completed(command, None, trouble="interrupted")
            ended = self._attend(popen, command.timeout)
            return _completed(command, names, ended, network_off=confinement.network_off)

    def stop(self) -> None:
        """Kill everything that runs now and start nothing more; for Ctrl-C."""
        with self._lock:
            self._stopped = True
            for popen in self._running:
                kill(popen)

    def confinement(self, tree: Path) -> Confinement:
        """What this system allows for a tree; tried once per file system."""
        device = tree.stat().st_dev
        with self._lock:
            if device not in self._known:
                self._known[device] = probe(tree) if self._confined else Confinement(False, False)
            return self._known[device]

    @contextmanager
    def _alone(self, tree: Path, command: Command, confinement: Confinement) -> Iterator[None]:
        """Commands that may write into a shared tree take turns; the gate's tools only read."""
        shared = not confinement.private and "{tools}" not in command.argv
        with self._lock:
            lock = self._tree_locks.setdefault(tree, threading.Lock())
        with lock if shared else nullcontext():
            yield

    def _start(
        self, command: Command, names: Placeholders, confinement: Confinement
    ) -> subprocess.Popen[bytes] | None:
        order = {
            "confine": confinement.network_off,
            "parent": os.getpid(),
            "tree": str(names.tree),
            "work": str(names.work),
            "keep": visible(names),
            "argv": [names.expand(word) for word in command.argv],
        }
        env = environment(names, command.env)
        with self._lock:
            if self._stopped:
                return None
            popen = launch(order, cwd=names.tree, env=env)
            self._running.add(popen)
        return popen

    def _attend(self, popen: subprocess.Popen[bytes], timeout: int) -> _Ended:
        sinks = [_Sink(popen, name) for name in ("stdout", "stderr")]
        trouble = ""
        try:
            popen.wait(timeout)
        except subprocess.TimeoutExpired:
            trouble = f"did not end within {timeout} seconds"
        finally:
            kill(popen)
            popen.wait()
            with self._lock:
                self._running.discard(popen)
        for sink in sinks:
            sink.join()
            trouble = trouble or sink.trouble
        if self._stopped:
            trouble = "interrupted"
        return _Ended(None if trouble else popen.returncode, sinks[0].text, sinks[1].text, trouble)


@dataclass(frozen=True)
class _Ended:
    code: int | None
    stdout: bytes
    stderr: bytes
    trouble: str


class _Sink(threading.Thread):
    """Collects one stream, at most LARGEST bytes; more than that ends the process."""

    def __init__(self, popen: subprocess.Popen[bytes], name: str) -> None:
        super().__init__(daemon=True)
        self._popen, self._name = popen, name
        self._chunks: list[bytes] = []
        self.trouble = ""
        self.start()

    def run(self) -> None:
        stream = getattr(self._popen, self._name)
        size = 0
        with stream:
            while chunk := stream.read1(65536):
                size += len(chunk)
                if size > LARGEST:
                    self.trouble = f"more than {LARGEST} bytes on {self._name}"
                    kill(self._popen)
                    return
                self._chunks.append(chunk)

    def join(self, timeout: float | None = GRACE_SECONDS) -> None:
        super().join(timeout)
        if self.is_alive():
            self.trouble = f"{self._name} was kept open by a process that left its group"

    @property
    def text(self) -> bytes:
        return b"".join(self._chunks)


def _completed(
    command: Command, names: Placeholders, ended: _Ended, *, network_off: bool
) -> Completed:
    outputs, trouble = _outputs(command.outputs, names)
    trouble = ended.trouble or trouble
    keep = -_OF_A_FAILURE if trouble else 0
    if ended.code == confine.CANNOT:
        trouble = trouble or "could not be confined: " + ended.stderr.decode("utf-8", "replace")
    return Completed(
        command=command,
        exit_code=None if trouble else ended.code,
        stdout=names.neutral(ended.stdout[keep:]),
        stderr=names.neutral(ended.stderr[keep:]),
        outputs=outputs,
        trouble=trouble.strip(),
        network_off=network_off,
    )


def _outputs(wanted: Sequence[str], names: Placeholders) -> tuple[Mapping[str, bytes], str]:
    found: dict[str, bytes] = {}
    for name in wanted:
        file = names.work / "out" / name
        if file.is_symlink() or not file.is_file():
            continue
        if file.stat().st_size > LARGEST:
            return found, f"{name} has more than {LARGEST} bytes"
        found[name] = names.neutral(file.read_bytes())
    return found, ""
