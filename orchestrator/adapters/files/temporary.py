"""Private temporary folders that go when their owner dies, at the latest with the next start."""

from __future__ import annotations

import fcntl
import os
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
    folder, handle = _claimed(purpose)
    try:
        yield folder.resolve()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
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


def _claimed(purpose: str) -> tuple[Path, int]:
    while True:
        folder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{purpose}-", suffix=_SUFFIX))
        # Another start may sweep the folder between its making and its locking: take a new one.
        with suppress(FileNotFoundError):
            handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            if _locked(handle) and folder.is_dir():
                return folder, handle
            os.close(handle)


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
