"""A copy of the folders around some files, with what ruff reads there; nothing of a host's code."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from orchestrator.core.change.changes import File

CONFIGS = ("pyproject.toml", "ruff.toml", ".ruff.toml")
# The newest syntax that every tool of the gate reads; 3.14 drops brackets that older ones need.
_NEWEST = 13


def mirrored(root: Path, copy: Path, python: Mapping[str, File]) -> bool:
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
    for name in CONFIGS:
        file = folder / name
        if not file.is_file():
            continue
        tool = _toml(file).get("tool", {})
        if name != "pyproject.toml" or (isinstance(tool, dict) and "ruff" in tool):
            (copy / name).write_bytes(file.read_bytes())
            _copy_extended(file, copy / name)
            found = True
    return found


def _copy_extended(file: Path, copy: Path) -> None:
    """What a configuration builds on, where that lies beside it or below."""
    named = _ruff_of(file.name, _toml(file)).get("extend")
    if not isinstance(named, str) or {"/", ".."} & set(PurePosixPath(named).parts):
        return
    base = file.parent / named
    if base.is_file():
        place = copy.parent / named
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(base.read_bytes())


def held_back(copy: Path) -> list[str]:
    """What holds ruff back where a configuration wants newer syntax, by itself or by the host's."""
    for name in CONFIGS:
        for data in map(_toml, copy.rglob(name)):
            project = _table(data.get("project"))
            wanted = _ruff_of(name, data).get("target-version") or project.get("requires-python")
            minor = re.search(r"py3(\d+)|>=?\s*3\.(\d+)", str(wanted))
            if minor and int(minor[1] or minor[2]) > _NEWEST:
                return ["--config", f"target-version='py3{_NEWEST}'"]
    return []


def _ruff_of(name: str, data: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a configuration of this name says to ruff."""
    return _table(_table(data.get("tool")).get("ruff")) if name == "pyproject.toml" else data


def _table(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _toml(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError):
        return {}
