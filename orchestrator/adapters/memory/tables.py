"""The tables that a host's code declares, with what can be read of their columns."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from orchestrator.adapters.memory.apps import assigned, assignments
from orchestrator.adapters.memory.looking import classes, last_name, place_of
from orchestrator.adapters.memory.source import Source, keyword
from orchestrator.adapters.memory.symbols import is_model
from orchestrator.core.host.host import Place

_DEPTH = 6
_MAKERS = ("Column", "mapped_column", "Field")
_NO_COLUMN = ("relationship", "Relationship", "association_proxy", "column_property", "synonym")
_LIBRARY_USERS = ("SQLAlchemyBaseUserTable", "SQLAlchemyBaseUserTableUUID")
_UPPER = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


@dataclass(frozen=True)
class Column:
    """One column: its name in the database and its type in lower case ("" when not readable)."""

    name: str
    type: str
    primary: bool = False
    unique: bool = False


@dataclass(frozen=True)
class Table:
    """One declared table; `name` is "" when it cannot be read. Columns by their name in code."""

    model: str
    name: str
    columns: Mapping[str, Column]
    place: Place
    schema: bool = False


def tables_of(source: Source) -> Iterator[Table]:
    """Every table that a class or a `Table(…)` of the host's code declares."""
    known = {node.name: node for _, node in classes(source.code)}
    for module, node in classes(source.code):
        if is_model(node) or _is_library_user(node, known):
            yield _of_class(node, known, place_of(module, node))
    for module in source.code:
        for name, value, _ in assignments(module.tree.body):
            if isinstance(value, ast.Call) and last_name(value.func) == "Table" and value.args:
                yield _of_call(name, value, place_of(module, value))


def _of_call(name: str, call: ast.Call, place: Place) -> Table:
    columns = {}
    for one in call.args:
        if isinstance(one, ast.Call) and last_name(one.func) == "Column" and one.args:
            column = _column("", one, None)
            columns[column.name] = column
    return Table(name, _text(call.args[0]), columns, place, keyword(call, "schema") is not None)


def _of_class(node: ast.ClassDef, known: Mapping[str, ast.ClassDef], place: Place) -> Table:
    columns: dict[str, Column] = {}
    for one in (*reversed([*_ancestors(node, known)]), node):
        columns.update(_library_columns(one))
        columns.update(_columns(one))
    unique = frozenset(_unique_alone(node))
    columns = {
        name: replace(one, unique=one.unique or bool(unique & {name, one.name}))
        for name, one in columns.items()
    }
    return Table(node.name, _table_name(node, known), columns, place, _has_schema(node))


def _ancestors(
    node: ast.ClassDef, known: Mapping[str, ast.ClassDef], depth: int = _DEPTH
) -> Iterator[ast.ClassDef]:
    """The host's own classes that a class derives from, the nearest first."""
    for base in node.bases if depth else ():
        found = known.get(last_name(base))
        if found is not None and found is not node:
            yield found
            yield from _ancestors(found, known, depth - 1)


def _is_library_user(node: ast.ClassDef, known: Mapping[str, ast.ClassDef]) -> bool:
    """Say whether a class is the user table of fastapi-users."""
    every = (node, *_ancestors(node, known))
    return any(_base_name(one) in _LIBRARY_USERS for each in every for one in each.bases)


def _base_name(node: ast.expr) -> str:
    return last_name(node.value if isinstance(node, ast.Subscript) else node)


def _library_columns(node: ast.ClassDef) -> dict[str, Column]:
    bases = [_base_name(one) for one in node.bases]
    if not set(bases).intersection(_LIBRARY_USERS):
        return {}
    own = {"id": Column("id", "uuid", primary=True)} if bases[0].endswith("UUID") else {}
    return own | {
        "email": Column("email", "str", unique=True),
        "hashed_password": Column("hashed_password", "str"),
        "is_active": Column("is_active", "bool"),
        "is_verified": Column("is_verified", "bool"),
    }


