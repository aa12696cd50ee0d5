"""The patterns, read when they are needed; whether they changed is told without reading them."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from orchestrator.adapters.patterns.bundled import bundled
from orchestrator.core.places import SETTINGS_FILE

if TYPE_CHECKING:
    from orchestrator.core.pattern.pattern import Pattern


class Shelf:
    """The Patterns port, lean at its start: readers of YAML are imported by `all` alone."""

    def __init__(self, root: Path | None) -> None:
        self._root = root

    def all(self) -> tuple[Pattern, ...]:
        """Every pattern, sorted by id; a project's one replaces a bundled one of the same id."""
        return self._found

    def digest(self) -> str:
        """Over path, size and times of every file in the folders of patterns; the time that an
        inode changed cannot be set back."""
        whole = hashlib.sha256()
        own = [self._root / name for name in ("templates", SETTINGS_FILE)] if self._root else []
        places = (bundled("templates"), *own)
        for place in places:
            for path, seen in _below(os.fspath(place)):
                facts = (path, seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns, seen.st_ino)
                whole.update(repr(facts).encode("utf-8", "surrogateescape"))
        return whole.hexdigest()

    @cached_property
    def _found(self) -> tuple[Pattern, ...]:
        from orchestrator.adapters.patterns.catalogue import Catalogue

        return Catalogue(self._root).all()


def _below(place: str) -> Iterator[tuple[str, os.stat_result]]:
    """The file, or every file of a folder, in a fixed order; what is gone is left out."""
    try:
        if not os.path.isdir(place):  # noqa: PTH112  strings take a third of the time of paths
            yield place, os.lstat(place)
            return
        for entry in sorted(os.scandir(place), key=lambda one: one.name):
            if entry.is_dir(follow_symlinks=False):
                yield from _below(entry.path)
            else:
                yield entry.path, entry.stat(follow_symlinks=False)
    except OSError:
        return
