"""A real repository to work on, and git as a person would type it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from orchestrator.adapters.git.repository import GitRepository
from orchestrator.adapters.publishing.publish import GitPublisher
from orchestrator.core.change.changes import Change, File, plan_changes

Shell = Callable[..., str]


@pytest.fixture(autouse=True)
def plain_git(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody's own configuration plays a part."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    for name in ("GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "EMAIL"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def bare_host(tmp_path: Path) -> Path:
    """A repository without a commit, whose user has a name."""
    root = tmp_path / "host"
    root.mkdir()
    git(root, "init", "-q", "-b", "main")
    git(root, "config", "user.name", "Ann Example")
    git(root, "config", "user.email", "ann@example.org")
    return root


@pytest.fixture
def host(bare_host: Path) -> Path:
    """The same with two files and a script in one commit."""
    (bare_host / "src").mkdir()
    (bare_host / "src/app.py").write_bytes(b"old\n")
    (bare_host / "notes.txt").write_bytes(b"notes\n")
    (bare_host / "run.sh").write_bytes(b"#!/bin/sh\n")
    (bare_host / "run.sh").chmod(0o755)
    git(bare_host, "add", "-A")
    git(bare_host, "commit", "-q", "-m", "base")
    return bare_host


@pytest.fixture
def sh() -> Shell:
    """`sh(folder, "status", "--short")`: git, its output, and an error when it fails."""
    return git


def git(root: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def change() -> Callable[..., tuple[Change, ...]]:
    """`change(host, {"path": b"new" or None})`: the plan that does this to the commit of HEAD."""

    def planned(root: Path, contents: dict[str, bytes | None]) -> tuple[Change, ...]:
        repository = GitRepository(root)
        head = repository.head()
        read = {path: repository.read(head, path) for path in contents}
        existing = {path: file for path, file in read.items() if file is not None}
        proposed = {
            path: None if content is None else File(content, _executable(existing.get(path)))
            for path, content in contents.items()
        }
        return plan_changes(proposed, existing, editable=frozenset(existing))

    return planned


def _executable(file: File | None) -> bool:
    return file is not None and file.executable


@pytest.fixture
def publish(change: Callable[..., tuple[Change, ...]]) -> Callable[..., str]:
    """`publish(host, {...})`: plan and publish in one breath."""

    def published(root: Path, contents: dict[str, bytes | None], **options: str) -> str:
        repository = GitRepository(root)
        planned = change(root, contents)
        message = options.pop("message", "feat: new")
        base = options.pop("base", repository.head())
        return GitPublisher(repository).publish(planned, base=base, message=message, **options)

    return published
