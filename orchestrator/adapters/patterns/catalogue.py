"""Find patterns, bundled, pinned and a project's own; a broken one is an error, never a skip."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from orchestrator.adapters.patterns.bundled import bundled
from orchestrator.adapters.patterns.cache import PatternCache, cache_of
from orchestrator.adapters.patterns.manifest import has_manifest, read_pattern
from orchestrator.adapters.patterns.trust import TrustFile
from orchestrator.core.errors import CannotAnswer
from orchestrator.core.pattern.foreign import PatternRefused
from orchestrator.core.pattern.pattern import Pattern, PatternSource
from orchestrator.core.places import SETTINGS_FILE
from orchestrator.core.settings import parse_settings


class Catalogue:
    """The Patterns port: bundled folders, those that `orchestrator.yaml` pins, and the project's
    own `templates/`, each shadowing the ones before it.

    Only a bundled pattern is trusted by itself; another one when its digest stands on a line of
    `trust`, a file outside the repository. Nothing is fetched here.
    """

    def __init__(
        self, root: Path | None, *, trust: Path | None = None, own: Path | None = None
    ) -> None:
        self._root = root
        self._trust = TrustFile(trust)
        self._own = own or bundled("templates")
        self._found: tuple[Pattern, ...] | None = None

    def all(self) -> tuple[Pattern, ...]:
        """Every pattern, sorted by id; a project's one replaces a bundled one of the same id.

        Raises CannotAnswer for one that is broken, was not fetched, or shares its name.
        """
        if self._found is None:
            found = {pattern.manifest.id: pattern for pattern in self._bundled()}
            found.update(self._trusted_or_not(self._pinned(), "git"))
            found.update(self._trusted_or_not(self._project(), "project"))
            self._found = tuple(found[key] for key in sorted(found))
            _refuse_same_names(self._found)
        return self._found

    def at(self, folder: Path) -> Pattern:
        """The pattern in a folder, for its author; trusted as any other one. Raises CannotAnswer
        when there is none."""
        if folder.is_symlink() or not folder.is_dir():
            raise PatternRefused("manifest", f"{folder} is no folder")
        pattern = read_pattern(folder.resolve(), called=str(folder))
        if folder.resolve().parent == self._own.resolve():
            return pattern.model_copy(update={"trusted": True})
        ((_, judged),) = self._trusted_or_not([pattern], "folder").items()
        return judged

    def _bundled(self) -> tuple[Pattern, ...]:
        return tuple(
            read_pattern(folder).model_copy(update={"trusted": True})
            for folder in _pattern_folders(self._own)
        )

    def _pinned(self) -> Iterator[Pattern]:
        if self._root is None:
            return
        sources = pinned(self._root)
        cache = cache_of(self._root) if sources else None
        for source in sources:
            yield read_pinned(source, cache)

    def _project(self) -> Iterator[Pattern]:
        if self._root is None or (self._root / "templates").resolve() == self._own.resolve():
            return
        for folder in _pattern_folders(self._root / "templates"):
            yield read_pattern(folder)

    def _trusted_or_not(self, patterns: Iterable[Pattern], source: str) -> dict[str, Pattern]:
        found = tuple(patterns)
        trusted = self._trust.digests() if found else frozenset()
        return {
            one.manifest.id: one.model_copy(
                update={"source": source, "trusted": one.digest in trusted}
            )
            for one in found
        }


def pinned(root: Path) -> tuple[PatternSource, ...]:
    """The sources that `orchestrator.yaml`, as it lies there, pins. Raises CannotAnswer."""
    file = root / SETTINGS_FILE
    if file.is_symlink() or not file.is_file():
        return ()
    content = file.read_bytes()
    return parse_settings(content).patterns if b"patterns" in content else ()


def read_pinned(source: PatternSource, cache: PatternCache | None) -> Pattern:
    """A pinned pattern from the cache. Raises PatternRefused when it was not fetched."""
    if cache is None or not cache.has(source):
        raise PatternRefused("cache", f"the pattern {source.name} ({source}) is not fetched")
    pattern = read_pattern(cache.folder(source), name=source.name, called=str(source))
    return pattern.model_copy(update={"origin": source})


def _refuse_same_names(patterns: Iterable[Pattern]) -> None:
    seen: dict[str, Pattern] = {}
    for pattern in patterns:
        other = seen.setdefault(pattern.name, pattern)
        if other is not pattern:
            ids = f"{other.manifest.id} and {pattern.manifest.id}"
            raise PatternRefused("same_name", f"two patterns are called {pattern.name}: {ids}")


def _pattern_folders(parent: Path) -> tuple[Path, ...]:
    if not parent.is_dir() or parent.is_symlink():
        return ()
    try:
        folders = sorted(parent.iterdir())
    except OSError as error:
        raise CannotAnswer(
            f"cannot read {parent}: {error.strerror}", remedy="give yourself the right to read it"
        ) from error
    return tuple(
        folder
        for folder in folders
        if folder.is_dir() and not folder.is_symlink() and has_manifest(folder / "copier.yml")
    )
