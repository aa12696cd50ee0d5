"""Private temporary folders that go when their owner dies, at the latest with the next start."""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

_PREFIX = "orchestrator-"
_SUFFIX = ".tmp"


@contextmanager
def temporary(purpose: str) -> Iterator[Path]:
    """A fresh folder in the system's place for temporary files, resolved.

    Its owner holds a lock on it as long as it lives, so that what a killed run left can be told
    from what is in use.
    """
    _swept(tempfile.gettempdir())
    name = f"{_PREFIX}{purpose}-{secrets.token_hex(16)}{_SUFFIX}"
    folder, handle = Path(tempfile.gettempdir(), name), None
    try:
        while handle is None:
            handle = _claimed(folder)
        yield folder.resolve()
    finally:
        # An interrupt may come in the middle of the removal: it waits until the folder is gone.
        try:
            shutil.rmtree(folder, ignore_errors=True)
        except KeyboardInterrupt:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        finally:
            if handle is not None:
                os.close(handle)


@contextmanager
def borrowed(folder: Path) -> Iterator[None]:
    """Inside the block, what a library makes with `tempfile` lies in this folder and goes with it.

    For the whole process: not for blocks that run side by side.
    """
    before, tempfile.tempdir = tempfile.tempdir, str(folder)
    try:
        yield
    finally:
        tempfile.tempdir = before


def _claimed(folder: Path) -> int | None:
    """Make and lock the folder; None if another start swept it between the two."""
    folder.mkdir(0o700, exist_ok=True)
    with suppress(FileNotFoundError):
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        if _locked(handle) and folder.is_dir():
            return handle
        os.close(handle)
    return None


def _locked(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


@cache
def _swept(place: str) -> None:
    """Remove what the dead left; once in the life of a process."""
    for folder in Path(place).glob(f"{_PREFIX}*{_SUFFIX}"):
        with suppress(OSError):
            handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
            try:
                if os.fstat(handle).st_uid == os.geteuid() and _locked(handle):
                    shutil.rmtree(folder, ignore_errors=True)
            finally:
                os.close(handle)
