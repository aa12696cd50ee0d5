"""The touched entries of the user's git index brought up to a commit; other entries stay."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from orchestrator.adapters.files.disk import NO_LINKS, flush, flush_file
from orchestrator.adapters.git.commands import Git
from orchestrator.adapters.publishing.journal import Step
from orchestrator.core.errors import CannotAnswer

_PATIENCE_SECONDS = 5.0


def refresh(git: Git, private: Path, steps: Sequence[Step]) -> None:
    """Set the entries of these steps that are still as before, and all time stamps.

    The new index is made as the file `private` and takes git's own lock by a hard link, so a lock
    that a killed run left can be told from another git's by its inode. Idempotent. Raises
    CannotAnswer when another git holds the lock for long.
    """
    index, lock = git.git_dir / "index", git.git_dir / "index.lock"
    drop_own_lock(git, private)
    patience = time.monotonic() + _PATIENCE_SECONDS
    while True:
        found = _signature(index)
        _prepare(git, index, private, steps)
        _take(private, lock, patience)
        if found == _signature(index):
            break
        lock.unlink()
    lock.rename(index)
    private.unlink()
    flush(git.git_dir)


def drop_own_lock(git: Git, private: Path) -> None:
    """Remove an index lock that a killed run of ours left."""
    lock = git.git_dir / "index.lock"
    with suppress(FileNotFoundError):
        if private.samefile(lock) or private.read_bytes() == lock.read_bytes():
            lock.unlink()


def locked(git: Git) -> bool:
    """Whether another git command is changing the index, after some patience."""
    patience = time.monotonic() + _PATIENCE_SECONDS
    while (git.git_dir / "index.lock").exists():
        if time.monotonic() > patience:
            return True
        time.sleep(0.02)
    return False


def _signature(index: Path) -> tuple[int, int, int]:
    found = index.stat()
    return found.st_ino, found.st_size, found.st_mtime_ns


def _prepare(git: Git, index: Path, private: Path, steps: Sequence[Step]) -> None:
    for waste in (private, private.with_name(f"{private.name}.lock")):
        waste.unlink(missing_ok=True)
    # With its time: git compares it with those of the files to find edits within one clock tick.
    shutil.copy2(index, private)
    environment = {"GIT_INDEX_FILE": str(private)}
    lines = _lines(git, environment, steps)
    if lines:
        listing = os.fsencode("".join(lines))
        git.run("update-index", "-z", "--index-info", stdin=listing, environment=environment)
    git.run("update-index", "-q", "--refresh", environment=environment, accept=(0, 1))
    flush_file(private)


def _lines(git: Git, environment: dict[str, str], steps: Sequence[Step]) -> list[str]:
    if not steps:
        return []
    paths = [step.path for step in steps]
    _, out = git.run("ls-files", "-z", "--stage", "--", *paths, environment=environment)
    now: dict[str, str] = {}
    for line in filter(None, out.split(b"\0")):
        head, _, name = line.partition(b"\t")
        now[os.fsdecode(name)] = os.fsdecode(head).removesuffix(" 0")
    return [
        f"{step.entry_after or f'0 {git.zero}'}\t{step.path}\0"
        for step in steps
        if now.get(step.path) == step.entry_before
    ]


def _lock_with(private: Path, lock: Path) -> None:
    try:
        lock.hardlink_to(private)
    except OSError as error:
        if error.errno not in NO_LINKS:
            raise
        lock.touch(exist_ok=False)
        shutil.copy2(private, lock)


def _take(private: Path, lock: Path, patience: float) -> None:
    while True:
        try:
            _lock_with(private, lock)
        except FileExistsError as error:
            if time.monotonic() > patience:
                raise CannotAnswer(
                    f"another git command holds {lock}",
                    remedy="let it end (or remove that file if none runs),"
                    " then `orchestrator recover`",
                ) from error
            time.sleep(0.02)
        else:
            return
