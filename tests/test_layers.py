"""The table of layers, executable: who may import whom, and which library lives where."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = "orchestrator"

# layer: (the modules that form it, the layers it may import besides itself)
LAYERS: dict[str, tuple[tuple[str, ...], frozenset[str]]] = {
    "version": (("orchestrator.version",), frozenset()),
    "core": (("orchestrator.core.*",), frozenset()),
    "ports": (("orchestrator.ports.*",), frozenset({"core"})),
    "api": (("orchestrator.api",), frozenset({"core", "ports"})),
    "report": (("orchestrator.report.*",), frozenset({"core"})),
    "app": (("orchestrator.app.*",), frozenset({"core", "ports", "version", "attack"})),
    "adapters": (("orchestrator.adapters.*",), frozenset({"core", "ports"})),
    # programs that a check hands to the gate; they run beside the tree and import nothing of ours
    "inside": (("orchestrator.checks.inside.*",), frozenset()),
    # a black-box client of its own, which knows neither the gate nor the repository
    "attack": (("orchestrator.attack.*",), frozenset({"core"})),
    "checks": (("orchestrator.checks.*",), frozenset({"api", "attack"})),
    "compose": (
        ("orchestrator.compose",),
        frozenset({"core", "ports", "api", "report", "app", "adapters", "checks", "version"}),
    ),
    "cli": (
        ("orchestrator.cli.*", "orchestrator.__main__"),
        frozenset({"core", "app", "report", "compose", "version", "attack"}),
    ),
    "skills": (("skills.*",), frozenset({"api"})),
}

# A door may name the protocols of ports for its annotations, never at run time.
TYPES_ONLY: dict[str, frozenset[str]] = {"cli": frozenset({"ports"})}

# third-party library: the modules that may import it
HOMES: dict[str, tuple[str, ...]] = {
    "pydantic": ("orchestrator.core.*", "orchestrator.adapters.*", "skills.*"),
    "ruamel": ("orchestrator.core.text.yaml_text",),
    "rfc8785": ("orchestrator.core.text.canonical",),
    "click": ("orchestrator.cli.*",),
    "rich": ("orchestrator.cli.*",),
    "platformdirs": ("orchestrator.cli.buglog", "orchestrator.adapters.*"),
    "git": ("orchestrator.adapters.git.commands",),
    "gitdb": ("orchestrator.adapters.git.commands",),
    "copier": ("orchestrator.adapters.patterns.copying",),
    "jinja2": ("orchestrator.adapters.patterns.template_rules",),
    "libcst": ("orchestrator.adapters.edits.*",),
    "tomlkit": ("orchestrator.adapters.edits.*",),
    "filelock": ("orchestrator.adapters.publishing.locks",),
    "httpx": ("orchestrator.adapters.docs.rest",),
    "httpx2": ("orchestrator.adapters.docs.mcp",),
    "mcp": ("orchestrator.adapters.docs.mcp",),
    "uv": ("orchestrator.adapters.running.environment", "orchestrator.adapters.running.toolchain"),
    "packaging": ("orchestrator.adapters.*",),
    "detect_secrets": ("orchestrator.checks.*",),
    "cryptography": ("orchestrator.attack.tokens",),
    # of the standard library, but with a home all the same
    "sqlite3": ("orchestrator.adapters.index.*", "orchestrator.attack.surroundings.tables"),
    "pytest": ("orchestrator.checks.inside.*",),
    "coverage": ("orchestrator.checks.inside.*",),
}

# Standard modules that touch the world stay out of core.
NOT_IN_CORE = frozenset(
    {"os", "subprocess", "socket", "random", "secrets", "time", "shutil", "tempfile", "sqlite3"}
    | {"urllib", "http", "asyncio", "threading", "multiprocessing", "signal", "glob", "io"}
)
PROCESSES = ("orchestrator.adapters.*", "orchestrator.checks.inside.*", "orchestrator.attack.*")


@dataclass(frozen=True)
class Import:
    """One import statement: who imports what, where, and whether only for annotations."""

    importer: str
    imported: str
    line: int
    types_only: bool


def imports_of(module: str, source: str) -> Iterator[Import]:
    tree = ast.parse(source)
    guarded = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")
        for statement in node.body
        for inner in ast.walk(statement)
    }
    for node in ast.walk(tree):
        for name in _names(module, node):
            yield Import(module, name, getattr(node, "lineno", 0), id(node) in guarded)


def _names(module: str, node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        base = node.module or ""
        if node.level:
            parent = module.split(".")[: -node.level]
            base = ".".join([*parent, base] if base else parent)
        return [f"{base}.{alias.name}" for alias in node.names]
    return []


def layer_of(module: str) -> str | None:
    for layer, (patterns, _) in LAYERS.items():
        if any(_is_in(module, pattern) for pattern in patterns):
            return layer
    return None


def _is_in(module: str, pattern: str) -> bool:
    folder = pattern.removesuffix(".*")
    return module == folder or module.startswith(folder + ".") or fnmatch(module, pattern)


def broken_rules(sources: Mapping[str, str]) -> list[str]:
    """Name every import that the tables do not allow."""
    found = []
    for module, source in sorted(sources.items()):
        for one in imports_of(module, source):
            found += [f"{module}:{one.line}: {problem}" for problem in _problems(one)]
    return found


def _problems(one: Import) -> Iterator[str]:
    layer = layer_of(one.importer)
    top = one.imported.split(".")[0]
    if top in (PACKAGE, "skills"):
        yield from _wrong_direction(one, layer)
    elif layer == "core" and top in NOT_IN_CORE:
        yield f"core is pure and imports {top}"
    elif top == "subprocess" and not _at_home(one.importer, PROCESSES):
        yield "processes are started in the adapters only"
    elif top in HOMES and not _at_home(one.importer, HOMES[top]):
        yield f"{top} lives in {' and '.join(HOMES[top])}"
    elif top not in HOMES and top not in sys.stdlib_module_names:
        yield f"{top} has no home in this test's table"


def _wrong_direction(one: Import, layer: str | None) -> Iterator[str]:
    target = layer_of(one.imported)
    if layer is None:
        yield "belongs to no layer"
    elif target is not None and target != layer:
        allowed = LAYERS[layer][1]
        if one.types_only:
            allowed |= TYPES_ONLY.get(layer, frozenset())
        if target not in allowed:
            yield f"{layer} may not import {target} ({one.imported})"


def _at_home(module: str, homes: tuple[str, ...]) -> bool:
    return any(_is_in(module, home) for home in homes)


def cycles(sources: Mapping[str, str]) -> list[str]:
    """Name every import cycle among modules, counting the imports made inside functions too."""
    return _cycles(_edges(sources))


def room_cycles(sources: Mapping[str, str], layer: str) -> list[str]:
    """Name every import cycle among the rooms, which are the folders, of a layer."""
    inside = f"{PACKAGE}.{layer}."
    edges: dict[str, set[str]] = {}
    for module, targets in _edges(sources).items():
        if module.startswith(inside):
            rooms = {_room(target) for target in targets if target.startswith(inside)}
            edges.setdefault(_room(module), set()).update(rooms - {_room(module)})
    return _cycles({room: sorted(targets) for room, targets in edges.items()})


def _room(module: str) -> str:
    return ".".join(module.split(".")[:3])


def _edges(sources: Mapping[str, str]) -> dict[str, list[str]]:
    return {
        module: sorted(
            {
                target
                for one in imports_of(module, source)
                if not one.types_only
                for target in (_module(one.imported, sources),)
                if target and target != module
            }
        )
        for module, source in sources.items()
    }


def _cycles(edges: Mapping[str, list[str]]) -> list[str]:
    found: list[str] = []
    done: set[str] = set()

    def visit(module: str, path: tuple[str, ...]) -> None:
        if module in path:
            found.append(" -> ".join([*path[path.index(module) :], module]))
        elif module not in done:
            for target in edges[module]:
                visit(target, (*path, module))
            done.add(module)

    for module in sorted(edges):
        visit(module, ())
    return found


def _module(name: str, sources: Mapping[str, str]) -> str | None:
    return name if name in sources else _parent(name, sources)


def _parent(name: str, sources: Mapping[str, str]) -> str | None:
    parent = name.rpartition(".")[0]
    return parent if parent in sources else None


def project_sources() -> dict[str, str]:
    files = [*(ROOT / PACKAGE).rglob("*.py"), *(ROOT / "skills").glob("*/*.py")]
    return {_dotted(path): path.read_text(encoding="utf-8") for path in files}


def _dotted(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def test_every_import_follows_the_table() -> None:
    assert broken_rules(project_sources()) == []


def test_no_module_imports_itself_around_a_corner() -> None:
    assert cycles(project_sources()) == []


@pytest.mark.parametrize("layer", ["adapters", "app", "attack", "core"])
def test_no_room_imports_itself_around_a_corner(layer: str) -> None:
    assert room_cycles(project_sources(), layer) == []


def test_a_cycle_of_rooms_is_named() -> None:
    sources = {
        "orchestrator.adapters.git.a": "from orchestrator.adapters.files.a import x",
        "orchestrator.adapters.files.a": "",
        "orchestrator.adapters.files.b": "from orchestrator.adapters.git.a import x",
    }
    assert cycles(sources) == []
    (found,) = room_cycles(sources, "adapters")
    assert "orchestrator.adapters.git -> orchestrator.adapters.files" in found


def test_every_init_file_is_empty() -> None:
    full = [p for p in (ROOT / PACKAGE).rglob("__init__.py") if p.read_bytes()]
    assert full == []


def test_there_is_something_to_check() -> None:
    layers = {layer_of(module) for module in project_sources()}
    assert {"core", "ports", "api", "app", "adapters", "cli"} <= layers


@pytest.mark.parametrize(
    ("module", "source", "problem"),
    [
        (
            "orchestrator.core.x",
            "import orchestrator.app.transition.execute",
            "core may not import app",
        ),
        ("orchestrator.core.x", "from orchestrator import ports", "core may not import ports"),
        ("orchestrator.core.x", "import os", "core is pure"),
        ("orchestrator.core.x", "def f():\n    from subprocess import run", "core is pure"),
        ("orchestrator.app.x", "from ..adapters import git", "app may not import adapters"),
        ("orchestrator.app.x", "from orchestrator import compose", "app may not import compose"),
        (
            "orchestrator.checks.tests",
            "from orchestrator.core.gate.check import Figure",
            "checks may",
        ),
        (
            "orchestrator.cli.x",
            "from orchestrator.ports.every import Ports",
            "cli may not import ports",
        ),
        ("orchestrator.app.x", "import subprocess", "processes are started"),
        ("orchestrator.app.x", "import git", "git lives in"),
        ("orchestrator.core.x", "import ruamel.yaml", "ruamel lives in"),
        ("orchestrator.core.x", "import requests", "has no home"),
        ("skills.code-development.skill", "import orchestrator.core.host.host", "skills may not"),
        ("orchestrator.stray", "import orchestrator.api", "belongs to no layer"),
    ],
)
def test_a_broken_rule_is_named(module: str, source: str, problem: str) -> None:
    (found,) = broken_rules({module: source})
    assert found.startswith(f"{module}:")
    assert problem in found


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("orchestrator.core.x", "from orchestrator.core.errors import OrchestratorError"),
        ("orchestrator.core.text.yaml_text", "def f():\n    from ruamel.yaml import YAML"),
        ("orchestrator.app.x", "from orchestrator.ports.every import Ports"),
        ("orchestrator.adapters.git.commands", "import git, subprocess, os"),
        ("orchestrator.compose", "from orchestrator.adapters.git.commands import GitRepository"),
        ("orchestrator.cli.x", "if TYPE_CHECKING:\n    from orchestrator.ports.every import Ports"),
        ("skills.code-development.skill", "from orchestrator.api import Proposal"),
    ],
)
def test_an_allowed_import_is_not_named(module: str, source: str) -> None:
    assert broken_rules({module: source}) == []


def test_a_cycle_is_named() -> None:
    sources = {
        "orchestrator.core.a": "from orchestrator.core import b",
        "orchestrator.core.b": "def late():\n    from orchestrator.core.a import name",
    }
    assert cycles(sources) == ["orchestrator.core.a -> orchestrator.core.b -> orchestrator.core.a"]
