"""A look into the database of a service, and changes behind its back: SQLite and PostgreSQL.

Statements are written so that both understand them: truth values as TRUE and FALSE, JSON as text.
"""

from __future__ import annotations

import json
import sqlite3
import subprocess
from collections.abc import Sequence
from contextlib import closing
from typing import Any, Protocol

from orchestrator.attack.judging.proving import NotPossible
from orchestrator.attack.surroundings.store_servers import found

_PATIENCE = 15
_FILE = "sqlite:///"
_NO_TABLE = "42P01"
"""SQLSTATE `undefined_table` (PostgreSQL, appendix A); messages change with the locale."""
_ROWS = "SELECT coalesce(json_agg(r), '[]') FROM ({query}) r"

Row = tuple[Any, ...]


class NoSuchTable(Exception):
    """The statement names a table that is not there; the text is what the database said."""


class Tables(Protocol):
    """The tables of one database; `?` in a statement stands for the next of the values."""

    def rows(self, query: str, *values: object) -> list[Row]:
        """What a query gives. Raises NoSuchTable."""

    def write(self, statement: str, *values: object) -> None:
        """Carry out a statement and commit. Raises NoSuchTable."""

    def names(self) -> list[str]:
        """The names of all tables."""

    def dump(self) -> str:
        """All that the tables hold, as SQL."""


def tables(url: str) -> Tables:
    """The tables behind a service's database URL. Raises NotPossible for another store."""
    if url.startswith(_FILE):
        return _SQLite(url.removeprefix(_FILE))
    if url.startswith("postgresql"):
        return _PostgreSQL(url.replace("+psycopg", "", 1))
    raise NotPossible("only databases in SQLite and PostgreSQL can be looked into")


class _SQLite:
    def __init__(self, file: str) -> None:
        self._file = file

    def rows(self, query: str, *values: object) -> list[Row]:
        with self._open() as connection:
            return _understood(connection, query, values)

    def write(self, statement: str, *values: object) -> None:
        with self._open() as connection, connection:
            _understood(connection, statement, values)

    def names(self) -> list[str]:
        found = self.rows("SELECT name FROM sqlite_master WHERE type = 'table'")
        return [str(name) for (name,) in found]

    def dump(self) -> str:
        with self._open() as connection:
            return "\n".join(connection.iterdump())

    def _open(self) -> closing[sqlite3.Connection]:
        return closing(sqlite3.connect(self._file, timeout=_PATIENCE))


def _understood(connection: sqlite3.Connection, text: str, values: Sequence[object]) -> list[Row]:
    try:
        return list(connection.execute(text, values))
    except sqlite3.OperationalError as error:
        if "no such table" in str(error):
            raise NoSuchTable(str(error)) from error
        raise


class _PostgreSQL:
    """By `psql` and `pg_dump`, which are where the server is: no driver of ours is needed."""

    def __init__(self, url: str) -> None:
        self._url = url

    def rows(self, query: str, *values: object) -> list[Row]:
        said = self._run(_ROWS.format(query=query), values)
        found: list[Row] = json.loads(said, object_pairs_hook=_values)
        return found

    def write(self, statement: str, *values: object) -> None:
        self._run(statement, values)

    def names(self) -> list[str]:
        found = self.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        return [str(name) for (name,) in found]

    def dump(self) -> str:
        return _said([found("pg_dump"), "--inserts", self._url])

    def _run(self, text: str, values: Sequence[object]) -> str:
        named = [part for i, value in enumerate(values) for part in ("-v", f"value{i}={value}")]
        for i in range(len(values)):
            text = text.replace("?", f":'value{i}'", 1)
        start = [found("psql"), "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"]
        start += ["-v", "VERBOSITY=verbose", *named]
        return _said([*start, self._url], f"SET lock_timeout = '{_PATIENCE}s';\n{text};\n")


def _values(pairs: list[tuple[str, Any]]) -> Row:
    return tuple(value for _, value in pairs)


def _said(words: list[str], stdin: str = "") -> str:
    done = subprocess.run(words, input=stdin, check=False, capture_output=True, text=True)
    if done.returncode == 0:
        return done.stdout
    if _NO_TABLE in done.stderr:
        raise NoSuchTable(done.stderr.strip()[-200:])
    raise RuntimeError(f"{words[0]}: {done.stderr.strip()[-200:]}")
