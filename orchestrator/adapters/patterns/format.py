"""Format Python text with ruff as a host's own configuration says; touches only temporary files."""

from __future__ import annotations

import importlib
import re
import subprocess
import tomllib
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from orchestrator.adapters.files.temporary import temporary
from orchestrator.core.changes import File
from orchestrator.core.errors import CannotAnswer

_CONFIGS = ("pyproject.toml", "ruff.toml", ".ruff.toml")
# The newest syntax that every tool of the gate reads; 3.14 drops brackets that older ones need.
_NEWEST = 13
_SECONDS = 60


def formatted(files: Mapping[str, File], root: Path) -> dict[str, File]:
    """The Python files with sorted imports and ruff's format; all other files as they are.

    The host's `[tool.ruff]` or `ruff.toml` nearest to each file rules; without one its
    `[tool.black]` line length; without that ruff's defaults. A ruff configuration that this ruff
    cannot read gives way to the defaults. Raises CannotAnswer when a file is not valid Python.
    """
    python = {path: file for path, file in files.items() if path.endswith(".py")}
    if not python:
        return dict(files)
    with temporary("format") as copy:
        configured = _mirror(root, copy, python)
        options = _not_too_new(copy) if configured else _black_options(root)
        trouble = _ruff(copy, sorted(python), options)
        if trouble and configured:
            trouble = _ruff(copy, sorted(python), ["--isolated"])
        if trouble:
            raise CannotAnswer(
                f"the rendered code cannot be formatted: {trouble}",
                remedy="check the answers; if they are right, the pattern is wrong",
            )
        done = {
            path: File((copy / path).read_bytes(), file.executable) for path, file in python.items()
        }
    return {path: done.get(path, file) for path, file in files.items()}


def _mirror(root: Path, copy: Path, python: Mapping[str, File]) -> bool:
    """Lay out the files to format, stand-ins for the host's modules, and configurations."""
    folders = {"", "src"}
    for path in python:
        folders.update(str(parent) for parent in PurePosixPath(path).parents)
    folders.discard(".")
    for path, file in python.items():
        (copy / path).parent.mkdir(parents=True, exist_ok=True)
        (copy / path).write_bytes(file.content)
    configured = False
    for folder in sorted(folders):
        if not (root / folder).is_dir():
            continue
        _stand_ins(root / folder, copy / folder)
        configured = _copy_configs(root / folder, copy / folder) or configured
    return configured


def _stand_ins(folder: Path, copy: Path) -> None:
    copy.mkdir(parents=True, exist_ok=True)
    for entry in folder.iterdir():
        if entry.name.startswith("."):
            continue
        if entry.is_dir() and not (copy / entry.name).exists():
            (copy / entry.name).mkdir()
        elif entry.suffix == ".py":
            (copy / entry.name).touch()


def _copy_configs(folder: Path, copy: Path) -> bool:
    found = False
    for name in _CONFIGS:
        file = folder / name
        if not file.is_file():
            continue
        tool = _toml(file).get("tool", {})
        if name != "pyproject.toml" or (isinstance(tool, dict) and "ruff" in tool):
            (copy / name).write_bytes(file.read_bytes())
            found = True
    return found


def _not_too_new(copy: Path) -> list[str]:
    """What holds ruff back where a configuration wants newer syntax, by itself or by the host's."""
    for name in _CONFIGS:
        for data in map(_toml, copy.rglob(name)):
            ruff = data if name != "pyproject.toml" else data.get("tool", {}).get("ruff", {})
            wanted = ruff.get("target-version") or data.get("project", {}).get("requires-python")
            minor = re.search(r"py3(\d+)|>=?\s*3\.(\d+)", str(wanted))
            if minor and int(minor[1] or minor[2]) > _NEWEST:
                return ["--config", f"target-version='py3{_NEWEST}'"]
    return []


def _black_options(root: Path) -> list[str]:
    tool = _toml(root / "pyproject.toml").get("tool", {})
    black = tool.get("black", {}) if isinstance(tool, dict) else {}
    options = ["--isolated"]
    length = black.get("line-length")
    if isinstance(length, int) and 1 <= length <= 320:
        options += ["--config", f"line-length={length}"]
    if black.get("skip-string-normalization") is True:
        options += ["--config", "format.quote-style='preserve'"]
    return options


def _toml(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return {}


def _ruff(copy: Path, paths: list[str], options: list[str]) -> str:
    """Sort imports, then format; the first line of what went wrong, or nothing."""
    ruff = str(importlib.import_module("ruff").find_ruff_bin())
    sort = ["check", "--select", "I", "--fix", "--quiet", "--exit-zero"]
    for words in (sort, ["format", "--quiet"]):
        done = subprocess.run(
            [ruff, *words, "--no-cache", *options, "--", *paths],
            cwd=copy,
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
        if done.returncode != 0:
            text = (done.stderr or done.stdout).decode("utf-8", "replace").strip()
            return text.splitlines()[0] if text else f"ruff ended with {done.returncode}"
    return ""
