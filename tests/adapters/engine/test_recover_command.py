"""`orchestrator recover` as a user runs it, after a real death."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[3]
DIES = """
import os, signal, sys
from pathlib import Path
from orchestrator.adapters.publishing.placement import Placement
from orchestrator.adapters.publishing.publish import GitPublisher
from orchestrator.adapters.git.repository import GitRepository
from orchestrator.core.change.changes import Change, File
advance = Placement._advance
def dying(self, step):
    advance(self, step)
    os.kill(os.getpid(), signal.SIGKILL)
Placement._advance = dying
repository = GitRepository(Path(sys.argv[1]))
changes = tuple(Change(path, "create", None, File(b"1")) for path in ("new/a", "new/b"))
GitPublisher(repository).publish(changes, base=repository.head(), message="feat: new")
"""


def python(host: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=host, env=environment, capture_output=True, text=True)


def recover(host: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return python(host, "-m", "orchestrator", "recover", *options)


def test_it_finishes_once_and_then_says_that_nothing_is_left(
    host: Path, sh: Callable[..., str]
) -> None:
    assert python(host, "-c", DIES, str(host)).returncode == -signal.SIGKILL
    done = recover(host)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("finished an interrupted publish of 2 files as ")
    assert sh(host, "status", "--porcelain") == ""
    again = recover(host, "--json")
    assert again.returncode == 0
    document = json.loads(again.stdout)
    assert document["kind"] == "recover"
    assert document["acted"] is False


def test_a_conflict_is_named_with_code_4(host: Path) -> None:
    python(host, "-c", DIES, str(host))
    (host / "new/b").write_bytes(b"mine")
    done = recover(host)
    assert done.returncode == 4
    assert "CONFLICT: new/b" in done.stderr
    assert "try:" in done.stderr
    assert "Traceback" not in done.stderr
    assert (host / "new/b").read_bytes() == b"mine"


def test_outside_a_repository_it_says_so(tmp_path: Path) -> None:
    done = recover(tmp_path)
    assert done.returncode == 4
    assert "git repository" in done.stderr
