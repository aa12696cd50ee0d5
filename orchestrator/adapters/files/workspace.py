"""Private folders under the git common directory, removed at the end or by the next start."""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from orchestrator.adapters.files.disk import translated


@contextmanager
def workspace(state: Path) -> Iterator[Path]:
    """A fresh folder `<state>/scratch/<random>/`; `state` is `<common dir>/orchestrator`.

    Its lock lies beside it and is held by this process, so that a folder whose owner died can be
    told from one in use, whatever the process ids say. Leftovers of the dead go first.
    """
    root = state / "scratch"
    with translated("make a scratch folder", root):
        root.mkdir(parents=True, exist_ok=True)
        sweep(state)
        folder, lock = _claimed(root)
    try:
        with translated("make a scratch folder", folder):
            folder.mkdir(mode=0o700)
        yield folder
    finally:
        remove(folder)
        folder.with_suffix(".lock").unlink(missing_ok=True)
        os.close(lock)


def _claimed(root: Path) -> tuple[Path, int]:
    while True:
        folder = root / f"orchestrator-{secrets.token_hex(6)}"
        note = folder.with_suffix(".lock")
        lock = os.open(note, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        # Another start may sweep the note between its making and its locking: then take a new one.
        with suppress(OSError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.path.samestat(note.stat(), os.fstat(lock)):
                return folder, lock
        os.close(lock)


def sweep(state: Path) -> int:
    """Remove the folders of dead owners; returns how many. Those in use stay."""
    swept = 0
    for lock in sorted((state / "scratch").glob("orchestrator-*.lock")):
        swept += _sweep_one(lock)
    return swept


def _sweep_one(lock: Path) -> int:
    try:
        handle = os.open(lock, os.O_RDWR)
    except OSError:
        return 0
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        remove(lock.with_suffix(""))
        lock.unlink(missing_ok=True)
    except OSError:
        return 0
    finally:
        os.close(handle)
    return 1


def remove(folder: Path) -> None:
    """Remove a folder of ours and, if a git work tree is inside, git's note of it. Read-only
    folders that a test left in it are opened first; nothing is followed out of it."""
    for link in (folder / ".git", *folder.glob("*/.git")):
        with suppress(OSError, UnicodeDecodeError):
            named = link.read_text("utf-8").removeprefix("gitdir:").strip()
            note = (link.parent / named).resolve()
            if note.parent.name == "worktrees" and (note / "gitdir").is_file():
                shutil.rmtree(note, ignore_errors=True)
    shutil.rmtree(folder, onerror=_open_and_retry)


def _open_and_retry(function: Callable[[str], object], path: str, error: object) -> None:
    del error
    with suppress(OSError):
        parent = Path(path).parent
        for blocked in (parent, Path(path)):
            if blocked.is_dir() and not blocked.is_symlink():
                blocked.chmod(stat.S_IRWXU)
        if Path(path).is_dir() and not Path(path).is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            function(path)
