"""Where the patterns that were fetched lie: below git's own folder, by commit and path."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from orchestrator.adapters.files.disk import translated
from orchestrator.core.change.changes import File
from orchestrator.core.pattern.pattern import PatternSource


class PatternCache:
    """Folders `<git common dir>/orchestrator/patterns/<commit>/<path>/`, shared by work trees."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def folder(self, source: PatternSource) -> Path:
        """Where a source lies once it was fetched."""
        return self._folder / source.commit / (quote(source.path, safe="") or "%")

    def has(self, source: PatternSource) -> bool:
        """Whether a source was fetched; one that is there is complete."""
        return self.folder(source).is_dir()

    def keep(self, source: PatternSource, files: Mapping[str, File]) -> Path:
        """Store the files of a source, as a whole or not at all."""
        place = self.folder(source)
        fresh = place.with_name(f".{secrets.token_hex(8)}.new")
        with translated("keep a pattern in", place.parent):
            try:
                for path, file in files.items():
                    target = fresh / path
                    target.parent.mkdir(parents=True, exist_ok=True)
                    target.write_bytes(file.content)
                    target.chmod(0o755 if file.executable else 0o644)
                if not place.is_dir():
                    fresh.rename(place)
            finally:
                shutil.rmtree(fresh, ignore_errors=True)
        return place

    def drop(self, source: PatternSource) -> None:
        """Remove what was fetched of a source."""
        shutil.rmtree(self.folder(source), ignore_errors=True)


def common_folder(root: Path) -> Path:
    """Git's own folder that all work trees of a repository share, read as git writes it down."""
    own = root / ".git"
    if own.is_dir():
        return own
    try:
        named = own.read_text(encoding="utf-8").removeprefix("gitdir:").strip()
        git_dir = Path(os.path.normpath(root / named))
        shared = git_dir / "commondir"
        if shared.is_file():
            return Path(os.path.normpath(git_dir / shared.read_text(encoding="utf-8").strip()))
    except (OSError, UnicodeDecodeError):
        return own
    return git_dir


def cache_of(root: Path) -> PatternCache:
    """The cache of the repository at a root."""
    return PatternCache(common_folder(root) / "orchestrator" / "patterns")