def _columns(node: ast.ClassDef) -> Iterator[tuple[str, Column]]:
    for one in node.body:
        annotation = one.annotation if isinstance(one, ast.AnnAssign) else None
        for name, value in _fields(one):
            maker = last_name(value.func) if isinstance(value, ast.Call) else ""
            mapped = annotation is not None and (
                maker in ("", "Field") or _base_name(annotation) == "Mapped"
            )
            if name.startswith("__") or maker in _NO_COLUMN or "ClassVar" in _names(annotation):
                continue
            if maker in _MAKERS or mapped:
                call = value if isinstance(value, ast.Call) else None
                yield name, _column(name, call, annotation)


def _fields(node: ast.stmt) -> Iterator[tuple[str, ast.expr | None]]:
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        yield node.target.id, node.value
    else:
        yield from assigned(node)


def _column(name: str, call: ast.Call | None, annotation: ast.expr | None) -> Column:
    inner = keyword(call, "sa_column") if call else None
    if isinstance(inner, ast.Call):
        call = inner
    args = list(call.args) if call else []
    named = _text(args[0]) if args else ""
    if call and not named:
        named = _text(keyword(call, "name"))
    types = [word for one in args for word in _names(one)] or _names(annotation)
    words = [word.lower() for word in types if word not in ("Mapped", "Optional", "None")]
    says = {one.arg: _is_true(one.value) for one in call.keywords} if call else {}
    return Column(
        named or name,
        next(iter(words), ""),
        says.get("primary_key", False),
        says.get("unique", False),
    )


def _names(node: ast.expr | None) -> list[str]:
    """The names of a type, outermost first: `Mapped[uuid.UUID | None]` gives Mapped, UUID."""
    if isinstance(node, ast.Attribute | ast.Name):
        return [last_name(node)]
    if isinstance(node, ast.Call):
        return _names(node.func)
    if isinstance(node, ast.Subscript):
        return [*_names(node.value), *_names(node.slice)]
    if isinstance(node, ast.BinOp):
        return [*_names(node.left), *_names(node.right)]
    if isinstance(node, ast.Tuple):
        return [name for one in node.elts for name in _names(one)]
    return []


def _table_name(node: ast.ClassDef, known: Mapping[str, ast.ClassDef]) -> str:
    for one in (node, *_ancestors(node, known)):
        for name, value in (pair for inner in one.body for pair in assigned(inner)):
            if name == "__tablename__":
                return _text(value)
    if _is_library_user(node, known):
        return "user"
    if any(one.arg == "table" for one in node.keywords):
        return node.name.lower()
    return _UPPER.sub("_", node.name).lower() if _is_flask(node) else ""


def _is_flask(node: ast.ClassDef) -> bool:
    return any(last_name(one) == "Model" for one in node.bases)


def _has_schema(node: ast.ClassDef) -> bool:
    return any(
        _text(key) == "schema"
        for value in _table_arguments(node)
        for one in ast.walk(value)
        if isinstance(one, ast.Dict)
        for key in one.keys
    )


def _unique_alone(node: ast.ClassDef) -> Iterator[str]:
    """The columns that a constraint or an index of the table makes unique by themselves."""
    for one in (one for value in _table_arguments(node) for one in ast.walk(value)):
        if isinstance(one, ast.Call):
            texts = [text for text in map(_text, one.args) if text]
            kind, unique = last_name(one.func), _is_true(keyword(one, "unique"))
            if kind == "UniqueConstraint" and len(texts) == 1:
                yield texts[0]
            elif kind == "Index" and unique and len(texts) == 2:
                yield texts[1]


def _table_arguments(node: ast.ClassDef) -> Iterable[ast.expr]:
    pairs = (pair for one in node.body for pair in assigned(one))
    return [value for name, value in pairs if name == "__table_args__"]


def _is_true(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is True


def _text(node: ast.expr | None) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
