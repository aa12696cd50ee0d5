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

from orchestrator.adapters.catalogue import Catalogue
from orchestrator.adapters.render import CopierRenderer
from orchestrator.core.pattern import Pattern

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = ROOT / "templates"
NAMES = ("http-security", "jwt-auth")


@cache
def pattern(name: str) -> Pattern:
    """A bundled pattern by the name of its folder."""
    return next(one for one in Catalogue(None).all() if one.name == name)


def template_files(name: str) -> dict[str, str]:
    """Every template file of a pattern: its path below `template/`, and its text."""
    folder = TEMPLATES / name / "template"
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def labels(name: str) -> dict[str, Any]:
    """Claims and marks of a pattern that name one requirement for each of its keys."""
    keys = list(pattern(name).manifest.provides)
    return {
        "claims": {key: f"# @req X-{number}" for number, key in enumerate(keys, 1)},
        "marks": {
            key: f'@pytest.mark.requirement("X-{number}")' for number, key in enumerate(keys, 1)
        },
    }


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
    """Write both patterns into a small FastAPI repository that has the module installed."""
    place = {"package_path": "src/auth", "package_import": "src.auth", "tests_path": "tests/auth"}
    host = {"host_app_import": "src.main", "host_app_attribute": "app"}
    for name in NAMES:
        chosen = {**answers, **place, **host, **labels(name)}
        known = {question.name for question in pattern(name).questions}
        files = rendered(name, {key: chosen[key] for key in chosen if key in known})
        write(folder, files)
    (folder / "src" / "__init__.py").touch()
    (folder / "src" / "main.py").write_text(
        '"""A host."""\n\nfrom fastapi import FastAPI\n\n'
        "from src.auth.install import install_auth\n\n"
        "app = FastAPI()\ninstall_auth(app)\n",
        encoding="utf-8",
    )


def ruff(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run the ruff of this environment."""
    command = [sys.executable, "-m", "ruff", *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


def uv() -> str:
    """The uv of this environment."""
    return shutil.which("uv", path=str(Path(sys.executable).parent)) or "uv"
