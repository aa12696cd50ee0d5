"""What one Python file says, from its bytes alone: symbols and imports; nothing is ever run."""

from __future__ import annotations

import ast
import keyword
import re
import string
from collections.abc import Iterable

from orchestrator.adapters.memory.routes import find_routes
from orchestrator.adapters.memory.source import Module, dotted, parsed
from orchestrator.adapters.memory.symbols import is_model
from orchestrator.core.search.code import Known, Symbol
from orchestrator.core.search.query import spaced

_WORD = re.compile(r"[^\W\d_]\w\w+")
# What is neither part of a word nor ends a line becomes a blank; splitting at blanks takes a third
# of the time of a regular expression.
_BLANKS = bytes(
    one if one > 127 or chr(one).isalnum() or chr(one) in "_\r\n" else 32 for one in range(256)
)
# Words that stand everywhere and tell one function from another by nothing.
_EVERYWHERE = frozenset(
    {*keyword.kwlist, *string.ascii_letters, *string.digits, "_", "self", "cls"}
)
_LONGEST_TEXT = 200
_MOST_LINES = 40  # of a body, whose words are kept
_INNER = {
    ast.If: ("body", "orelse"),
    ast.For: ("body", "orelse"),
    ast.AsyncFor: ("body", "orelse"),
    ast.While: ("body", "orelse"),
    ast.With: ("body",),
    ast.AsyncWith: ("body",),
    ast.Try: ("body", "handlers", "orelse", "finalbody"),
    ast.TryStar: ("body", "handlers", "orelse", "finalbody"),
    ast.ExceptHandler: ("body",),
    ast.Match: ("cases",),
    ast.match_case: ("body",),
}
_MADE_BY = {
    "FastAPI": "application",
    "Flask": "application",
    "APIRouter": "router",
    "Blueprint": "router",
    "create_engine": "engine",
    "create_async_engine": "engine",
    "sessionmaker": "session",
    "async_sessionmaker": "session",
    "scoped_session": "session",
    "async_scoped_session": "session",
    "SQLAlchemy": "session",
}
_ROUTES = frozenset(
    {"get", "post", "put", "patch", "delete", "head", "options", "route", "api_route", "websocket"}
)
_ADDERS = frozenset({"add_url_rule", "add_api_route", "add_route", "add_api_websocket_route"})
_HANDLERS = frozenset(
    {"exception_handler", "errorhandler", "app_errorhandler"}
    | {"add_exception_handler", "register_error_handler"}
)
# A function in which none of these words stands defines nothing that is listed.
_DEFINING = frozenset({"class", "import"}) | _MADE_BY.keys() | _ADDERS | _HANDLERS
_OPENS_SESSION = re.compile(r"(^|_)(db|session)(_|$)", re.IGNORECASE)
_REVISION = ("revision", "down_revision")


def known(content: bytes) -> Known:
    """The symbols and imports of a file, or why it cannot be read; never raises for its content."""
    tree = parsed(content)
    if isinstance(tree, str):
        return Known(unread=tree)
    reader = _Reader(_text(content.translate(_BLANKS)))
    try:
        reader.read(tree)
    except RecursionError:
        return Known(unread="is nested too deeply")
    return Known(reader.symbols(), tuple(sorted(reader.imports)))


def _text(content: bytes) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


