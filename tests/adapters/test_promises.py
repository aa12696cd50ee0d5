"""What a run promises to do with `.env` once its commit is there."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from orchestrator.adapters.files.dotenv import DotEnv
from orchestrator.adapters.git.repository import GitRepository

ENTRY = ".orchestrator/log/A-001/000001-0123456789abcdef.json"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org")
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    commit = ("commit", "-q", "--allow-empty", "-m", "first")
    subprocess.run(["git", *who, *commit], cwd=tmp_path, check=True)
    return tmp_path


def land(root: Path) -> None:
    (root / ENTRY).parent.mkdir(parents=True)
    (root / ENTRY).write_text("{}")
    who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org")
    subprocess.run(["git", "add", ".orchestrator"], cwd=root, check=True)
    subprocess.run(["git", *who, "commit", "-qm", "landed"], cwd=root, check=True)


def test_a_promise_is_kept_when_its_entry_is_there_and_not_before(root: Path) -> None:
    (root / ".env").write_text("A=1\n")
    secrets = DotEnv(root, GitRepository(root))
    secrets.promise(["A"], ENTRY)
    assert secrets.keep_promises().moved_to == ""
    assert (root / ".env").exists()
    land(root)
    again = DotEnv(root, GitRepository(root))
    assert again.keep_promises().moved_to != ""
    assert not (root / ".env").exists()
    assert again.keep_promises().moved_to == ""


def test_another_work_tree_promised_nothing(
    root: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    DotEnv(root, GitRepository(root)).promise(["A"], ENTRY)
    land(root)
    other = tmp_path_factory.mktemp("linked") / "tree"
    subprocess.run(["git", "worktree", "add", "-q", other], cwd=root, check=True)
    (other / ".env").write_text("A=1\n")
    assert DotEnv(other, GitRepository(other)).keep_promises().moved_to == ""
    assert (other / ".env").exists()


@pytest.mark.parametrize("content", ["", "[" * 100_000, '{"entry": 5, "names": 7}', "{}", None])
def test_a_note_that_cannot_be_read_promises_nothing(root: Path, content: str | None) -> None:
    (root / ".env").write_text("A=1\n")
    secrets = DotEnv(root, GitRepository(root))
    secrets.promise(["A"], ENTRY)
    (note,) = (one for one in (root / ".git/orchestrator/retiring").rglob("*") if one.is_file())
    note.unlink()
    if content is None:
        os.mkfifo(note)
    else:
        note.write_text(content)
    land(root)
    assert secrets.keep_promises().moved_to == ""
    assert (root / ".env").exists()


def test_nobody_waits_for_a_dot_env_that_is_a_pipe(root: Path) -> None:
    os.mkfifo(root / ".env")
    secrets = DotEnv(root, GitRepository(root))
    assert secrets.others(["A"])
    assert "by hand" in secrets.retire(["A"]).because
    assert "by hand" in secrets.provide({"A": 32}).because
