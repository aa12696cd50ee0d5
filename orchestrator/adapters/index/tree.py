"""The Python files of one committed tree: which blob lies at which path; nothing is kept."""

from __future__ import annotations

import os
from functools import cached_property

from orchestrator.adapters.memory.source import own_paths


class Tree:
    """A listing of `git ls-tree -z`; links and submodules in it are not followed."""

    def __init__(self, listing: bytes) -> None:
        self._listing = listing

    @cached_property
    def files(self) -> dict[str, str]:
        """Path to blob of every Python file that is the repository's own."""
        entries = self._python
        return {path: entries[path][7:] for path in sorted(own_paths(entries))}

    @property
    def skipped(self) -> int:
        """How many Python files are links, or lie in folders of other people's code."""
        return len(self._python) - len(self.files)

    def paths(self, blob: str) -> tuple[str, ...]:
        """Where a blob lies among the repository's own Python files; found without a table."""
        found = []
        needle = f" {blob}\t".encode()
        at = self._listing.find(needle)
        while at >= 0:
            end = self._listing.index(b"\0", at)
            mode = os.fsdecode(self._listing[self._listing.rfind(b"\0", 0, at) + 1 : at])
            path = os.fsdecode(self._listing[at + len(needle) : end])
            if path.endswith(".py") and own_paths({path: mode}):
                found.append(path)
            at = self._listing.find(needle, end)
        return tuple(found)

    @cached_property
    def _python(self) -> dict[str, str]:
        """Path to `mode blob` of all files that are named like Python."""
        found = {}
        for line in self._listing.split(b"\0"):
            if line.endswith(b".py"):
                head, _, path = line.partition(b"\t")
                mode, _, blob = head.decode().split(" ")
                found[os.fsdecode(path)] = f"{mode} {blob}"
        return found
