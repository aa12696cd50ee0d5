"""Scratch trees: complete, faithful, usable by tools, and gone afterwards."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from orchestrator.adapters.files.workspace import workspace
from orchestrator.adapters.git.repository import GitRepository
from orchestrator.adapters.git.scratch import GitScratch
from orchestrator.adapters.publishing.publish import GitPublisher
from orchestrator.core.change.changes import Change
from orchestrator.ports.repository import Scratch

Shell = Callable[..., str]
Planned = Callable[..., tuple[Change, ...]]


def leftovers(host: Path) -> list[str]:
    folders = [host / ".git/orchestrator/scratch", host / ".git/worktrees"]
    return [path.name for folder in folders for path in folder.glob("*")]


def test_it_holds_the_commit_with_the_changes_and_goes(
    host: Path, sh: Shell, change: Planned
) -> None:
    (host / "notes.txt").write_bytes(b"dirty\n")
    (host / "loose.txt").write_bytes(b"loose\n")
    before = sh(host, "--no-optional-locks", "status", "--porcelain")
    changes = change(host, {"src/app.py": b"new\n", "src/more.py": b"more\n", "run.sh": None})
    scratch: Scratch = GitScratch(GitRepository(host))
    with scratch.tree("HEAD", changes) as tree:
        names = {path.relative_to(tree).as_posix() for path in tree.rglob("*") if path.is_file()}
        assert names == {".git", "notes.txt", "src/app.py", "src/more.py"}
        assert (tree / "src/app.py").read_bytes() == b"new\n"
        assert (tree / "notes.txt").read_bytes() == b"notes\n"
        assert sh(tree, "ls-files").split() == ["notes.txt", "src/app.py", "src/more.py"]
        assert sh(tree, "grep", "-n", "more").strip() == "src/more.py:1:more"
        assert sh(tree, "diff-files", "--name-only") == ""
        assert sh(tree, "rev-parse", "HEAD") == sh(host, "rev-parse", "HEAD")
    assert not tree.exists()
    assert leftovers(host) == []
    assert sh(host, "--no-optional-locks", "status", "--porcelain") == before
    assert sh(host, "worktree", "list").count("\n") == 1


def test_two_trees_live_side_by_side(host: Path, change: Planned) -> None:
    scratch = GitScratch(GitRepository(host))
    changes = change(host, {"src/app.py": b"new\n"})
    with scratch.tree("HEAD", ()) as base, scratch.tree("HEAD", changes) as candidate:
        assert (base / "src/app.py").read_bytes() == b"old\n"
        assert (candidate / "src/app.py").read_bytes() == b"new\n"
    assert leftovers(host) == []


def test_with_paths_only_those_are_checked_out(host: Path, sh: Shell, change: Planned) -> None:
    changes = change(host, {"src/more.py": b"more\n"})
    with GitScratch(GitRepository(host)).tree("HEAD", changes, paths=["src"]) as tree:
        assert sorted(path.name for path in tree.iterdir()) == [".git", "src"]
        assert (tree / "src/more.py").exists()
        assert sh(tree, "status", "--porcelain") == "A  src/more.py\n"
    assert "worktreeConfig" not in (host / ".git/config").read_text()


def test_modes_links_line_ends_and_export_ignore_are_as_in_a_checkout(
    host: Path, sh: Shell
) -> None:
    (host / "link").symlink_to("notes.txt")
    (host / ".gitattributes").write_text("notes.txt export-ignore eol=crlf\n")
    sh(host, "add", "-A")
    sh(host, "commit", "-qm", "attributes")
    with GitScratch(GitRepository(host)).tree("HEAD", ()) as tree:
        assert (tree / "link").is_symlink()
        assert (tree / "notes.txt").read_bytes() == b"notes\r\n"
        assert os.access(tree / "run.sh", os.X_OK)


def test_no_hook_runs(host: Path, tmp_path: Path) -> None:
    hook = host / ".git/hooks/post-checkout"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    hook.chmod(0o755)
    with GitScratch(GitRepository(host)).tree("HEAD", ()):
        pass
    assert not (tmp_path / "ran").exists()


def test_what_tools_leave_in_it_goes_too(host: Path) -> None:
    with GitScratch(GitRepository(host)).tree("HEAD", ()) as tree:
        (tree / "locked").mkdir()
        (tree / "locked/file").write_bytes(b"1")
        (tree / "locked").chmod(0o500)
        (tree / "out").symlink_to(host)
    assert leftovers(host) == []
    assert (host / "src/app.py").exists()


def test_it_goes_when_the_block_fails(host: Path) -> None:
    def fail() -> None:
        with GitScratch(GitRepository(host)).tree("HEAD", ()):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert leftovers(host) == []


KILLED = """
import os, signal, sys
from pathlib import Path
from orchestrator.adapters.git.repository import GitRepository
from orchestrator.adapters.git.scratch import GitScratch
with GitScratch(GitRepository(Path(sys.argv[1]))).tree("HEAD", ()):
    os.kill(os.getpid(), signal.SIGKILL)
"""


def killed_run(host: Path) -> None:
    root = Path(__file__).parents[3]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    import sys

    done = subprocess.run([sys.executable, "-c", KILLED, str(host)], env=environment)
    assert done.returncode == -signal.SIGKILL


def test_the_next_start_removes_what_a_killed_run_left_and_nothing_in_use(host: Path) -> None:
    killed_run(host)
    assert len(leftovers(host)) == 3
    repository = GitRepository(host)
    with workspace(repository.git.state) as used:
        assert used.exists()
        with GitScratch(repository).tree("HEAD", ()):
            assert used.exists()
            assert len(leftovers(host)) == 5
    assert leftovers(host) == []


def test_recover_removes_it_as_well(host: Path) -> None:
    killed_run(host)
    assert GitPublisher(GitRepository(host)).recover() is None
    assert leftovers(host) == []
