"""The Index port: knows the committed code of this repository and of those it may learn from."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from orchestrator.adapters.git.reading import Committed
from orchestrator.adapters.index import store
from orchestrator.adapters.index.database import SCHEMA, Database
from orchestrator.adapters.index.tree import Tree
from orchestrator.adapters.memory.source import uncollected
from orchestrator.core.errors import CannotAnswer
from orchestrator.core.place import Place
from orchestrator.core.search.code import Asked, Candidate, IndexFile, IndexState, Unread
from orchestrator.core.search.code_search import Meanings, expressions, starts

if TYPE_CHECKING:
    from orchestrator.ports.surroundings import Progress

_FEW = 150  # files that are read without asking which of them matter
_MOST = 300  # files that one question reads
_MOST_BYTES = 1_500_000  # of them
_USUAL_SIZE = 10_000
_BATCH = 100  # files that are kept together
_ENOUGH = 50  # symbols, of which the best are shown
_PLACES = 3  # of a file that lies in several


class _Code:
    """The committed code of one repository, as far as it is in the index."""

    def __init__(self, committed: Committed, name: str) -> None:
        self.name = name
        self.committed = committed

    @cached_property
    def tree(self) -> Tree:
        return Tree(self.committed.listing, len(self.committed.tree))


class SqliteIndex:
    """One database under the git common directory, also for the other repositories' files.

    It is keyed by blob, so that branches and linked work trees share it, and a file that was
    renamed is not read again. Which blob lies where is asked of git each time.
    """

    def __init__(self, committed: Committed, progress: Progress) -> None:
        self._own = _Code(committed, "")
        self._progress = progress
        self._database = Database(committed.common_dir / "orchestrator")

    def find(
        self, asked: Meanings, others: Sequence[str]
    ) -> tuple[tuple[Candidate, ...], tuple[Asked, ...]]:
        """Reads what holds a word of the question and is not known yet, up to a bound."""
        codes, lost = self._codes(others)

        def answer() -> tuple[tuple[Candidate, ...], list[Asked]]:
            told = [self._learn_for(asked, code) for code in codes]
            return tuple(_candidates(self._index, asked, codes)), told

        found, told = self._database.attempt(answer)
        told += [Asked(name, 0, 0, problem=why) for name, why in lost.items()]
        return found, tuple(told)

    def state(self, others: Sequence[str]) -> tuple[IndexFile, tuple[IndexState, ...]]:
        codes, lost = self._codes(others)
        file, found = self._database.attempt(
            lambda: (self._file(), [_state(self._index, code) for code in codes])
        )
        found += [IndexState(name, 0, 0, 0, (), why) for name, why in lost.items()]
        return file, tuple(found)

    def rebuild(self, others: Sequence[str]) -> None:
        codes, _ = self._codes(others)

        def read_all() -> None:
            self._database.remove()
            for code in codes:
                blobs = tuple(dict.fromkeys(code.tree.files.values()))
                self._read(code, blobs, most=None, size=None)
                self._cover(code)

        self._database.attempt(read_all)

    def remember(self, what: str, key: str, make: Callable[[], str]) -> str:
        def answer() -> str:
            kept = store.memo(self._index, what, key)
            if kept is None:
                kept = make()
                store.keep_memo(self._index, what, key, kept)
            return kept

        return self._database.attempt(answer)

    @property
    def _index(self) -> sqlite3.Connection:
        return self._database.connection

    def _codes(self, others: Sequence[str]) -> tuple[tuple[_Code, ...], dict[str, str]]:
        """This repository and the others that there are, and why the rest cannot be asked."""
        found, lost = [self._own], {}
        for name in dict.fromkeys(others):
            try:
                committed = Committed(_folder(self._own.committed.root, name))
            except CannotAnswer as error:
                lost[name] = error.problem
                continue
            if committed.common_dir == self._own.committed.common_dir:
                lost[name] = f"{name} is this repository itself"
            else:
                found.append(_Code(committed, name))
        return tuple(found), lost

    def _learn_for(self, asked: Meanings, code: _Code) -> Asked:
        """Read the files that the question is about; say how many of them were left."""
        if not code.committed.tree:
            return Asked(code.name, 0, 0, problem="nothing is committed yet")
        covered = store.covered(self._index, code.committed.tree)
        if covered is not None:
            return Asked(code.name, covered, covered)
        files = code.tree.files
        pending = store.missing(self._index, files.values())
        few = len(pending) <= _FEW
        wanted = pending if few else _fitting_files(asked, code, set(pending))
        self._read(code, wanted, most=_FEW if few else _MOST, size=None if few else _MOST_BYTES)
        left = set(store.missing(self._index, pending))
        if not left:
            self._cover(code)
        known_files = sum(blob not in left for blob in files.values())
        return Asked(code.name, len(files), known_files, len(left.intersection(wanted)))

    def _read(
        self, code: _Code, blobs: Sequence[str], *, most: int | None, size: int | None
    ) -> None:
        """Parse blobs, up to a number and up to a size in all, and keep what they say.

        What is kept stays when this is interrupted.
        """
        if not blobs:
            return
        from orchestrator.adapters.index.extract import (
            known,  # late: a search that repeats reads none
        )

        wanted = blobs[:most]
        places = {blob: path for path, blob in code.tree.files.items()}
        contents = _up_to(size, code.committed.contents(wanted, places))
        with uncollected():
            for done in range(0, len(wanted), _BATCH):
                self._progress.step(f"reading code: {done} of {len(wanted)} files")
                some = zip(range(_BATCH), contents, strict=False)
                batch = [(name, known(content)) for _, (name, content) in some]
                store.keep(self._index, batch)

    def _cover(self, code: _Code) -> None:
        if code.committed.tree:
            store.cover(self._index, code.committed.tree, len(code.tree.files))

    def _file(self) -> IndexFile:
        blobs, symbols = store.counted(self._index)
        database = self._database
        return IndexFile(
            path=str(database.path),
            schema=SCHEMA,
            bytes=database.size(),
            blobs=blobs,
            symbols=symbols,
            written=database.written(),
            problem=database.problem,
        )


def _up_to(size: int | None, contents: Iterator[tuple[str, bytes]]) -> Iterator[tuple[str, bytes]]:
    """As many of the contents as fit into a size, but one at least."""
    left = size
    for name, content in contents:
        yield name, content
        if left is not None:
            left -= len(content)
            if left <= 0:
                return


def _state(index: sqlite3.Connection, code: _Code) -> IndexState:
    files = code.tree.files
    missing = set(store.missing(index, files.values()))
    why = store.unread(index)
    unread = tuple(Unread(path, why[blob]) for path, blob in files.items() if blob in why)
    known_files = sum(blob not in missing for blob in files.values())
    problem = "" if code.committed.tree else "nothing is committed yet"
    return IndexState(code.name, len(files), known_files, code.tree.skipped, unread, problem)


def _fitting_files(asked: Meanings, code: _Code, pending: set[str]) -> tuple[str, ...]:
    """The pending blobs that hold a word of the question: those with it in their path first,
    then those with the most lines of it for their size."""
    words = starts(asked)
    lines = _lines(words, code, pending)
    order = sorted(
        (not any(word in path.lower() for word in words), -count / _size(code, path), path)
        for path, count in lines.items()
    )
    return tuple(dict.fromkeys(code.tree.files[path] for _, _, path in order))


def _size(code: _Code, path: str) -> int:
    """Bytes of the working file, which is mostly the one of the commit; a usual size without."""
    try:
        return max(1, os.lstat(f"{code.committed.root}/{path}").st_size)
    except OSError:
        return _USUAL_SIZE


def _lines(words: Sequence[str], code: _Code, pending: set[str]) -> dict[str, int]:
    """In how many lines of each pending file a word stands.

    git looks into the working files, which is quickest; those that differ are read as committed.
    """
    committed, files = code.committed, code.tree.files
    if committed.sparse:
        counts = committed.mentions(words, "*.py", committed=True)
        return {path: count for path, count in counts.items() if files.get(path) in pending}
    changed = committed.changed()
    lines = {
        path: count
        for path, count in committed.mentions(words, "*.py").items()
        if path not in changed and files.get(path) in pending
    }
    other = [path for path in changed if files.get(path) in pending]
    wanted = [word.encode() for word in words]
    for path, (_, content) in zip(
        other, committed.contents([files[path] for path in other], {}), strict=True
    ):
        count = sum(content.lower().count(word) for word in wanted)
        if count:
            lines[path] = count
    return lines


def _candidates(
    index: sqlite3.Connection, asked: Meanings, codes: Sequence[_Code]
) -> Iterator[Candidate]:
    """Symbols of these repositories that fit, from the narrowest way of asking to the widest, until
    there are enough to choose from."""
    seen: set[int] = set()
    found = 0
    for expression in expressions(asked):
        for number, blob, symbol, imports in store.fitting(index, expression):
            if found >= _ENOUGH:
                return
            places = [] if number in seen else list(_places(blob, codes))
            seen.add(number)
            found += bool(places)
            for code, path in places:
                place = Place(path, symbol.line)
                yield Candidate(symbol, place, frozenset(imports.split("\n")), code.name)


def _places(blob: str, codes: Iterable[_Code]) -> Iterator[tuple[_Code, str]]:
    for code in codes:
        yield from ((code, path) for path in code.tree.paths(blob)[:_PLACES])


def _folder(root: Path, name: str) -> Path:
    """A folder as the settings name it. Raises CannotAnswer when it is none."""
    place = root / Path(name).expanduser()
    if not place.is_dir():
        raise CannotAnswer(f"{name} is not a folder", remedy="mend `memory:` in orchestrator.yaml")
    return place
