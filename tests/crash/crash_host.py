"""A small host repository, a change that has every kind in it, and what a run left of them."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from orchestrator.adapters.git.repository import GitRepository
from orchestrator.adapters.publishing.publish import GitPublisher
from orchestrator.core.change.changes import Change, File, plan_changes

BEFORE = {
    "app/main.py": File(b"print('old')\n"),
    "app/old/gone.py": File(b"gone\n"),
    "run.sh": File(b"#!/bin/sh\n"),
    "keep.txt": File(b"keep\n"),
}
AFTER = {
    "app/main.py": File(b"print('new')\n"),
    "app/old/gone.py": None,
    "app/auth/deep/token.py": File(b"token\n"),
    "app/auth/__init__.py": File(b""),
    "tests/run_it.sh": File(b"#!/bin/sh\nexit 0\n", executable=True),
    "run.sh": File(b"#!/bin/sh\n", executable=True),
}
_IN_GIT = ("objects/", "logs/", "orchestrator/locks/", "COMMIT_EDITMSG")


def git(root: Path, *arguments: str) -> str:
    settings = ("--no-optional-locks", "-c", "core.hooksPath=/dev/null")
    command = ["git", *settings, *arguments]
    done = subprocess.run(command, cwd=root, check=True, capture_output=True, text=True)
    return done.stdout


def make(root: Path) -> Path:
    """A repository with one commit and its own identity, that no configuration of the user's
    changes."""
    root.mkdir(parents=True)
    git(root, "init", "-q", "-b", "main")
    for key, value in (("user.name", "Ann"), ("user.email", "ann@example.org")):
        git(root, "config", key, value)
    git(root, "config", "commit.gpgsign", "false")
    for path, file in BEFORE.items():
        if file is not None:
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(file.content)
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "base")
    return root


def copy(template: Path, root: Path) -> Path:
    shutil.copytree(template, root, symlinks=True)
    git(root, "update-index", "-q", "--refresh")
    return root


def changes() -> tuple[Change, ...]:
    existing = {path: file for path, file in BEFORE.items() if path in AFTER}
    return plan_changes(AFTER, existing, editable=frozenset(existing))


def publish(root: Path) -> str:
    repository = GitRepository(root)
    base = repository.head()
    return GitPublisher(repository).publish(changes(), base=base, message="feat: new\n\nWhy.\n")


def recover(root: Path) -> str | None:
    return GitPublisher(GitRepository(root)).recover()


def interrupted(root: Path) -> str | None:
    return GitPublisher(GitRepository(root)).interrupted()


def picture(root: Path) -> dict[str, Any]:
    """All that a user could see: files with content and mode, commit, index, status, leftovers."""
    files = {}
    subjects = git(root, "log", "--format=%s").splitlines()
    for folder, folders, names in os.walk(root):
        if ".git" in folders:
            folders.remove(".git")
        for name in names:
            file = Path(folder, name)
            digest = hashlib.sha256(file.read_bytes()).hexdigest()[:12]
            files[file.relative_to(root).as_posix()] = f"{digest} {file.stat().st_mode & 0o777:o}"
        if not folders and not names:
            files[Path(folder).relative_to(root).as_posix() + "/"] = "an empty folder"
    return {
        "files": files,
        "subject": subjects[0],
        "commits": len(subjects),
        "branch": (root / ".git/HEAD").read_text().strip(),
        "index": git(root, "ls-files", "--stage"),
        "unclean": git(root, "status", "--porcelain", "--untracked-files=all", "--ignored"),
        "differing": git(root, "diff-files", "--name-only"),
        "leftovers": _leftovers(root / ".git"),
    }


def _leftovers(folder: Path) -> list[str]:
    """Files in git's folder that are neither git's own data nor our lock file."""
    known = ("HEAD", "config", "description", "index", "packed-refs", "refs/heads/main")
    found = (file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file())
    return sorted(
        name
        for name in found
        if name not in known and not name.startswith((*_IN_GIT, "hooks/", "info/"))
    )


def traces(root: Path) -> dict[str, tuple[int, int, int]]:
    """Every path with inode, size and time of change: shows any writing at all."""
    found = {}
    for path in (root, *root.rglob("*")):
        status = path.lstat()
        found[str(path)] = (status.st_ino, status.st_size, status.st_mtime_ns)
    return found
