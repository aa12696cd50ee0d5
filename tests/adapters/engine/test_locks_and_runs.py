"""Locks that name their holder and die with it; attempts that are whole or absent."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from orchestrator.adapters.git.repository import GitRepository
from orchestrator.adapters.publishing.locks import FileLocks
from orchestrator.adapters.publishing.runs import FileRuns
from orchestrator.core.errors import CannotAnswer
from orchestrator.ports.keeping import Runs
from orchestrator.ports.repository import Locks

Shell = Callable[..., str]
HOLDER = """
import os, sys
from pathlib import Path
from orchestrator.adapters.publishing.locks import FileLocks
from orchestrator.adapters.git.repository import GitRepository
with FileLocks(GitRepository(Path(sys.argv[1]))).hold(sys.argv[2]):
    print("held", flush=True)
    sys.stdin.read()
"""


def holder(host: Path, story: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(host), story],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_a_second_run_on_a_story_is_refused_and_told_who_holds_it(host: Path) -> None:
    locks: Locks = FileLocks(GitRepository(host))
    with holder(host, "S-1") as other:
        words = f"story S-1 .* process {other.pid} on "
        with pytest.raises(CannotAnswer, match=words) as error, locks.hold("S-1"):
            pass
        assert error.value.code == 4
        assert error.value.remedy
        with locks.hold("S-2"):
            pass
        other.communicate("")
    with locks.hold("S-1"):
        pass


def test_a_killed_holder_holds_nothing(host: Path) -> None:
    with holder(host, "S-1") as other:
        other.send_signal(signal.SIGKILL)
        other.communicate()
    with FileLocks(GitRepository(host)).hold("S-1"):
        pass


def test_linked_work_trees_share_the_lock(host: Path, tmp_path: Path, sh: Shell) -> None:
    sh(host, "worktree", "add", "-q", "-b", "other", str(tmp_path / "linked"))
    inner = FileLocks(GitRepository(tmp_path / "linked"))
    with FileLocks(GitRepository(host)).hold("S-1"):
        with pytest.raises(CannotAnswer, match="in use"), inner.hold("S-1"):
            pass
        with inner.hold("S-2"):
            pass


@pytest.mark.parametrize("story", ["../../x", "a/b", "é", "x" * 300, ".", "publish/repository"])
def test_a_story_of_any_name_locks_inside_its_folder(host: Path, story: str) -> None:
    with FileLocks(GitRepository(host)).hold(story):
        assert len(list((host / ".git/orchestrator/locks").glob("*.lock"))) == 1
    assert not (host / ".git/x.lock").exists()


def test_an_attempt_is_kept_whole_and_listed_oldest_first(host: Path) -> None:
    runs: Runs = FileRuns(GitRepository(host).common_dir)
    first = runs.keep("S-1", {"report.txt": b"closed\n", "evidence/a/b": b"\x00"})
    second = runs.keep("S-1", {})
    other = runs.keep("S/2", {"x": b"1"})
    assert runs.all("S-1") == (
        (first, {"report.txt": b"closed\n", "evidence/a/b": b"\x00"}),
        (second, {}),
    )
    assert [name for name, _ in runs.all(None)] == [first, second, other]
    assert other.startswith("S/2/")
    assert runs.all("S-3") == ()


def test_an_attempt_cannot_reach_out_of_its_folder(host: Path) -> None:
    with pytest.raises(CannotAnswer, match="cannot hold"):
        FileRuns(GitRepository(host).common_dir).keep("S-1", {"../x": b"1"})
    assert FileRuns(GitRepository(host).common_dir).all(None) == ()
