"""Add one import to a host's module, beside the imports that it belongs to."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

from orchestrator.adapters.edits.site import ImportPlace

if TYPE_CHECKING:
    from libcst import CSTNode, EmptyLine, Module


def own_names(paths: Iterable[str], near: str) -> frozenset[str]:
    """Every name by which a module of the host could import the host's own files and folders.

    An absolute import starts at a folder that is around the module `near`, if only by its name:
    what lies deeper in a package is imported by the name of that.
    """
    around = near.split("/")[:-1]
    found: set[str] = set()
    for path in (path for path in paths if path.endswith(".py")):
        parts = path.removesuffix(".py").split("/")
        shared = next(
            (n for n, both in enumerate(zip(parts, around, strict=False)) if both[0] != both[1]),
            min(len(parts), len(around)),
        )
        found.update(parts[: shared + 1])
    return frozenset(found) - sys.stdlib_module_names


def with_import(module: Module, place: ImportPlace, text: str) -> Module:
    """The module with one more import statement at a place."""
    import libcst

    new = libcst.parse_statement(text, module.config_for_parsing)
    blank = libcst.EmptyLine(indent=False)
    body = list(module.body)
    if place.before:
        old = body[place.index]
        above, rest = lines_above(old)
        body[place.index] = old.with_changes(leading_lines=[blank, *rest] if place.alone else rest)
        body.insert(place.index, new.with_changes(leading_lines=above))
    else:
        lines = [blank] if place.alone and place.index >= 0 else []
        body.insert(place.index + 1, new.with_changes(leading_lines=lines))
    return module.with_changes(body=body)


def lines_above(node: CSTNode) -> tuple[list[EmptyLine], list[EmptyLine]]:
    """The blank lines above a statement, and from its first comment on what stays with it."""
    lines = list(getattr(node, "leading_lines", ()))
    split = next((i for i, line in enumerate(lines) if line.comment), len(lines))
    return lines[:split], lines[split:]
