"""Read a pattern's folder as bytes and digest it; a link or a strange file in it is refused."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

from orchestrator.core.changes import File
from orchestrator.core.errors import CannotAnswer

_IGNORED = frozenset({"__pycache__", ".git", ".DS_Store"})
_LIMIT = 5_000_000


def read_folder(folder: Path) -> dict[str, File]:
    """Every file below a folder by its relative POSIX path.

    Raises CannotAnswer for a symbolic link, a special file, or more than 5 MB in all.
    """
    files: dict[str, File] = {}
    size = 0
    for here, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in _IGNORED)
        for name in [*folders, *sorted(names)]:
            path = Path(here, name)
            if path.is_symlink() or not (path.is_dir() or path.is_file()):
                raise CannotAnswer(
                    f"{path} is a link or a special file",
                    remedy="a pattern's folder may hold only plain files and folders",
                )
        for name in sorted(set(names) - _IGNORED):
            path = Path(here, name)
            content = path.read_bytes()
            size += len(content)
            if size > _LIMIT:
                raise CannotAnswer(
                    f"{folder} holds more than {_LIMIT} bytes",
                    remedy="keep only the text of the pattern in its folder",
                )
            files[path.relative_to(folder).as_posix()] = File(content, os.access(path, os.X_OK))
    return files


def digest_of(files: Mapping[str, File]) -> str:
    """The SHA-256 over the sorted paths, each with its mode and the SHA-256 of its content."""
    whole = hashlib.sha256()
    for path, file in sorted(files.items()):
        mode = "100755" if file.executable else "100644"
        whole.update(f"{mode} {hashlib.sha256(file.content).hexdigest()} {path}\n".encode())
    return whole.hexdigest()
