"""Find how a host names its database, where that is plainly readable; opens nothing."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Literal

from orchestrator.adapters.memory.apps import assignments
from orchestrator.adapters.memory.source import Module, Source, dotted, keyword
from orchestrator.adapters.memory.wants import Configs, settings_classes
from orchestrator.core.host.host import DatabaseSetting, Manifest, Observation, Place

_NAMES = frozenset(
    f"{before}{kind}_{what}"
    for before in ("", "sqlalchemy_")
    for kind in ("database", "db")
    for what in ("url", "uri", "dsn")
)
_ENGINES = ("create_engine", "create_async_engine")
_READERS = ("environ.get", "getenv", "config", "env", "env.str")
_VARIABLE = re.compile(r"(?!model_)[A-Za-z][A-Za-z0-9_]*|", re.IGNORECASE)
_URL = re.compile(r"[A-Za-z0-9_+:/.,@%?=&~-]*")
_PASSWORD = re.compile(r"://[^/@]*:[^/@]*@")
_NO_DATABASE = ("http://", "https://")
_MEMORY = re.compile(r"sqlite(\+\w+)?:(//|/{3}:memory:)/?")
_RELATIVE_FILE = re.compile(r"sqlite(\+\w+)?:///[^/]")
_POSTGRESQL = {"psycopg", "psycopg2", "psycopg2-binary", "psycopg-binary", "asyncpg", "pg8000"}
_SQLITE = {"aiosqlite"}
_OF_SQLALCHEMY = {"sqlalchemy", "sqlmodel", "flask_sqlalchemy"}
_COMPOSED = "{...}"
_PUT_TOGETHER = "its URL is put together when it runs"

Named = tuple[str, str]
"""An environment variable and a default URL; "" for what is not there."""


def find_database(
    source: Source, manifest: Manifest | None
) -> tuple[DatabaseSetting | None, tuple[Observation, ...]]:
    """The one database of a host that ours may be, and what was decided about it."""
    found = tuple(_candidates(source))
    plain = [place for (_, default), place in found if not default.endswith(_COMPOSED)]
    if not plain:
        put_together = tuple(_apart(_PUT_TOGETHER, place) for _, place in found)
        return None, put_together[:1]
    place = plain[0]
    # A URL that is put together says nothing by itself, but that there is another database.
    variables = {variable for (variable, _), _ in found} - {""}
    defaults = {default for (_, default), _ in found} - {""}
    if len(variables) > 1 or len(defaults) > 1:
        return None, (_apart("its settings name several databases", place),)
    variable, default = next(iter(variables), ""), next(iter(defaults), "")
    names = set(manifest.names) if manifest else set()
    postgresql = default.startswith("postgres") or (not default and bool(names & _POSTGRESQL))
    default = "" if _PASSWORD.search(default) else default
    problem = _unfit(variable, default, source, names)
    if problem:
        return None, (_apart(problem, place),)
    kind: Literal["sqlite", "postgresql"] = "postgresql" if postgresql else "sqlite"
    setting = DatabaseSetting(variable, default, place, kind)
    return setting, (_adopted(setting),)


def _apart(problem: str, place: Place) -> Observation:
    because = f"{problem}; AUTH_DATABASE_URL says where the new tables are, by default a file"
    return Observation("database setting", "stay apart", because, place)


def _adopted(setting: DatabaseSetting) -> Observation:
    named = " or else ".join(filter(None, (setting.variable, setting.default)))
    because = f"the new tables go into the host's database, {named}; AUTH_DATABASE_URL wins"
    return Observation("database setting", "adopt", because, setting.place)


def _unfit(variable: str, default: str, source: Source, names: set[str]) -> str:
    """Why a database cannot be ours, \"\" when it can."""
    libraries = {name.split(".")[0] for one in source.code for name, _, _ in one.imports}
    if "tortoise" in libraries and not libraries & _OF_SQLALCHEMY:
        return "Tortoise ORM opens it, whose URLs have a form of their own"
    flask = any(name == "flask_sqlalchemy" for one in source.code for name, _, _ in one.imports)
    if not variable and not default:
        return "its URL holds a password, which is not copied"
    if not _VARIABLE.fullmatch(variable) or not _URL.fullmatch(default):
        return "its setting is of an unusual form"
    if default and not default.startswith(("sqlite", "postgres")):
        return "it is neither SQLite nor PostgreSQL"
    if not default and not names & (_POSTGRESQL | _SQLITE):
        return "whether it is SQLite or PostgreSQL cannot be read"
    if _MEMORY.fullmatch(default):
        return "it is kept in memory"
    if flask and (_RELATIVE_FILE.match(default) or not (default or names & _POSTGRESQL)):
        return "Flask-SQLAlchemy keeps its file in a folder of the instance"
    return ""


def _candidates(source: Source) -> Iterator[tuple[Named, Place]]:
    classes = settings_classes(source)
    for module in source.code:
        for line, named in sorted({*_named_in(module, classes)}):
            if not named[1].startswith(_NO_DATABASE):
                yield named, Place(module.path, line)