class _Reader:
    """One walk over the statements of a file; expressions are looked at where one may matter."""

    def __init__(self, text: str) -> None:
        self._lines = text.split("\n")
        self._found: list[tuple[int, str, str, str, str]] = []
        self._names: list[str] = []
        self._answering: dict[int, str] = {}
        self._revisions: dict[str, str] = {}
        self.imports: set[str] = set()

    def read(self, tree: ast.Module) -> None:
        self._body(tree.body, "", in_class=False)
        if self._answering:
            self._name_routes(tree)
        revision = self._revisions.get("revision", "")
        kind = "migration" if len(self._revisions) == len(_REVISION) else "module"
        text = _docstring(tree)
        words = [*sorted(self.imports), *self._names]
        if text or words:
            self._add(kind, revision if kind == "migration" else "", 1, text, words)

    def symbols(self) -> tuple[Symbol, ...]:
        """What was found, in the order of the lines; words in lower case, their parts apart."""
        self._found.sort()
        bodies = spaced("\n".join([one[4] for one in self._found])).lower().split("\n")
        return tuple(
            [
                Symbol(kind, name, line, text, words)
                for (line, kind, name, text, _), words in zip(self._found, bodies, strict=False)
            ]
        )

    def _body(self, body: Iterable[ast.AST], before: str, *, in_class: bool) -> None:
        for node in body:
            kind = type(node)
            if kind is ast.FunctionDef or kind is ast.AsyncFunctionDef:
                self._function(node, before, in_class=in_class)  # type: ignore[arg-type]
            elif kind is ast.Assign or kind is ast.AnnAssign:
                if not before or type(node.value) is ast.Call:  # type: ignore[attr-defined]
                    self._assignment(node, before)  # type: ignore[arg-type]
            elif kind is ast.Expr:
                if type(node.value) is ast.Call:  # type: ignore[attr-defined]
                    self._call(node.value, before)  # type: ignore[attr-defined]
            elif kind in _INNER:
                for name in _INNER[kind]:
                    self._body(getattr(node, name), before, in_class=in_class)
            elif kind is ast.ClassDef:
                self._class(node, before)  # type: ignore[arg-type]
            elif kind is ast.Import or kind is ast.ImportFrom:
                self._import(node)  # type: ignore[arg-type]

    def _function(
        self, node: ast.FunctionDef | ast.AsyncFunctionDef, before: str, *, in_class: bool
    ) -> None:
        name = before + node.name
        line, end = node.lineno - 1, node.end_lineno or node.lineno
        found = " ".join(self._lines[line : min(end, line + _MOST_LINES)]).split()
        words = set(found)
        kind = _kind(node, before, words, in_class=in_class)
        for one in node.decorator_list:
            if type(one) is ast.Call and _is_method(one, _HANDLERS):
                kind = "error handler"
            elif type(one) is ast.Call and _is_method(one, _ROUTES) and _may_be_path(one):
                self._answering[one.lineno] = name
        # What a test says in its body is about everything; it is found by its name.
        self._add(
            kind, name, line + 1, _docstring(node), () if kind == "test" else words - _EVERYWHERE
        )
        if found.count("def") > 1 or end - line > _MOST_LINES or not words.isdisjoint(_DEFINING):
            self._body(node.body, f"{name}.", in_class=False)

    def _add(self, kind: str, name: str, line: int, text: str, words: Iterable[str]) -> None:
        self._found.append((line, kind, name, text, " ".join(words)))

    def _class(self, node: ast.ClassDef, before: str) -> None:
        name = before + node.name
        kind = "model" if is_model(node) else "class"
        bases = [dotted(base) for base in node.bases]
        if any(base.endswith("Settings") for base in bases):
            kind = "settings"
        fields = [_target(one) for one in node.body]
        words = [word for word in (*bases, *fields) if word]
        self._add(kind, name, node.lineno, _docstring(node), words)
        self._body(node.body, f"{name}.", in_class=True)

    def _import(self, node: ast.Import | ast.ImportFrom) -> None:
        if isinstance(node, ast.Import):
            self.imports.update([alias.name for alias in node.names])
        else:
            self.imports.add("." * node.level + (node.module or ""))

    def _assignment(self, node: ast.Assign | ast.AnnAssign, before: str) -> None:
        name, value = _target(node), node.value
        if not before and name:
            self._names.append(name)
            if name in _REVISION:
                self._revisions[name] = _text_of(value)
        if name and type(value) is ast.Call:
            kind = _MADE_BY.get(dotted(value.func).rpartition(".")[2])
            if kind:
                words = _WORD.findall(ast.unparse(value)[:_LONGEST_TEXT])
                self._add(kind, before + name, node.lineno, "", words)

    def _call(self, call: ast.Call, before: str) -> None:
        if _is_method(call, _ADDERS) and _may_be_path(call):
            self._answering[call.lineno] = before
        elif _is_method(call, _HANDLERS):
            words = _WORD.findall(ast.unparse(call)[:_LONGEST_TEXT])
            self._add("error handler", before + _method(call), call.lineno, "", words)

    def _name_routes(self, tree: ast.Module) -> None:
        """A route is named by its path; its words are the name of the function that answers."""
        for path, place in find_routes((Module("", tree),)):
            if place.line in self._answering and path.removeprefix("{…}").startswith("/"):
                self._add("route", _clean(path), place.line, "", [self._answering[place.line]])


def _kind(
    node: ast.FunctionDef | ast.AsyncFunctionDef, before: str, words: set[str], *, in_class: bool
) -> str:
    if node.name.startswith("test") and (not before or before.startswith("Test")):
        return "test"
    if "yield" in words and _OPENS_SESSION.search(node.name):
        return "session"
    return "method" if in_class else "function"


def _method(call: ast.Call) -> str:
    return call.func.attr if type(call.func) is ast.Attribute else ""


def _is_method(call: ast.Call, names: frozenset[str]) -> bool:
    return type(call.func) is ast.Attribute and call.func.attr in names


def _may_be_path(call: ast.Call) -> bool:
    """Say whether the first argument is no text that is plainly something else than a path."""
    return not _text_of(call.args[0] if call.args else None)[:1].isalpha()


def _target(node: ast.AST) -> str:
    """The plain name that a statement assigns to, "" without."""
    if type(node) is ast.Assign:
        target = node.targets[0]
    elif type(node) is ast.AnnAssign:
        target = node.target
    else:
        return ""
    return target.id if type(target) is ast.Name else ""


def _docstring(node: ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    """The first line of a docstring."""
    first = node.body[0] if node.body else None
    text = _text_of(first.value) if type(first) is ast.Expr else ""
    return _clean(text.strip().partition("\n")[0]) if text else ""


def _text_of(node: ast.expr | None) -> str:
    if type(node) is ast.Constant and type(node.value) is str:
        return node.value
    return ""


def _clean(text: str) -> str:
    """One short line that a terminal may print and a database may keep."""
    short = text[:_LONGEST_TEXT]
    return short if short.isprintable() else "".join(c if c.isprintable() else " " for c in short)
