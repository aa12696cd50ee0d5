"""The two patterns of the auth module as the ring tests see them: questions, manifests, renders."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from orchestrator.adapters.patterns.catalogue import Catalogue
from orchestrator.adapters.patterns.render import CopierRenderer
from orchestrator.app.patterns.bench import lay_out
from orchestrator.compose import workshop
from orchestrator.core.pattern.active import active
from orchestrator.core.pattern.pattern import Pattern
from orchestrator.core.pattern_lint.subject import labels as labels_of

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = ROOT / "templates"
NAMES = ("http-security", "jwt-auth")


@cache
def pattern(name: str) -> Pattern:
    """A bundled pattern by the name of its folder."""
    return next(one for one in Catalogue(None).all() if one.name == name)


def promises(name: str) -> list[str]:
    """The keys that a pattern promises, after those of the patterns that it requires."""
    required = pattern(name).manifest.requires
    before = [one for one in map(pattern, NAMES) if one.manifest.id in required]
    return [key for one in (*before, pattern(name)) for key in one.manifest.provides]


def kept(name: str, answers: Mapping[str, Any]) -> tuple[str, ...]:
    """The keys of a pattern's own promises that count for these answers."""
    return tuple(active(pattern(name), answers).manifest.provides)


def labels(name: str) -> dict[str, Any]:
    """Claims of a pattern's own keys, and marks of every key that its tests may prove."""
    own = pattern(name).manifest.provides
    return labels_of(own, [key for key in promises(name) if key not in own])


def rendered(name: str, answers: Mapping[str, Any]) -> dict[str, str]:
    """The text of every file that a pattern renders with these answers."""
    return dict(_rendered(name, json.dumps(answers, sort_keys=True)))


@cache
def _rendered(name: str, answers: str) -> dict[str, str]:
    files = CopierRenderer(None).render(pattern(name), json.loads(answers))
    return {path: file.content.decode("utf-8") for path, file in files.items()}


def write(folder: Path, files: Mapping[str, str]) -> None:
    """Write files below a folder."""
    for path, text in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")


def make_host(folder: Path, answers: Mapping[str, Any]) -> None:
    """Write both patterns into a small repository that has the module installed."""
    bench = lay_out(workshop(ROOT), pattern("jwt-auth"), answers)
    for path, file in bench.files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(file.content)


def ruff(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run the ruff of this environment."""
    command = [sys.executable, "-m", "ruff", *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


def uv() -> str:
    """The uv of this environment."""
    return shutil.which("uv", path=str(Path(sys.executable).parent)) or "uv"
