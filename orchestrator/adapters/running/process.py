"""Run the gate's commands: limits, clean environment, confinement; judges no output."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from orchestrator.adapters.files.temporary import temporary
from orchestrator.adapters.running import confine
from orchestrator.adapters.running.placeholders import Placeholders
from orchestrator.adapters.running.surroundings import environment, visible
from orchestrator.core.check import Command, Completed

LARGEST = 5 * 1024 * 1024
_OF_A_FAILURE = 64 * 1024
_PROBE_SECONDS = 20
_GRACE_SECONDS = 2


@dataclass(frozen=True)
class Confinement:
    """What the operating system allows here.

    `network_off`: commands see the loopback only, and write nowhere but in their own folders.
    `private`: each command has its own view of the tree, so two may run in one tree at once.
    """

    network_off: bool
    private: bool


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
        with self._alone(tree, command, confinement), _work() as work:
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
                _kill(popen)

    def confinement(self, tree: Path) -> Confinement:
        """What this system allows for a tree; tried once per file system."""
        device = tree.stat().st_dev
        with self._lock:
            if device not in self._known:
                self._known[device] = _probe(tree) if self._confined else Confinement(False, False)
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
            popen = _launch(order, cwd=names.tree, env=env)
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
            _kill(popen)
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
                    _kill(self._popen)
                    return
                self._chunks.append(chunk)

    def join(self, timeout: float | None = _GRACE_SECONDS) -> None:
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


def _launch(
    order: Mapping[str, object], *, cwd: Path, env: Mapping[str, str]
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-I", "-S", confine.__file__, json.dumps(order)],
        cwd=cwd,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def _probe(tree: Path) -> Confinement:
    nothing = Confinement(network_off=False, private=False)
    if not sys.platform.startswith("linux"):
        return nothing
    with _work() as work:
        order = {
            "confine": True,
            "probe": True,
            "parent": os.getpid(),
            "tree": str(tree),
            "work": str(work),
            "keep": [],
            "argv": [],
        }
        popen = _launch(order, cwd=tree, env={})
        try:
            text, _ = popen.communicate(timeout=_PROBE_SECONDS)
        except subprocess.TimeoutExpired:
            _kill(popen)
            return nothing
    if popen.returncode != 0:
        return nothing
    return Confinement(network_off=True, private=bool(json.loads(text)["private"]))


@contextmanager
def _work() -> Iterator[Path]:
    with temporary("run") as work:
        for name in ("gate", "out", "home", "tmp", "view"):
            (work / name).mkdir()
        yield work


def _kill(popen: subprocess.Popen[bytes]) -> None:
    """End a command and all it started: the launcher takes its family along on SIGTERM."""
    if popen.poll() is None:
        popen.terminate()
        deadline = time.monotonic() + _GRACE_SECONDS
        while popen.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
    try:
        os.killpg(popen.pid, 9)
    except (ProcessLookupError, PermissionError):
        return
