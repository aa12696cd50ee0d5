"""Find code that deals with a subject, by the words in its names; ranked, with file and line."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from orchestrator.adapters.memory.source import Module, dotted
from orchestrator.core.host.host import Place

SUBJECT = ("auth", "jwt", "login", "oauth", "password", "token", "user")
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
_COLUMNS = ("Column", "mapped_column")
_KINDS = {"model": 3, "class": 2, "route": 2, "function": 1}


@dataclass(frozen=True)
class Symbol:
    """A named thing in the host's code: its kind, its name, and where it stands."""

    kind: str
    name: str
    place: Place


def symbols_of(module: Module) -> Iterator[Symbol]:
    """The classes, models, routes and functions that a module defines, methods left out."""
    for node in module.tree.body:
        yield from _symbols(node, module.path)


def about(
    words: Iterable[str], modules: Iterable[Module], *, limit: int = 20
) -> tuple[Symbol, ...]:
    """The symbols whose names contain the words, those with most of them first."""
    wanted = tuple(dict.fromkeys(word.lower() for word in words if len(word) > 2))
    scored = [
        (score, symbol)
        for module in modules
        for symbol in symbols_of(module)
        if (score := _score(symbol, wanted))
    ]
    scored.sort(key=lambda one: (-one[0], one[1].place.path, one[1].place.line))
    return tuple(symbol for _, symbol in scored[:limit])


def _symbols(node: ast.stmt, path: str) -> Iterator[Symbol]:
    if isinstance(node, ast.ClassDef):
        kind = "model" if is_model(node) else "class"
        yield Symbol(kind, node.name, Place(path, node.lineno))
    elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        is_route = any(
            isinstance(one, ast.Call) and isinstance(one.func, ast.Attribute) and one.args
            for one in node.decorator_list
        )
        yield Symbol("route" if is_route else "function", node.name, Place(path, node.lineno))
        for inner in node.body:
            yield from _symbols(inner, path)
    elif isinstance(node, ast.If | ast.Try | ast.With):
        for inner in node.body:
            yield from _symbols(inner, path)


def is_model(node: ast.ClassDef) -> bool:
    """Say whether a class is a table, as SQLAlchemy, SQLModel or Flask-SQLAlchemy spell it."""
    has_table = any(
        isinstance(one, ast.Assign)
        and any(dotted(target) == "__tablename__" for target in one.targets)
        for one in node.body
    )
    flag = any(one.arg == "table" and _is_true(one.value) for one in node.keywords)
    derived = any(dotted(one).endswith(".Model") for one in node.bases)
    return has_table or flag or derived or _has_key(node)


def _has_key(node: ast.ClassDef) -> bool:
    """Say whether a class that is not abstract has a column that is its primary key."""
    fields = [one for one in node.body if isinstance(one, ast.Assign | ast.AnnAssign)]
    names = {dotted(one) for field in fields for one in getattr(field, "targets", ())}
    made = (one.value for one in fields if isinstance(one.value, ast.Call))
    keyed = (
        one.arg == "primary_key" and _is_true(one.value)
        for call in made
        if dotted(call.func).split(".")[-1] in _COLUMNS
        for one in call.keywords
    )
    return bool(node.bases) and "__abstract__" not in names and any(keyed)


def _is_true(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is True


def _score(symbol: Symbol, wanted: tuple[str, ...]) -> int:
    parts = {part.lower() for part in _WORD.findall(symbol.name)}
    hits = sum(any(part.startswith(word) for part in parts) for word in wanted)
    return 10 * hits + _KINDS[symbol.kind] if hits else 0
