"""Look through the host's syntax trees for classes, calls, functions and imports."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from orchestrator.adapters.memory.apps import Function
from orchestrator.adapters.memory.source import Module, dotted
from orchestrator.core.host.host import Place

_MOST = 12


def classes(modules: Iterable[Module]) -> Iterator[tuple[Module, ast.ClassDef]]:
    """Every class of some modules, with its module."""
    for module in modules:
        for node in module.nodes:
            if isinstance(node, ast.ClassDef):
                yield module, node


def functions(modules: Iterable[Module]) -> Iterator[tuple[Module, Function]]:
    """Every function and method of some modules, with its module."""
    for module in modules:
        for node in module.nodes:
            if isinstance(node, Function):
                yield module, node


def calls(modules: Iterable[Module], *names: str) -> Iterator[tuple[Module, ast.Call]]:
    """Every call of something whose last name is one of `names`, with its module."""
    for module in modules:
        for node in module.nodes:
            if isinstance(node, ast.Call) and last_name(node.func) in names:
                yield module, node


def last_name(node: ast.expr | None) -> str:
    """The last part of a dotted spelling, also when it hangs on something without a name."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return dotted(node)


def derives(node: ast.ClassDef, *bases: str) -> bool:
    """Say whether a class names one of some bases as its own."""
    return any(last_name(one) in bases for one in node.bases)


def imports(module: Module, library: str) -> bool:
    """Say whether a module imports a library or a part of it."""
    return any(name.split(".")[0] == library for name, _, level in module.imports if not level)


def first_import(module: Module, library: str) -> Place:
    """Where a module first imports a library."""
    for node in module.nodes:
        names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        if isinstance(node, ast.Import | ast.ImportFrom) and any(
            name.split(".")[0] == library for name in names
        ):
            return Place(module.path, node.lineno)
    return Place(module.path)


def place_of(module: Module, node: ast.stmt | ast.expr) -> Place:
    """The file and line of a node."""
    return Place(module.path, node.lineno)


def listed(words: Iterable[str]) -> str:
    """Words in a row, the last after `and`, each once; of many the first, and how many more."""
    every = list(dict.fromkeys(words))
    if len(every) > _MOST:
        every = [*every[: _MOST - 1], f"{len(every) - _MOST + 1} more"]
    return " and ".join(filter(None, [", ".join(every[:-1]), *every[-1:]]))
