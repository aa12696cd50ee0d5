"""The generated package as a house: rooms without HTTP, no circle of imports, short functions."""

from __future__ import annotations

import ast
import statistics
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import PurePosixPath
from typing import Any

import pytest
from auth_patterns import NAMES, labels, pattern, rendered

PACKAGE = "src/auth"
EVERYTHING = {"oauth": ["google", "github", "oidc"], "transport": "both", "roles": True}
MEDIAN, LONGEST = 12, 40

HOUSES = [{}, {"framework": "flask", "signing": "RS256"}, EVERYTHING]


def _modules(answers: Mapping[str, Any]) -> dict[str, ast.Module]:
    """The modules of a rendered package, by their path below it."""
    place = {"package_path": PACKAGE, "package_import": "src.auth", "tests_path": "tests/auth"}
    found: dict[str, ast.Module] = {}
    for name in NAMES:
        known = {question.name for question in pattern(name).questions}
        chosen = {**answers, **place, **labels(name)}
        for path, text in rendered(name, {k: v for k, v in chosen.items() if k in known}).items():
            if path.startswith(f"{PACKAGE}/") and path.endswith(".py"):
                found[path.removeprefix(f"{PACKAGE}/")] = ast.parse(text)
    return found


def _imports(path: str, tree: ast.Module) -> Iterator[str]:
    """The modules of the package that a module imports when it is loaded, as paths below it."""
    for node in _at_load(tree):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = PurePosixPath(path).parent
            for _ in range(node.level - 1):
                base = base.parent
            target = base / (node.module or "").replace(".", "/")
            yield f"{target}.py"
            yield from (f"{target / name.name}.py" for name in node.names)


def _at_load(tree: ast.AST) -> Iterator[ast.AST]:
    """Nodes outside functions and outside `if TYPE_CHECKING`."""
    for node in ast.iter_child_nodes(tree):
        deferred = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        typing_only = isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        if not deferred and not typing_only:
            yield node
            yield from _at_load(node)


def _graph(modules: Mapping[str, ast.Module]) -> dict[str, set[str]]:
    return {path: set(_imports(path, tree)) & set(modules) for path, tree in modules.items()}


@pytest.mark.parametrize("answers", HOUSES, ids=str)
def test_no_room_imports_web_and_nothing_goes_round_in_circles(answers: dict[str, Any]) -> None:
    graph = _graph(_modules(answers))
    assert len(graph) > 50
    rooms = {path for path in graph if "/" in path and not path.startswith("web/")}
    wrong = {path: web for path in rooms if (web := {to for to in graph[path] if to[:4] == "web/"})}
    assert wrong == {}
    tuple(TopologicalSorter(graph).static_order())


def test_a_circle_and_a_room_that_knows_http_would_be_seen() -> None:
    round_ = {"a.py": ast.parse("from .b import x"), "b.py": ast.parse("from .a import y")}
    with pytest.raises(CycleError):
        tuple(TopologicalSorter(_graph(round_)).static_order())
    rude = {"mail/a.py": ast.parse("from ..web.wire import Call"), "web/wire.py": ast.parse("")}
    assert _graph(rude)["mail/a.py"] == {"web/wire.py"}
    late = {"a.py": ast.parse("def f():\n    from .b import x"), "b.py": ast.parse("")}
    assert _graph(late)["a.py"] == set()


@pytest.mark.parametrize("answers", HOUSES, ids=str)
def test_functions_are_short(answers: dict[str, Any]) -> None:
    lengths = [
        (node.end_lineno or node.lineno) - node.lineno + 1
        for tree in _modules(answers).values()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    assert statistics.median(lengths) < MEDIAN
    assert max(lengths) <= LONGEST
