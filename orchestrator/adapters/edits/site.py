"""Decide where a call belongs in a host's module, or why nowhere is safe; changes nothing."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from orchestrator.adapters.memory.apps import assigned, class_spellings
from orchestrator.adapters.memory.source import dotted
from orchestrator.core.host.edits import AppCall

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class ImportPlace:
    """Beside which top-level statement an import goes, and whether as a group of its own."""

    index: int
    before: bool
    alone: bool


@dataclass(frozen=True)
class Site:
    """Where to write, as indices of statements that stay as they are.

    `top` is the top-level statement that makes the application; the call follows statement
    `after` of that function's body (`in_function`) or of the module's, which is the last one
    before the `return` when `at_end`.
    """

    variable: str
    top: int
    in_function: bool
    after: int
    imports: ImportPlace
    at_end: bool = False


@dataclass(frozen=True)
class NoSite:
    """Why there is no safe place."""

    because: str


def find_site(tree: ast.Module, edit: AppCall, own: frozenset[str]) -> Site | NoSite:
    """The place for the import and the call, after calls of ours that are already there.

    `own` are names of the host's own modules, so that the import joins theirs.
    """
    spellings = class_spellings(tree)
    spellings |= _own_classes(tree, own, spellings)
    top, variable, body = -1, edit.app, lines_of(tree.body)
    if edit.factory:
        function = _function(tree, edit)
        if isinstance(function, NoSite):
            return function
        returned = _returned(function, spellings)
        if returned is None:
            return NoSite(f"{edit.app} does not return an application that it named first")
        variable, body = returned, lines_of(function.body)
        top = _index(lines_of(tree.body), function)
    made = _last_made(body, variable, spellings)
    if isinstance(made, NoSite):
        return made
    at_end = edit.factory and edit.at_end and _returns_once(body, variable, made)
    after = len(body) - 2 if at_end else _skip_our_calls(tree, body, made, edit.module)
    top = top if edit.factory else made
    imports = import_place(lines_of(tree.body)[:top], edit.module, own)
    return Site(variable, top, edit.factory, after, imports, at_end)


def _own_classes(
    tree: ast.Module, own: frozenset[str], spellings: frozenset[str]
) -> frozenset[str]:
    """Application classes of the host's other modules: what memory saw an application made with.

    A call with an application inside wraps it, and makes none.
    """
    imported = {
        one.asname or one.name
        for node in tree.body
        if isinstance(node, ast.ImportFrom)
        and (node.level or (node.module or "").split(".")[0] in own)
        for one in node.names
    }
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    wraps = (one for one in calls if any(_direct(inner, spellings) for inner in one.args))
    names = {one for one in imported if one[:1].isupper()}
    return frozenset(names - {dotted(one.func) for one in wraps})


def _returns_once(body: list[list[ast.stmt]], variable: str, made: int) -> bool:
    """Say whether a function returns what it made, unchanged and by its last line alone."""
    returns = [one for line in body for node in line for one in _returns(node)]
    later = [node for line in body[made + 1 :] for node in line]
    names = {name for node in later for name, _ in assigned(node)}
    nested = {name for node in later for name in _nested_names(node)}
    return len(returns) == 1 and body[-1] == returns and variable not in names | nested


def _returns(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.Return):
        yield node
    elif not isinstance(node, Function | ast.ClassDef | ast.Lambda):
        for inner in ast.iter_child_nodes(node):
            yield from _returns(inner)


def lines_of(body: Sequence[ast.stmt]) -> list[list[ast.stmt]]:
    """Statements by logical line: those that semicolons join are one line."""
    lines: list[list[ast.stmt]] = []
    for node in body:
        last = lines[-1][-1] if lines else None
        if last is not None and last.end_lineno == node.lineno and not hasattr(last, "body"):
            lines[-1].append(node)
        else:
            lines.append([node])
    return lines


def _index(lines: list[list[ast.stmt]], node: ast.stmt) -> int:
    return next(index for index, line in enumerate(lines) if node in line)


def _function(tree: ast.Module, edit: AppCall) -> Function | NoSite:
    found = [node for node in tree.body if isinstance(node, Function) and node.name == edit.app]
    if not found:
        return NoSite(f"there is no function {edit.app} any more")
    if found[-1].body[0].lineno == found[-1].lineno:
        return NoSite(f"{edit.app} is written on one line")
    return found[-1]


def _returned(function: Function, spellings: frozenset[str]) -> str | None:
    plain = {
        name
        for node in function.body
        for name, value in assigned(node)
        if _direct(value, spellings)
    }
    made = plain.union(*(_nested_names(node) for node in function.body))
    returned = (node.value for node in ast.walk(function) if isinstance(node, ast.Return))
    names = (node.id for node in returned if isinstance(node, ast.Name))
    return next((name for name in names if name in made), None)


def _nested_names(node: ast.stmt) -> set[str]:
    return {name for inner in _inner_bodies(node) for one in inner for name, _ in assigned(one)}


def _direct(value: ast.expr, spellings: frozenset[str]) -> bool:
    return isinstance(value, ast.Call) and dotted(value.func) in spellings


def _last_made(
    body: list[list[ast.stmt]], variable: str, spellings: frozenset[str]
) -> int | NoSite:
    """The last line of a body after which the variable surely is a fresh application."""
    trouble = NoSite(f"{variable} is not made by a plain call in this place")
    found: int | None = None
    for index, node in ((index, node) for index, line in enumerate(body) for node in line):
        values = [value for name, value in assigned(node) if name == variable]
        if any(_direct(value, spellings) for value in values):
            found = index
        elif values and found is None:
            trouble = NoSite(f"the application is wrapped where {variable} is made")
        elif variable in _nested_names(node):
            if not _always_makes(node, variable, spellings):
                return NoSite(f"{variable} is made in only some branches, in line {node.lineno}")
            found = index
    return trouble if found is None else found


def _always_makes(node: ast.stmt, variable: str, spellings: frozenset[str]) -> bool:
    """Say whether a compound statement makes the application on every way through it."""
    if any(name == variable and _direct(value, spellings) for name, value in assigned(node)):
        return True
    if isinstance(node, ast.With):
        return _block_makes(node.body, variable, spellings)
    if isinstance(node, ast.If):
        return _block_makes(node.body, variable, spellings) and _block_makes(
            node.orelse, variable, spellings
        )
    if isinstance(node, ast.Try):
        return _block_makes([*node.body, *node.orelse], variable, spellings) and all(
            _block_makes(one.body, variable, spellings) for one in node.handlers
        )
    return False


def _block_makes(body: Sequence[ast.stmt], variable: str, spellings: frozenset[str]) -> bool:
    if body and isinstance(body[-1], ast.Raise):
        return True
    return any(_always_makes(node, variable, spellings) for node in body)


def _inner_bodies(node: ast.stmt) -> list[list[ast.stmt]]:
    if isinstance(node, Function | ast.ClassDef):
        return []
    bodies = [getattr(node, name, []) for name in ("body", "orelse", "finalbody")]
    bodies += [handler.body for handler in getattr(node, "handlers", [])]
    return [*bodies, *(deep for body in bodies for one in body for deep in _inner_bodies(one))]


def _skip_our_calls(tree: ast.Module, body: list[list[ast.stmt]], made: int, module: str) -> int:
    """The last line after `made` that only calls something of our own package."""
    package = module.rpartition(".")[0]
    ours = {
        alias.asname or alias.name
        for node in tree.body
        if isinstance(node, ast.ImportFrom)
        and package
        and (node.module or "").rpartition(".")[0] == package
        for alias in node.names
    }
    after = made
    for index in range(made + 1, len(body)):
        node = body[index][0]
        call = node.value if isinstance(node, ast.Expr) else None
        if not isinstance(call, ast.Call) or dotted(call.func) not in ours:
            break
        after = index
    return after


def import_place(before: list[list[ast.stmt]], module: str, own: frozenset[str]) -> ImportPlace:
    """Among the host's own imports in order, else before relative ones, else after the last."""
    plain = [(index, _module(line[0])) for index, line in enumerate(before) if _module(line[0])]
    family = [one for one in plain if one[1].split(".")[0] in own | {module.split(".")[0]}]
    later = [index for index, name in family if name > module]
    if later:
        return ImportPlace(later[0], before=True, alone=False)
    if family:
        return ImportPlace(family[-1][0], before=False, alone=False)
    relative = [index for index, line in enumerate(before) if _is_relative(line[0])]
    if relative:
        return ImportPlace(relative[0], before=True, alone=True)
    carriers = [index for index, line in enumerate(before) if _imports_something(line[0])]
    last = carriers[-1] if carriers else _docstring(before)
    return ImportPlace(last, before=False, alone=True)


def _docstring(before: list[list[ast.stmt]]) -> int:
    first = before[0][0] if before else None
    has_one = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    return 0 if has_one else -1


def _is_relative(node: ast.stmt) -> bool:
    return isinstance(node, ast.ImportFrom) and bool(node.level)


def _module(node: ast.stmt) -> str:
    """The module that a plain import names; "" for relative and future ones and other code."""
    if isinstance(node, ast.Import):
        return node.names[0].name
    if isinstance(node, ast.ImportFrom) and not node.level and node.module != "__future__":
        return node.module or ""
    return ""


def _imports_something(node: ast.stmt) -> bool:
    return not isinstance(node, Function | ast.ClassDef) and any(
        isinstance(one, ast.Import | ast.ImportFrom) for one in ast.walk(node)
    )