def _named_in(module: Module, configs: Configs) -> Iterator[tuple[int, Named]]:
    constants = {name: value for name, value, _ in assignments(module.tree.body)}
    prefix = _flask_prefix(module)
    for name, value, line in assignments(module.tree.body):
        if name.lower() in _NAMES:
            yield from _read_at(line, value, constants)
    for node in module.nodes:
        if isinstance(node, ast.ClassDef) and "test" not in node.name.lower():
            yield from _named_in_class(node, configs, constants)
        elif isinstance(node, ast.Assign) and _config_key(node).lower() in _NAMES:
            read = _read(node.value, constants)
            if read is not None:
                yield (
                    node.lineno,
                    (read[0] or f"{prefix}{_config_key(node)}" * bool(prefix), read[1]),
                )
        elif isinstance(node, ast.Call) and dotted(node.func).endswith(_ENGINES):
            given = node.args[0] if node.args else keyword(node, "url")
            if isinstance(given, ast.Constant | ast.Call | ast.Subscript | ast.Name):
                yield from _read_at(node.lineno, given, constants)


def _read_at(
    line: int, value: ast.expr, constants: dict[str, ast.expr]
) -> Iterator[tuple[int, Named]]:
    read = _read(value, constants)
    if read is not None:
        yield line, read


def _named_in_class(
    node: ast.ClassDef, configs: Configs, constants: dict[str, ast.expr]
) -> Iterator[tuple[int, Named]]:
    for one in node.body:
        name, value = _field(one)
        if name.lower() not in _NAMES:
            continue
        if configs.is_settings(node.name):
            yield one.lineno, _setting(node.name, name, value, configs)
        elif value is not None:
            yield from _read_at(one.lineno, value, constants)


def _field(node: ast.stmt) -> tuple[str, ast.expr | None]:
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        return node.target.id, node.value
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
        return node.targets[0].id, node.value
    return "", None


def _setting(owner: str, name: str, value: ast.expr | None, configs: Configs) -> Named:
    """A field of a pydantic settings class: its variable has the prefix of the class, or is its
    alias."""
    alias, default = None, value
    if isinstance(value, ast.Call) and dotted(value.func).split(".")[-1] == "Field":
        alias = keyword(value, "validation_alias") or keyword(value, "alias")
        default = keyword(value, "default") or next(iter(value.args), None)
        if keyword(value, "default_factory") is not None:
            default = ast.Constant(_COMPOSED)
    variable = _text(alias) or f"{_text(configs.said(owner, 'env_prefix'))}{name}".upper()
    return variable, _default(default)


def _default(node: ast.expr | None) -> str:
    """The default URL of a field, "" without one; of a call only what a variable falls back on."""
    if not isinstance(node, ast.Call | ast.JoinedStr | ast.BinOp):
        return _text(node)
    read = _read(node, {})
    return read[1] if read else _COMPOSED


def _text(node: ast.expr | None) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _config_key(node: ast.Assign) -> str:
    """The `KEY` of `app.config["KEY"] = …`."""
    target = node.targets[0]
    if isinstance(target, ast.Subscript) and dotted(target.value).split(".")[-1] == "config":
        return _text(target.slice)
    return ""


def _flask_prefix(module: Module) -> str:
    """The prefix of variables that Flask reads into its configuration in this module."""
    for node in module.nodes:
        if isinstance(node, ast.Call) and dotted(node.func).endswith(".from_prefixed_env"):
            given = node.args[0] if node.args else keyword(node, "prefix")
            return f"{_text(given) or 'FLASK'}_"
    return ""


def _read(node: ast.expr, constants: dict[str, ast.expr]) -> Named | None:
    """The variable and the default that an expression names; None when it cannot be read."""
    match node:
        case ast.Constant(value=str() as text):
            return "", text
        case ast.Name(id=name) if name in constants:
            return _read(constants[name], {})
        case ast.Subscript() if dotted(node.value).endswith("environ"):
            return (_text(node.slice), "") if _text(node.slice) else None
        case ast.BoolOp(op=ast.Or(), values=[first, second]):
            one, other = _read(first, constants), _read(second, constants)
            return (one[0], other[1]) if one and other else None
        case ast.Call(func=ast.Attribute(attr="replace", value=inner)):
            return _read(inner, constants)
        case ast.JoinedStr() | ast.BinOp() | ast.Call(func=ast.Attribute(attr="format")):
            return _composed(node)
        case ast.Call() if dotted(node.func).endswith(_READERS) and node.args:
            default = keyword(node, "default") or next(iter(node.args[1:]), None)
            readable = default is None or isinstance(default, ast.Constant)
            return (_text(node.args[0]), _text(default)) if readable else None
    return None


def _composed(node: ast.expr) -> Named | None:
    """A URL that is put together at run time: its beginning, which is no whole URL."""
    texts = (one.value for one in ast.walk(node) if isinstance(one, ast.Constant))
    start = next((one for one in texts if isinstance(one, str) and "://" in one), "")
    return ("", f"{start}{_COMPOSED}") if start else None
