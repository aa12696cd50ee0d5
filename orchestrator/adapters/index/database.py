"""The index as a SQLite file: opened, made new when it is broken or of another version."""

from __future__ import annotations

import fcntl
import os
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from orchestrator.adapters.files.disk import reason

SCHEMA = 1
_VERSION = SCHEMA * 1000 + sys.version_info.minor  # another Python may read other files
_PATIENCE = 20.0  # seconds to wait for another process that writes
_TABLES = """
CREATE TABLE blob (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, imports TEXT NOT NULL, unread TEXT NOT NULL
);
CREATE TABLE symbol (
  id INTEGER PRIMARY KEY, blob INTEGER NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL,
  line INTEGER NOT NULL, text TEXT NOT NULL, words TEXT NOT NULL
);
CREATE TABLE memo (what TEXT PRIMARY KEY, key TEXT NOT NULL, text TEXT NOT NULL);
CREATE TABLE covered (tree TEXT PRIMARY KEY, files INTEGER NOT NULL) WITHOUT ROWID;
CREATE VIRTUAL TABLE lookup USING fts5(
  name, text, words, content='', tokenize='unicode61 remove_diacritics 0'
);
"""
_SETTINGS = ("synchronous=NORMAL", "secure_delete=OFF", "cache_size=-32000")
# Busy, locked, read-only, an error of the disk, a full one, or a file that cannot be opened.
_NOT_NOW = frozenset({5, 6, 8, 10, 13, 14})
T = TypeVar("T")


class Database:
    """One connection, for the length of an attempt; between two of them nothing is held.

    Where the file cannot be used it lives in memory for that long: `problem` says why.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / "index.sqlite"
        self.problem = ""
        self._connection: sqlite3.Connection | None = None

    def attempt(self, work: Callable[[], T]) -> T:
        """Do something with the connection; once more with a new file when the old one is broken,
        or in memory when it cannot be used. What is done may be done twice."""
        try:
            return work()
        except sqlite3.DatabaseError as error:
            self._give_up(error)
        finally:
            self.close()
        try:
            return work()
        finally:
            self.close()

    @property
    def connection(self) -> sqlite3.Connection:
        """The connection, made at its first use."""
        if self._connection is None:
            self._connection = _made(_connected(":memory:")) if self.problem else self._opened()
        return self._connection

    def size(self) -> int:
        """Bytes on disk, with the journal."""
        return sum(one.stat().st_size for one in _files(self.path) if one.is_file())

    def written(self) -> datetime | None:
        """When something was last written (UTC); None while there is no file."""
        times = [one.stat().st_mtime for one in _files(self.path)[:2] if one.is_file()]
        return datetime.fromtimestamp(max(times), UTC) if times else None

    def close(self) -> None:
        """Give the file back."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def remove(self) -> None:
        """Forget everything; another process that works with the old file loses nothing else."""
        self.close()
        with suppress(OSError), _alone(self.path):
            _remove(self.path)

    def _opened(self) -> sqlite3.Connection:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            return self._current()
        except OSError as error:
            self.problem = reason(error)
            return self.connection

    def _give_up(self, error: sqlite3.DatabaseError) -> None:
        """Forget a broken file; leave one alone that is only not to be had now."""
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in _NOT_NOW:
            self.problem = str(error)
        else:
            self.remove()

    def _current(self) -> sqlite3.Connection:
        """The file, made when it is absent, made new when it is of another version."""
        connection = _connected(str(self.path))
        if _version(connection) == _VERSION:
            return connection
        connection.close()
        with _alone(self.path):
            connection = _connected(str(self.path))
            if _version(connection) not in (0, _VERSION):
                connection.close()
                _remove(self.path)
                connection = _connected(str(self.path))
            return _made(connection)


@contextmanager
def writing(connection: sqlite3.Connection) -> Iterator[None]:
    """One transaction: all of the block is kept, or nothing."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _connected(place: str) -> sqlite3.Connection:
    connection = sqlite3.connect(place, timeout=_PATIENCE, isolation_level=None)
    for setting in _SETTINGS:
        connection.execute(f"PRAGMA {setting}")
    return connection


def _version(connection: sqlite3.Connection) -> int:
    found: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return found


def _made(connection: sqlite3.Connection) -> sqlite3.Connection:
    if _version(connection) != _VERSION:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.executescript(f"BEGIN;{_TABLES}PRAGMA user_version={_VERSION};COMMIT;")
    return connection


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """No other process replaces the file during the block; the kernel ends it on death."""
    handle = os.open(path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _remove(path: Path) -> None:
    for one in reversed(_files(path)):
        one.unlink(missing_ok=True)


def _files(path: Path) -> tuple[Path, ...]:
    return path, Path(f"{path}-wal"), Path(f"{path}-shm")
