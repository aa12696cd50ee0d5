"""Whether rendered Python reads as if written by hand: ruff's format and rules, in a copy."""

from __future__ import annotations

import importlib
import json
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from orchestrator.adapters.files.temporary import temporary
from orchestrator.core.change.changes import File
from orchestrator.core.pattern_lint.subject import Remark

RULES = "E,F,W,I,B,UP,S,C4,SIM,RUF,PT,ARG,N,D100,D101,D102,D103,D104"
_SHAPE = ("--isolated", "--no-cache", "--line-length", "100", "--target-version", "py311")
_EXCEPT = (
    "--ignore",
    "N818,D102",
    "--per-file-ignores",
    "tests/**:S,tests/**:D1,**/__init__.py:D104",
)
_SECONDS = 120


def untidy(files: Mapping[str, File]) -> tuple[Remark, ...]:
    """One remark for each file that ruff would format otherwise and for each of its findings."""
    python = {path: file for path, file in files.items() if path.endswith(".py")}
    if not python:
        return ()
    with temporary("lint") as folder:
        for path, file in python.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(file.content)
        check = ("check", *_SHAPE, "--select", RULES, *_EXCEPT, "--output-format", "json")
        found = json.loads(_ruff(folder, check) or b"[]")
        remarks = [
            Remark(
                str(one.get("code") or "syntax"),
                _below(folder, one["filename"]),
                int(one["location"]["row"]),
                str(one["message"]),
            )
            for one in found
        ]
        _ruff(folder, ("format", *_SHAPE, "--quiet"))
        for path, file in python.items():
            if (folder / path).read_bytes() != file.content:
                remarks.append(Remark("format", path, 0, "ruff would format this otherwise"))
    return tuple(sorted(remarks, key=lambda one: (one.path, one.line, one.rule)))


def _below(folder: Path, name: str) -> str:
    path = Path(name)
    return path.relative_to(folder).as_posix() if path.is_absolute() else path.as_posix()


def _ruff(folder: Path, words: Sequence[str]) -> bytes:
    ruff = str(importlib.import_module("ruff").find_ruff_bin())
    return subprocess.run(
        [ruff, *words, "."], cwd=folder, capture_output=True, timeout=_SECONDS, check=False
    ).stdout
