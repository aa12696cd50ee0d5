"""The Python files of one committed tree: which blob lies at which path; nothing is kept."""

from __future__ import annotations

import os
from functools import cached_property

from orchestrator.adapters.memory.source import own_paths

_BEFORE = len("100644 blob ")
_AFTER = len("\t")


class Tree:
    """A listing of `git ls-tree -z`; links and submodules in it are not followed.

    `width` is the number of digits in the name of an object.
    """

    def __init__(self, listing: bytes, width: int) -> None:
        self._lines = [line for line in listing.split(b"\0") if line.endswith(b".py")]
        self._name = slice(_BEFORE, _BEFORE + width)

    @cached_property
    def files(self) -> dict[str, str]:
        """Path to blob of every Python file that is the repository's own."""
        entries = self._entries(self._lines)
        blobs = {path: line[self._name] for line in self._lines for path in (self._path(line),)}
        return {path: blobs[path].decode() for path in sorted(own_paths(entries))}

    @property
    def skipped(self) -> int:
        """How many Python files are links, or lie in folders of other people's code."""
        return len(self._lines) - len(self.files)

    def paths(self, blob: str) -> tuple[str, ...]:
        """Where a blob lies among the repository's own Python files."""
        lines = self._by_blob.get(blob.encode())
        return tuple(sorted(own_paths(self._entries(lines)))) if lines else ()

    @cached_property
    def _by_blob(self) -> dict[bytes, list[bytes]]:
        found: dict[bytes, list[bytes]] = {}
        name = self._name
        for line in self._lines:
            if line[name] in found:
                found[line[name]].append(line)
            else:
                found[line[name]] = [line]
        return found

    def _entries(self, lines: list[bytes]) -> dict[str, str]:
        return {self._path(line): line[:6].decode() for line in lines}

    def _path(self, line: bytes) -> str:
        return os.fsdecode(line[self._name.stop + _AFTER :])
