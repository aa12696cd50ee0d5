"""What is known of code: the things that files define, and where a search found them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from orchestrator.core.gate.figure import Figure
from orchestrator.core.place import Place


class Symbol(NamedTuple):
    """A named thing in a file.

    `name` is qualified by the classes and functions around it. `text` is the first line of its
    docstring, or the path of a route. `words` are those of its body, each once, in lower case.
    """

    kind: str
    name: str
    line: int
    text: str = ""
    words: str = ""


class Known(NamedTuple):
    """What a file says: its symbols, the modules it imports, and why it could not be read ("")."""

    symbols: tuple[Symbol, ...] = ()
    imports: tuple[str, ...] = ()
    unread: str = ""


class Candidate(NamedTuple):
    """A symbol that fits a question; `repository` is "" for the one that was asked."""

    symbol: Symbol
    place: Place
    imports: frozenset[str]
    repository: str = ""


@dataclass(frozen=True)
class CodeHit:
    """A symbol that was found: its score is the mean of its parts, each num/den in 0…1."""

    kind: str
    name: str
    text: str
    place: Place
    repository: str
    score: Figure
    parts: tuple[Figure, ...]


@dataclass(frozen=True)
class Unread:
    """A file that cannot be read, and why; the reason follows the path in a sentence."""

    path: str
    because: str


@dataclass(frozen=True)
class Asked:
    """How a repository's code was searched.

    `files` are its Python files, `known` those in the index, `pending` those that hold a word of
    the question and are not in it yet. `problem` says why nothing could be asked, or kept.
    """

    repository: str
    files: int
    known: int
    pending: int = 0
    problem: str = ""


@dataclass(frozen=True)
class IndexState:
    """What the index knows of one repository; `skipped` files lie in folders of other people."""

    repository: str
    files: int
    known: int
    skipped: int
    unread: tuple[Unread, ...] = ()
    problem: str = ""


@dataclass(frozen=True)
class IndexFile:
    """The index itself: its file, the version of its form, its size in bytes with the journal.

    `blobs` and `symbols` count what it knows of all branches. `written` is when (UTC), None where
    nothing was; `problem` says why nothing is kept.
    """

    path: str
    schema: int
    bytes: int
    blobs: int
    symbols: int
    written: datetime | None
    problem: str = ""
