"""What becomes of the file that declares a host's dependencies, and of its lock files."""

from __future__ import annotations

import re
from collections.abc import Iterator

from orchestrator.adapters.memory.source import Source
from orchestrator.core.host.compiled import compiled
from orchestrator.core.host.host import Manifest, Observation, Place

_LOCK_COMMANDS = {
    "uv.lock": "uv lock",
    "poetry.lock": "poetry lock",
    "pdm.lock": "pdm lock",
    "Pipfile.lock": "pipenv lock",
}
_EXTENDED = {
    "pep621": ("`dependencies` of [project]", r"\s*\[project\]", r"\s*dependencies\s*="),
    "poetry": ("[tool.poetry.dependencies]", r"\s*\[tool\.poetry\.dependencies\]", r""),
    "requirements": ("its lines", r"", r""),
    "setup.cfg": ("install_requires of [options]", r"\[options\]", r"install_requires\b"),
}


def manifest_kept(manifest: Manifest | None, source: Source, app: Place) -> Iterator[Observation]:
    """Where new requirements go, or why a person has to write them."""
    if manifest is None:
        yield from _without(source, app)
    elif manifest.style in _EXTENDED:
        where, header, key = _EXTENDED[manifest.style]
        place = Place(manifest.path, _line(header, key, source.text(manifest.path)))
        because = f"new requirements go into {where}; a pin of the host is never moved"
        yield Observation("manifest", "extend", because, place)
    else:
        because = (
            "a Pipfile is not edited; `pipenv install` adds the requirements that are given to "
            "paste, or a [project] table or a requirements.txt beside it takes them"
        )
        yield Observation("manifest", "refuse", because, Place(manifest.path))


def _without(source: Source, app: Place) -> Iterator[Observation]:
    """Nothing that can be edited: what is there instead, and what would help."""
    scripts = sorted((path for path in source.paths if path.endswith("setup.py")), key=len)
    if scripts:
        because = (
            "install_requires of a setup.py is code, which is not edited; paste the requirements, "
            "or declare them in a [project] table"
        )
        yield Observation("manifest", "refuse", because, Place(scripts[0]))
    else:
        because = "no file declares dependencies; an empty requirements.txt is enough to help"
        yield Observation("manifest", "refuse", because, Place(app.path))


def _line(header: str, key: str, text: str) -> int:
    """The line of a key below a header, else that of the header; 0 without."""
    lines = text.splitlines()
    start = next((n for n, line in enumerate(lines, 1) if header and re.match(header, line)), 0)
    for number, line in enumerate(lines[start:], start + 1):
        if not start or not key or line.startswith("["):
            break
        if re.match(key, line):
            return number
    return start


def locks(manifest: Manifest | None, source: Source) -> Iterator[Observation]:
    """The lock files that new dependencies make stale, with the command that renews them."""
    if manifest is None:
        return
    for path in manifest.lock_files:
        command = _command(path, manifest, source)
        because = f"run `{command}` after this change"
        if command == "pipenv lock":
            because = (
                f"the Pipfile is not edited; it needs the same requirements, then {because[4:]}"
            )
        yield Observation("lock file", "note", because, Place(path))


def _command(lock: str, manifest: Manifest, source: Source) -> str:
    """How a lock file is renewed: as its own header says, else as its name tells."""
    made = compiled(source.text(lock))
    name = lock.rpartition("/")[2]
    if made:
        return made.command
    if name == "pylock.toml":
        what = f"-r {manifest.path}" if manifest.style == "requirements" else "-e ."
        return f"pip lock {what}"
    return _LOCK_COMMANDS.get(name) or f"pip-compile {manifest.path}"
