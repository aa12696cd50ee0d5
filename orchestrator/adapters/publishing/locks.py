"""Locks that the kernel releases on death; the note beside each names its holder, no more."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from orchestrator.adapters.files.disk import cannot
from orchestrator.adapters.git.repository import GitRepository
from orchestrator.core.errors import CannotAnswer


class FileLocks:
    """One lock per story in `<common dir>/orchestrator/locks/`, shared by linked work trees."""

    def __init__(self, repository: GitRepository) -> None:
        self._state = repository.git.state

    @contextmanager
    def hold(self, story: str) -> Iterator[None]:
        place = self._state / "locks" / f"{quote(story, safe='')[:200]}.lock"
        with held(place, f"story {story}", seconds=0):
            yield


@contextmanager
def held(place: Path, what: str, *, seconds: float) -> Iterator[None]:
    """Hold the lock file `place` inside the block; wait for it at most so long.

    Raises CannotAnswer naming the holder. Threads and processes exclude each other alike.
    """
    from filelock import FileLock, Timeout

    note = place.with_suffix(".holder")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        # A soft lock outlives a killed process, so it is no substitute where flock is missing.
        lock = FileLock(place, fallback_to_soft=False, preserve_lock_file=True, thread_local=False)
        lock.acquire(timeout=seconds, poll_interval=0.02)
    except Timeout as error:
        remedy = "wait until that run has ended, or end it"
        raise CannotAnswer(f"{what} is in use by {_holder(note)}", remedy=remedy) from error
    except OSError as error:
        raise cannot("lock", place, error) from error
    try:
        _write_note(note)
        yield
    finally:
        with suppress(OSError):
            note.unlink(missing_ok=True)
        lock.release()


def _write_note(note: Path) -> None:
    since = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    facts = {"pid": os.getpid(), "host": socket.gethostname(), "since": since}
    with suppress(OSError):
        note.write_text(json.dumps(facts), "utf-8")


def _holder(note: Path) -> str:
    try:
        facts = json.loads(note.read_text("utf-8"))
        return f"process {facts['pid']} on {facts['host']} since {facts['since']}"
    except (OSError, ValueError, KeyError, TypeError):
        return "another process"
