"""The two patterns of the auth module as the ring tests see them: questions, manifests, renders."""

from __future__ import annotations

import ast
import json
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from orchestrator.adapters.patterns.catalogue import Catalogue
from orchestrator.adapters.patterns.render import CopierRenderer
from orchestrator.core.active import active
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


def promises(name: str) -> list[str]:
    """The keys that a pattern promises, after those of the patterns that it requires."""
    required = pattern(name).manifest.requires
    before = [one for one in map(pattern, NAMES) if one.manifest.id in required]
    return [key for one in (*before, pattern(name)) for key in one.manifest.provides]


def kept(name: str, answers: Mapping[str, Any]) -> tuple[str, ...]:
    """The keys of a pattern's own promises that count for these answers."""
    return tuple(active(pattern(name), answers).manifest.provides)


def label(key: str) -> str:
    """The one requirement that stands for a key."""
    return f"X-{key}"


def labels(name: str) -> dict[str, Any]:
    """Claims of a pattern's own keys, and marks of every key that its tests may prove."""
    return {
        "claims": {key: f"# @req {label(key)}" for key in pattern(name).manifest.provides},
        "marks": {key: f'@pytest.mark.requirement("{label(key)}")' for key in promises(name)},
    }


def rendered(name: str, answers: Mapping[str, Any]) -> dict[str, str]:
    """The text of every file that a pattern renders with these answers."""
    return dict(_rendered(name, json.dumps(answers, sort_keys=True)))


@cache
def _rendered(name: str, answers: str) -> dict[str, str]:
    files = CopierRenderer(None).render(pattern(name), json.loads(answers))
    return {path: file.content.decode("utf-8") for path, file in files.items()}


def marked(text: str) -> dict[str, frozenset[str]]:
    """The requirements that each test of a module is marked with: itself, by class or by module."""
    tree = ast.parse(text)
    return dict(_marked(tree.body, _ids(_pytestmark(tree.body))))


def _marked(
    body: Iterable[ast.stmt], outer: frozenset[str]
) -> Iterator[tuple[str, frozenset[str]]]:
    for node in body:
        if isinstance(node, ast.ClassDef) and node.name.startswith("Test"):
            own = (*node.decorator_list, *_pytestmark(node.body))
            yield from _marked(node.body, outer | _ids(own))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and _is_test(node.name):
            yield node.name, outer | _ids(node.decorator_list)


def _is_test(name: str) -> bool:
    return name.startswith("test_")


def _pytestmark(body: Iterable[ast.stmt]) -> list[ast.expr]:
    return [
        node.value
        for node in body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "pytestmark"
    ]


def _ids(nodes: Iterable[ast.AST]) -> frozenset[str]:
    calls = (call for node in nodes for call in ast.walk(node) if isinstance(call, ast.Call))
    ours = (call for call in calls if ast.unparse(call.func) == "pytest.mark.requirement")
    return frozenset(ast.literal_eval(argument) for call in ours for argument in call.args)


def write(folder: Path, files: Mapping[str, str]) -> None:
    """Write files below a folder."""
    for path, text in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")


def make_host(folder: Path, answers: Mapping[str, Any]) -> None:
    """Write both patterns into a small repository that has the module installed."""
    place = {"package_path": "src/auth", "package_import": "src.auth", "tests_path": "tests/auth"}
    host = {"host_app_import": "src.main", "host_app_attribute": "app"}
    for name in NAMES:
        chosen = {**answers, **place, **host, **labels(name)}
        known = {question.name for question in pattern(name).questions}
        files = rendered(name, {key: chosen[key] for key in chosen if key in known})
        write(folder, files)
    (folder / "src" / "__init__.py").touch()
    framework = "Flask" if answers.get("framework") == "flask" else "FastAPI"
    made = "Flask(__name__)" if framework == "Flask" else "FastAPI()"
    (folder / "src" / "main.py").write_text(
        f'"""A host."""\n\nfrom {framework.lower()} import {framework}\n\n'
        "from src.auth.install import install_auth\n\n"
        f"app = {made}\ninstall_auth(app)\n",
        encoding="utf-8",
    )


def ruff(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run the ruff of this environment."""
    command = [sys.executable, "-m", "ruff", *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


def uv() -> str:
    """The uv of this environment."""
    return shutil.which("uv", path=str(Path(sys.executable).parent)) or "uv"
