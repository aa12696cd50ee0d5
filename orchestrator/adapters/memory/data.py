"""How a host keeps its data: its library, the base of its models, and who hands out sessions."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping

from orchestrator.adapters.memory.apps import Function, assignments
from orchestrator.adapters.memory.looking import (
    calls,
    classes,
    derives,
    first_import,
    functions,
    imports,
    last_name,
    place_of,
)
from orchestrator.adapters.memory.source import Module, Source
from orchestrator.core.host.host import Observation, Place

_ENGINES = {"create_async_engine": "async SQLAlchemy", "create_engine": "sync SQLAlchemy"}
_LAYERS = {"sqlmodel": "SQLModel", "flask_sqlalchemy": "Flask-SQLAlchemy"}
_OTHERS = {
    "tortoise": "Tortoise ORM",
    "peewee": "Peewee",
    "beanie": "Beanie",
    "mongoengine": "MongoEngine",
    "odmantic": "ODMantic",
    "piccolo": "Piccolo",
    "pony": "Pony ORM",
    "ormar": "ormar",
}
_BASES = ("DeclarativeBase", "DeclarativeBaseNoMeta", "AsyncAttrs")
_MAKERS = ("declarative_base", "automap_base")
_SESSIONS = (
    *("get_db", "get_session", "get_db_session", "get_async_session"),
    *("db_session", "session_scope"),
)
_LATER = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)


def data_layer(source: Source) -> Iterator[Observation]:
    """The library that reaches the host's database."""
    for module, call in calls(source.code, "SQLAlchemy"):
        if imports(module, "flask_sqlalchemy"):
            yield _layer(_LAYERS["flask_sqlalchemy"], source, place_of(module, call))
    yield from _imported(source, _LAYERS)
    for spelling, style in _ENGINES.items():
        for module, call in calls(source.code, spelling):
            yield _layer(style, source, place_of(module, call))
    yield from _imported(source, _OTHERS)


def _imported(source: Source, layers: Mapping[str, str]) -> Iterator[Observation]:
    for library, style in layers.items():
        for module in source.code:
            if imports(module, library):
                yield _layer(style, source, first_import(module, library))


def _layer(style: str, source: Source, place: Place) -> Observation:
    is_async = style == "SQLModel" and next(calls(source.code, "create_async_engine"), None)
    told = f"async {style}" if is_async else style
    because = f"the host uses {told}; the new module keeps tables and sessions of its own"
    return Observation("database", "stay apart", because, place)


def model_base(source: Source) -> Iterator[Observation]:
    """What the host's models derive from."""
    for name, place in _model_bases(source):
        because = f"{name} keeps the host's tables; the new ones have metadata of their own"
        yield Observation("model base", "stay apart", because, place)


def _model_bases(source: Source) -> Iterator[tuple[str, Place]]:
    for module, node in classes(source.code):
        if derives(node, *_BASES):
            yield node.name, place_of(module, node)
    for module in source.code:
        makers = (*_MAKERS, *(["SQLAlchemy"] if imports(module, "flask_sqlalchemy") else []))
        for name, value, line in assignments(module.tree.body):
            if isinstance(value, ast.Call) and last_name(value.func) in makers:
                model = f"{name}.Model" if last_name(value.func) == "SQLAlchemy" else name
                yield model, Place(module.path, line)
    for module, node in classes(source.code):
        if derives(node, "SQLModel"):
            yield "SQLModel", place_of(module, node)


def session_source(source: Source) -> Iterator[Observation]:
    """The function that gives the host's own code its sessions, one that is depended on first."""
    wanted = {
        last_name(call.args[0])
        for _, call in calls(source.code, "Depends", "Security")
        if call.args
    }
    found = [
        (module, node)
        for module, node in functions(source.code)
        if _gives_sessions(node, alone=node in module.tree.body, wanted=node.name in wanted)
    ]

    def rank(one: tuple[Module, Function]) -> tuple[bool, bool, bool]:
        name, returns = one[1].name, one[1].returns
        returned = ast.unparse(returns) if returns else "Session"
        return name not in wanted, "Session" not in returned, "db" not in name

    for module, node in sorted(found, key=rank):
        alias = next(_aliases(source, node.name), "")
        named = f"{node.name} (as {alias})" if alias else node.name
        because = f"{named} gives the host's own sessions; the new module opens its own"
        yield Observation("session dependency", "stay apart", because, place_of(module, node))


def _gives_sessions(node: Function, *, alone: bool, wanted: bool) -> bool:
    """Say whether a function gives a session: by its name, or by how it makes what it yields.

    A method or an inner function has to have the name: it may open a session to yield other things.
    """
    body = tuple(_own_nodes(node))
    yielded = [one.value for one in body if isinstance(one, ast.Yield)]
    if node.name in _SESSIONS and (yielded or (wanted and alone and "db" in node.name)):
        return True
    if wanted and alone and yielded and node.name.endswith("_session"):
        return True
    names = {one.id for one in yielded if isinstance(one, ast.Name)}
    return alone and bool(names.intersection(_made_sessions(body)))


def _own_nodes(node: ast.AST) -> Iterator[ast.AST]:
    """What a function holds, without the functions inside it."""
    for inner in ast.iter_child_nodes(node):
        if not isinstance(inner, _LATER):
            yield inner
            yield from _own_nodes(inner)


def _made_sessions(body: Iterable[ast.AST]) -> Iterator[str]:
    """The names that are bound to what a call of something like a session gives."""
    for node in body:
        pairs: list[tuple[ast.expr | None, ast.expr]] = []
        if isinstance(node, ast.withitem):
            pairs = [(node.optional_vars, node.context_expr)]
        elif isinstance(node, ast.Assign):
            pairs = [(target, node.value) for target in node.targets]
        elif isinstance(node, ast.AnnAssign) and node.value:
            pairs = [(node.target, node.value)]
        for target, value in pairs:
            calls_made = (one for one in ast.walk(value) if isinstance(one, ast.Call))
            if any("session" in last_name(one.func).lower() for one in calls_made):
                yield last_name(target)


def _aliases(source: Source, name: str) -> Iterator[str]:
    """Every `Alias = Annotated[…, Depends(name)]`."""
    for module in source.code:
        for alias, value, _ in assignments(module.tree.body):
            is_alias = isinstance(value, ast.Subscript) and last_name(value.value) == "Annotated"
            if is_alias and any(_depends_on(one, name) for one in ast.walk(value)):
                yield alias


def _depends_on(node: ast.AST, name: str) -> bool:
    return (
        isinstance(node, ast.Call)
        and last_name(node.func) == "Depends"
        and bool(node.args)
        and last_name(node.args[0]) == name
    )
