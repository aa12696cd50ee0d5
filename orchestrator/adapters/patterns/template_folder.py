"""Read a pattern's folder as bytes and digest it; a link or a strange file in it is refused."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

from orchestrator.core.change.changes import File
from orchestrator.core.pattern.foreign import BYTES, FILES, PatternRefused, check_names

_IGNORED = frozenset({"__pycache__", ".git", ".DS_Store"})


def read_folder(folder: Path) -> dict[str, File]:
    """Every file below a folder by its relative POSIX path.

    Raises PatternRefused for a symbolic link, a special file, a name that is not plain, more than
    500 files or more than 5 MB in all.
    """
    files: dict[str, File] = {}
    size = 0
    for here, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in _IGNORED)
        for name in [*folders, *sorted(names)]:
            _refuse_strange(Path(here, name))
        for name in sorted(set(names) - _IGNORED):
            path = Path(here, name)
            size += path.stat().st_size
            if size > BYTES:
                raise PatternRefused("size", f"{folder} holds more than {BYTES} bytes")
            if len(files) >= FILES:
                raise PatternRefused("count", f"{folder} holds more than {FILES} files")
            relative = path.relative_to(folder).as_posix()
            files[relative] = File(path.read_bytes(), os.access(path, os.X_OK))
    check_names(files.keys())
    return files


def _refuse_strange(path: Path) -> None:
    if path.is_symlink():
        raise PatternRefused("link", f"{path} is a link")
    if not (path.is_dir() or path.is_file()):
        raise PatternRefused("special", f"{path} is a special file")


def digest_of(files: Mapping[str, File]) -> str:
    """The SHA-256 over the sorted paths, each with its mode and the SHA-256 of its content."""
    whole = hashlib.sha256()
    for path, file in sorted(files.items()):
        mode = "100755" if file.executable else "100644"
        whole.update(f"{mode} {hashlib.sha256(file.content).hexdigest()} {path}\n".encode())
    return whole.hexdigest()
