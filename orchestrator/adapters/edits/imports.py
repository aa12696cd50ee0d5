"""Add one import to a host's module, beside the imports that it belongs to."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

from orchestrator.adapters.edits.site import ImportPlace

if TYPE_CHECKING:
    from libcst import CSTNode, EmptyLine, Module


def own_names(paths: Iterable[str]) -> frozenset[str]:
    """Every name that the host's own files and folders could be imported by."""
    parts = (path.removesuffix(".py").split("/") for path in paths if path.endswith(".py"))
    return frozenset(part for one in parts for part in one) - sys.stdlib_module_names


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
