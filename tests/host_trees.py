"""Committed trees for tests: from a folder, or from texts by path."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from orchestrator.adapters.memory.survey import AstMemory
from orchestrator.core.host.host import Host

HOSTS = Path(__file__).parent / "hosts"

Tree = tuple[Mapping[str, str], Callable[[str], bytes]]


def tree_of(folder: Path) -> Tree:
    """A folder as a committed tree."""
    found = (path for path in sorted(folder.rglob("*")) if path.is_file())
    files = {
        path.relative_to(folder).as_posix(): "100644 0"
        for path in found
        if "__pycache__" not in path.parts
    }
    return files, lambda path: (folder / path).read_bytes()


def tree(texts: Mapping[str, str | bytes], modes: Mapping[str, str] | None = None) -> Tree:
    """Texts by path as a committed tree; a mode other than a plain file's is given by path."""
    files = {path: f"{(modes or {}).get(path, '100644')} 0" for path in texts}

    def read(path: str) -> bytes:
        text = texts[path]
        return text if isinstance(text, bytes) else text.encode()

    return files, read


def survey(
    texts: Mapping[str, str | bytes],
    *,
    framework: str | None = None,
    modes: Mapping[str, str] | None = None,
) -> Host:
    """What memory makes of some texts."""
    files, read = tree(texts, modes)
    return AstMemory().survey(files, read, framework=framework)


def survey_folder(name: str) -> Host:
    """What memory makes of one of the host fixtures."""
    files, read = tree_of(HOSTS / name)
    return AstMemory().survey(files, read, framework=None)
