"""Patterns from repositories elsewhere: resolved, fetched, checked, kept; not trusted here."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from orchestrator.adapters.git.remote import GitRemote, RemoteTree
from orchestrator.adapters.patterns.cache import cache_of
from orchestrator.adapters.patterns.catalogue import read_pinned
from orchestrator.adapters.patterns.manifest import pattern_of
from orchestrator.adapters.patterns.template_folder import read_folder
from orchestrator.core.change.changes import File
from orchestrator.core.pattern.foreign import PatternRefused
from orchestrator.core.pattern.pattern import Pattern, PatternSource

_MANIFEST = "copier.yml"
_SHOWN = 5


class PinnedSources:
    """The PatternSources port, with the cache of one repository."""

    def __init__(self, root: Path, remote: GitRemote | None = None) -> None:
        self._cache = cache_of(root)
        self._remote = remote or GitRemote()

    def resolve(self, git: str, ref: str) -> str:
        """The commit that a tag or branch names now. Raises PatternRefused."""
        return self._remote.resolve(git, ref)

    def fetch(self, source: PatternSource) -> Pattern:
        """The pattern of a source, from the cache or else from its repository, checked before it
        is kept. Raises CannotAnswer; what is refused is not kept."""
        if not self._cache.has(source):
            with self._remote.commit(source.git, source.commit) as tree:
                _refuse_elsewhere(source, tree)
                files = tree.files(source.path)
            pattern_of(files, f"{source}/{_MANIFEST}", source.name)
            self._cache.keep(source, files)
        return self.kept(source)

    def kept(self, source: PatternSource) -> Pattern:
        """The pattern of a source that was fetched. Raises PatternRefused for another one."""
        return read_pinned(source, self._cache).model_copy(update={"source": "git"})

    def drop(self, source: PatternSource) -> None:
        """Forget what was fetched of a source."""
        self._cache.drop(source)

    def texts(self, pattern: Pattern) -> Mapping[str, File]:
        """Every file in a pattern's folder."""
        return read_folder(Path(pattern.place))


def _refuse_elsewhere(source: PatternSource, tree: RemoteTree) -> None:
    folders = tree.folders_with(_MANIFEST)
    if source.path not in folders:
        near = ", ".join(f"--path {folder}" for folder in folders[:_SHOWN] if folder)
        raise PatternRefused(
            "manifest",
            f"{source} holds no {_MANIFEST}",
            remedy=f"name one of its folders: {near}" if near else "name a commit that holds one",
        )
