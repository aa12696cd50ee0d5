"""Start a command behind the launcher, end it with all that it started, and try what works here."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from orchestrator.adapters.files.temporary import temporary
from orchestrator.adapters.running import confine

GRACE_SECONDS = 2
_PROBE_SECONDS = 20


@dataclass(frozen=True)
class Confinement:
    """What the operating system allows here.

    `network_off`: commands see the loopback only, and write nowhere but in their own folders.
    `private`: each command has its own view of the tree, so two may run in one tree at once.
    """

    network_off: bool
    private: bool


def launch(
    order: Mapping[str, object], *, cwd: Path, env: Mapping[str, str]
) -> subprocess.Popen[bytes]:
    """Start the launcher with its order, in a session of its own, with both streams as pipes."""
    return subprocess.Popen(
        [sys.executable, "-I", "-S", confine.__file__, json.dumps(order)],
        cwd=cwd,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def probe(tree: Path) -> Confinement:
    """What this system allows for a tree, by trying it."""
    nothing = Confinement(network_off=False, private=False)
    if not sys.platform.startswith("linux"):
        return nothing
    with work_folders() as work:
        order = {
            "confine": True,
            "probe": True,
            "parent": os.getpid(),
            "tree": str(tree),
            "work": str(work),
            "keep": [],
            "argv": [],
        }
        popen = launch(order, cwd=tree, env={})
        try:
            text, _ = popen.communicate(timeout=_PROBE_SECONDS)
        except subprocess.TimeoutExpired:
            kill(popen)
            return nothing
    if popen.returncode != 0:
        return nothing
    return Confinement(network_off=True, private=bool(json.loads(text)["private"]))


@contextmanager
def work_folders() -> Iterator[Path]:
    """A temporary folder with the five that every command has; it goes with the block."""
    with temporary("run") as work:
        for name in ("gate", "out", "home", "tmp", "view"):
            (work / name).mkdir()
        yield work


def kill(popen: subprocess.Popen[bytes]) -> None:
    """End a command and all it started: the launcher takes its family along on SIGTERM."""
    if popen.poll() is None:
        popen.terminate()
        deadline = time.monotonic() + GRACE_SECONDS
        while popen.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
    try:
        os.killpg(popen.pid, 9)
    except (ProcessLookupError, PermissionError):
        return
