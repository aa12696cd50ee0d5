"""Change a host's files by their syntax, as little as possible; what is not safe is not done."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, assert_never

from orchestrator.adapters.edits.allowed import allow_findings
from orchestrator.adapters.edits.dependencies import add_dependencies
from orchestrator.adapters.edits.imports import lines_above, own_names, with_import
from orchestrator.adapters.edits.lines import add_ignored
from orchestrator.adapters.edits.metadata import add_metadata
from orchestrator.adapters.edits.site import NoSite, Site, find_site
from orchestrator.adapters.memory.source import parsed
from orchestrator.core.change.changes import File
from orchestrator.core.host.edits import (
    AddDependencies,
    AllowedFindings,
    AppCall,
    ComparedTables,
    Edit,
    EditCannot,
    EditDone,
    EditResult,
    EditThere,
    IgnoredPaths,
)

if TYPE_CHECKING:
    from libcst import Module


class SyntaxEditor:
    """The Editor port. An edit that was made once is found to be there the second time."""

    def apply(self, edit: Edit, existing: Mapping[str, File]) -> EditResult:
        """Done, already there, or cannot, with the text that a person should paste."""
        match edit:
            case AppCall():
                return _add_call(edit, existing)
            case IgnoredPaths():
                return add_ignored(edit, existing)
            case ComparedTables():
                return add_metadata(edit, existing)
            case AddDependencies():
                return add_dependencies(edit, existing)
            case AllowedFindings():
                return allow_findings(edit, existing)
            case _:
                assert_never(edit)


def _add_call(edit: AppCall, existing: Mapping[str, File]) -> EditResult:
    path = edit.place.path
    file = existing.get(path)
    if file is None:
        return _cannot(edit, "the file is not there")
    tree = parsed(file.content)
    if isinstance(tree, str):
        return _cannot(edit, f"the file {tree}")
    if _is_called(tree, edit):
        return EditThere(path)
    site = find_site(tree, edit, own_names(existing, edit.place.path))
    if isinstance(site, NoSite):
        return _cannot(edit, site.because)
    there = min(_imported_as(tree.body, edit), default=None)
    name = there or _free_name(tree, edit.name)
    if name is None:
        return _cannot(edit, f"the name {edit.name} is taken in this module")
    content = _written(file.content, edit, site, name, imported=there is not None)
    if isinstance(content, str):
        return _cannot(edit, content)
    return EditDone(path, File(content, file.executable))


def _cannot(edit: AppCall, because: str) -> EditCannot:
    app = "app" if edit.factory else edit.app
    where = "right after the application is made" + (
        f", inside {edit.app}(), before it is returned" if edit.factory else ""
    )
    call = edit.call.replace("{app}", app)
    paste = f"# in {edit.place.path}, {where}:\nfrom {edit.module} import {edit.name}\n\n{call}\n"
    return EditCannot(edit.place.path, because, paste)


def _imported_as(nodes: Iterable[ast.AST], edit: AppCall) -> set[str]:
    tail = ".".join(edit.module.split(".")[-2:])
    return {
        alias.asname or alias.name
        for node in nodes
        if isinstance(node, ast.ImportFrom)
        and (node.module == edit.module or (node.level and (node.module or "").endswith(tail)))
        for alias in node.names
        if alias.name == edit.name
    }


def _is_called(tree: ast.Module, edit: AppCall) -> bool:
    names = _imported_as(ast.walk(tree), edit)
    return any(
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names
        for node in ast.walk(tree)
    )


def _free_name(tree: ast.Module, name: str) -> str | None:
    """The name itself, or a second spelling when the module already uses it for something."""
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            used.add(node.name)
        elif isinstance(node, ast.alias):
            used.add((node.asname or node.name).split(".")[0])
        elif isinstance(node, ast.arg):
            used.add(node.arg)
    return next((one for one in (name, f"{name}_module") if one not in used), None)


def _written(
    content: bytes, edit: AppCall, site: Site, name: str, *, imported: bool
) -> bytes | str:
    """The new bytes, or why the file cannot be written back exactly."""
    import libcst

    try:
        module = libcst.parse_module(content)
    except (libcst.ParserSyntaxError, UnicodeDecodeError, LookupError):
        return "the file cannot be read exactly enough to change it"
    if module.bytes != content:
        return "the file cannot be written back byte for byte"
    alias = "" if name == edit.name else f" as {name}"
    call = re.sub(rf"\b{re.escape(edit.name)}\b", name, edit.call, count=1)
    called = _with_call(module, site, call.replace("{app}", site.variable))
    if imported:
        return called.bytes
    return with_import(called, site.imports, f"from {edit.module} import {edit.name}{alias}").bytes


def _with_call(module: Module, site: Site, text: str) -> Module:
    import libcst

    call = libcst.parse_statement(text, module.config_for_parsing)
    body = list(module.body)
    function = body[site.top]
    if not site.in_function:
        body.insert(site.after + 1, call)
    elif isinstance(function, libcst.FunctionDef):
        inner = [*function.body.body]
        place = site.after + 1
        if site.at_end:
            blank, rest = lines_above(inner[place])
            inner[place] = inner[place].with_changes(leading_lines=rest)
            call = call.with_changes(leading_lines=blank)
        inner.insert(place, call)
        body[site.top] = function.with_deep_changes(function.body, body=inner)
    return module.with_changes(body=body)
