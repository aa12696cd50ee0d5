"""Say in words how a host is laid out, with its applications that cannot be reached."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import PurePosixPath

from orchestrator.adapters.memory.apps import Function, spellings_in
from orchestrator.adapters.memory.source import Module, Source, dotted
from orchestrator.core.host.host import Observation, Place


def layout(app: Module, root: str, package: str) -> Observation:
    """Where the host's code imports from, and where new code goes."""
    inside = PurePosixPath(app.path).relative_to(root or ".").parts
    shape = "modules without a package" if len(inside) == 1 else f"the package {inside[0]}"
    folder = f"in the folder {root}" if root else "at the top of the repository"
    because = f"{shape} {folder}; new code goes into {package}"
    return Observation("layout", "adopt", because, Place(app.path))


def out_of_reach(source: Source) -> Iterator[Observation]:
    """Applications that no edit of ours could extend, with what would help."""
    for module in source.code:
        for where, place in _made_in(module):
            inside = f"inside {where}" if where else "in an expression"
            because = (
                f"the application is made {inside}, where nothing can be added to it; a "
                "module-level object or a function that returns it would help"
            )
            yield Observation("application", "refuse", because, place)
    tested = [place for module in source.tests for _, place in _made_in(module)]
    if tested:
        more = f", and {len(tested) - 1} more" if len(tested) > 1 else ""
        because = f"the application is made by a test, and no test is served{more}"
        yield Observation("application", "refuse", because, tested[0])


def _made_in(module: Module) -> Iterator[tuple[str, Place]]:
    """Where a module makes an application: the function or class around it, and the place."""
    spellings = spellings_in(module.nodes)
    for where, node in _calls_inside(module.tree, "") if spellings else ():
        if dotted(node.func) in spellings:
            yield where, Place(module.path, node.lineno)


def _calls_inside(node: ast.AST, where: str) -> Iterator[tuple[str, ast.Call]]:
    """Every call below a node, with the dotted name of the function or class around it."""
    if isinstance(node, Function | ast.ClassDef):
        where = f"{where}.{node.name}".lstrip(".")
    if isinstance(node, ast.Call):
        yield where, node
    for inner in ast.iter_child_nodes(node):
        yield from _calls_inside(inner, where)
