"""A commit as it would be with some files replaced or taken away; nothing is written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import PurePosixPath

from orchestrator.core.change.changes import File
from orchestrator.ports.repository import Repository


class View(Mapping[str, File]):
    """The files of a commit by path; `instead` holds those that differ, None for one that is gone.

    Links and submodules are among the paths and have no content.
    """

    def __init__(
        self, repository: Repository, rev: str, instead: Mapping[str, File | None] | None = None
    ) -> None:
        self._repository = repository
        self._rev = rev
        self._instead = dict(instead or {})
        self._tracked = repository.tracked(rev)

    def with_(self, instead: Mapping[str, File | None]) -> View:
        """The same with more files replaced or taken away."""
        return View(self._repository, self._rev, {**self._instead, **instead})

    @cached_property
    def listing(self) -> Mapping[str, str]:
        """Every path with its mode and git's name of its content."""
        listed = {path: one for path, one in self._tracked.items() if path not in self._instead}
        for path, file in self._instead.items():
            if file is not None:
                mode = "100755" if file.executable else "100644"
                listed[path] = f"{mode} {self._repository.blob(file.content)}"
        return dict(sorted(listed.items()))

    def linked(self, paths: Iterable[str]) -> frozenset[str]:
        """Those paths at which, or above which, a link or a submodule stands."""
        return frozenset(path for path in paths if any(map(self._is_link, _with_folders(path))))

    def _is_link(self, path: str) -> bool:
        return path in self._tracked and self.get(path) is None and path not in self._instead

    def content(self, path: str) -> bytes:
        """The bytes of a file, none for what is not there or is no file."""
        file = self.get(path)
        return file.content if file else b""

    def __getitem__(self, path: str) -> File:
        file = (
            self._instead[path]
            if path in self._instead
            else self._repository.read(self._rev, path)
            if path in self._tracked
            else None
        )
        if file is None:
            raise KeyError(path)
        return file

    def __iter__(self) -> Iterator[str]:
        return iter(self.listing)

    def __len__(self) -> int:
        return len(self.listing)


def _with_folders(path: str) -> tuple[str, ...]:
    return (path, *map(str, PurePosixPath(path).parents))
