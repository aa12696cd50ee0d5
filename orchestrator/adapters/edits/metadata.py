"""Let Alembic's `env.py` compare the new tables too, so that it never proposes to drop them."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from orchestrator.adapters.edits.imports import own_names, with_import
from orchestrator.adapters.edits.site import import_place, lines_of
from orchestrator.adapters.memory.source import dotted, keyword, parsed
from orchestrator.core.change.changes import File
from orchestrator.core.host.edits import ComparedTables, EditCannot, EditDone, EditResult, EditThere

_VARIABLE = "target_metadata"


def add_metadata(edit: ComparedTables, existing: Mapping[str, File]) -> EditResult:
    """Done, already there, or cannot, with the text that a person should paste."""
    file = existing.get(edit.path)
    if file is None:
        return _cannot(edit, "the file is not there")
    tree = parsed(file.content)
    if isinstance(tree, str):
        return _cannot(edit, f"the file {tree}")
    if _is_imported(tree, edit):
        return EditThere(edit.path)
    named = [*_named(tree)]
    problem = _problem(tree, edit, named)
    if problem:
        return _cannot(edit, problem)
    content = _written(file.content, tree, edit, named, own_names(existing, edit.path))
    if isinstance(content, str):
        return _cannot(edit, content)
    return EditDone(edit.path, File(content, file.executable))


def _cannot(edit: ComparedTables, because: str) -> EditCannot:
    paste = (
        f"# in {edit.path}, add the metadata to what is there:\n"
        f"from {edit.module} import {edit.name} as {edit.alias}\n\n"
        f"{_VARIABLE} = [{_VARIABLE}, {edit.alias}.metadata]\n"
    )
    return EditCannot(edit.path, because, paste)


def _is_imported(tree: ast.Module, edit: ComparedTables) -> bool:
    return any(
        isinstance(node, ast.ImportFrom)
        and node.module == edit.module
        and any(alias.name == edit.name for alias in node.names)
        for node in ast.walk(tree)
    )


def _named(tree: ast.Module) -> Iterator[ast.expr]:
    """The expressions that name the host's metadata: one assignment, else those of `configure`."""
    assigned = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and any(dotted(one) == _VARIABLE for one in node.targets)
    ]
    if assigned:
        yield from assigned
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and dotted(node.func).endswith("configure"):
            given = keyword(node, _VARIABLE)
            if given is not None:
                yield given


def _problem(tree: ast.Module, edit: ComparedTables, named: list[ast.expr]) -> str:
    assigned = [one for one in ast.walk(tree) if _is_variable(one, ast.Store)]
    if not named or any(isinstance(one, ast.Constant) for one in named):
        return "it names no metadata that could be compared"
    if len(assigned) > 1:
        return f"it sets {_VARIABLE} more than once"
    if any(
        isinstance(one, ast.Attribute) and dotted(one.value) == _VARIABLE for one in ast.walk(tree)
    ):
        return f"it uses an attribute of {_VARIABLE}, which would become a list"
    if any(isinstance(one, ast.Name) and one.id == edit.alias for one in ast.walk(tree)):
        return f"the name {edit.alias} is taken in it"
    return ""


def _is_variable(node: ast.AST, how: type[ast.expr_context]) -> bool:
    return isinstance(node, ast.Name) and node.id == _VARIABLE and isinstance(node.ctx, how)


def _written(
    content: bytes,
    tree: ast.Module,
    edit: ComparedTables,
    named: list[ast.expr],
    own: frozenset[str],
) -> bytes | str:
    """The new bytes, or why the file cannot be written back exactly."""
    import libcst

    joined = _joined(content, named, f"{edit.alias}.metadata")
    try:
        module = libcst.parse_module(joined)
    except (libcst.ParserSyntaxError, UnicodeDecodeError, LookupError):
        return "the file cannot be read exactly enough to change it"
    if module.bytes != joined or module.encoding != "utf-8":
        return "the file cannot be written back byte for byte"
    lines = lines_of(tree.body)
    top = next(index for index, line in enumerate(lines) if _holds(line, named))
    place = import_place(lines[:top], edit.module, own)
    text = f"from {edit.module} import {edit.name} as {edit.alias}"
    return with_import(module, place, text).bytes


def _holds(line: list[ast.stmt], named: list[ast.expr]) -> bool:
    return any(inner in named for node in line for inner in ast.walk(node))


def _joined(content: bytes, named: list[ast.expr], more: str) -> bytes:
    """Each expression replaced by a list of it and one more; the last first, so places hold."""
    lines = content.splitlines(keepends=True)
    starts = [sum(map(len, lines[:index])) for index in range(len(lines))]
    for node in sorted(named, key=lambda one: (one.lineno, one.col_offset), reverse=True):
        start = starts[node.lineno - 1] + node.col_offset
        end = starts[(node.end_lineno or 0) - 1] + (node.end_col_offset or 0)
        content = content[:start] + _list(node, content[start:end], more) + content[end:]
    return content


def _list(node: ast.expr, text: bytes, more: str) -> bytes:
    if isinstance(node, ast.List) and node.elts and b"\n" not in text:
        return text.removesuffix(b"]").rstrip().rstrip(b",") + f", {more}]".encode()
    star = b"*" if isinstance(node, ast.List | ast.Tuple) else b""
    return b"[" + star + text + f", {more}]".encode()
