"""What the index keeps of each blob, by its name in git; a blob is written once or not at all."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator

from orchestrator.adapters.index.database import writing
from orchestrator.core.search.code import Known, Symbol
from orchestrator.core.search.query import spaced

Row = tuple[int, str, Symbol, str]
"""Its number, the blob, a symbol in it, and the modules that it imports, each on a line."""

_SYMBOL = (
    "SELECT blob.name, blob.imports, kind, symbol.name, line, text, words"
    " FROM symbol JOIN blob ON blob.id = symbol.blob WHERE symbol.id = ?"
)


def keep(connection: sqlite3.Connection, found: Iterable[tuple[str, Known]]) -> None:
    """Add what blobs say; one that somebody else has added meanwhile stays as it is."""
    with writing(connection):
        free = connection.execute("SELECT coalesce(max(id), 0) + 1 FROM symbol").fetchone()[0]
        for name, known in found:
            imports = "\n".join(known.imports)
            done = connection.execute(
                "INSERT OR IGNORE INTO blob (name, imports, unread) VALUES (?, ?, ?)",
                (name, imports, known.unread),
            )
            if done.rowcount:
                _keep_symbols(connection, done.lastrowid or 0, known.symbols, free)
                free += len(known.symbols)


def _keep_symbols(
    connection: sqlite3.Connection, blob: int, symbols: tuple[Symbol, ...], first: int
) -> None:
    names = spaced("\n".join([symbol.name for symbol in symbols])).split("\n")
    connection.executemany(
        "INSERT INTO symbol VALUES (?, ?, ?, ?, ?, ?, ?)",
        [(number, blob, *symbol) for number, symbol in enumerate(symbols, first)],
    )
    connection.executemany(
        "INSERT INTO lookup (rowid, name, text, words) VALUES (?, ?, ?, ?)",
        [
            (number, name, symbol.text, symbol.words)
            for number, (name, symbol) in enumerate(zip(names, symbols, strict=False), first)
        ],
    )


def missing(connection: sqlite3.Connection, blobs: Iterable[str]) -> tuple[str, ...]:
    """Those of the blobs that are not in the index, in their order."""
    known = {name for (name,) in connection.execute("SELECT name FROM blob")}
    return tuple(name for name in dict.fromkeys(blobs) if name not in known)


def covered(connection: sqlite3.Connection, tree: str) -> int | None:
    """How many files a tree has, if every one of them was seen to be in the index."""
    found = connection.execute("SELECT files FROM covered WHERE tree = ?", (tree,)).fetchone()
    return None if found is None else int(found[0])


def cover(connection: sqlite3.Connection, tree: str, files: int) -> None:
    """Note that every file of a tree is in the index, and how many they are."""
    with writing(connection):
        connection.execute("INSERT OR IGNORE INTO covered VALUES (?, ?)", (tree, files))


def unread(connection: sqlite3.Connection) -> dict[str, str]:
    """The blobs that cannot be read, each with the reason."""
    return dict(connection.execute("SELECT name, unread FROM blob WHERE unread != ''"))


def counted(connection: sqlite3.Connection) -> tuple[int, int]:
    """How many blobs and how many symbols there are, of all branches."""
    blobs = connection.execute("SELECT count(*) FROM blob").fetchone()[0]
    return blobs, connection.execute("SELECT count(*) FROM symbol").fetchone()[0]


def fitting(connection: sqlite3.Connection, expression: str) -> Iterator[Row]:
    """The symbols that an expression of FTS5 fits, best first."""
    ranked = connection.execute(
        "SELECT rowid FROM lookup WHERE lookup MATCH ? ORDER BY bm25(lookup, 3, 2, 1)",
        (expression,),
    )
    for (number,) in ranked:
        row = connection.execute(_SYMBOL, (number,)).fetchone()
        yield number, row[0], Symbol(*row[2:]), row[1]


def memo(connection: sqlite3.Connection, what: str, key: str) -> str | None:
    """The text that was kept under a name, if it was made for this key."""
    found = connection.execute(
        "SELECT text FROM memo WHERE what = ? AND key = ?", (what, key)
    ).fetchone()
    return None if found is None else str(found[0])


def keep_memo(connection: sqlite3.Connection, what: str, key: str, text: str) -> None:
    """Keep a text under a name, in place of an older one."""
    with writing(connection):
        connection.execute("INSERT OR REPLACE INTO memo VALUES (?, ?, ?)", (what, key, text))
