"""How a host keeps its data: its library, the base of its models, and who hands out sessions."""

from __future__ import annotations

import ast
from collections.abc import Iterator

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
from orchestrator.adapters.memory.source import Source
from orchestrator.core.host.host import Observation, Place

_ENGINES = {"create_async_engine": "async SQLAlchemy", "create_engine": "sync SQLAlchemy"}
_LAYERS = {"sqlmodel": "SQLModel", "flask_sqlalchemy": "Flask-SQLAlchemy"}
_BASES = ("DeclarativeBase", "DeclarativeBaseNoMeta", "AsyncAttrs")
_MAKERS = ("declarative_base", "automap_base")
_SESSIONS = ("get_db", "get_session", "get_async_session", "db_session", "session_scope")


def data_layer(source: Source) -> Iterator[Observation]:
    """The library that reaches the host's database."""
    for library, style in _LAYERS.items():
        for module in source.code:
            if imports(module, library):
                yield _layer(style, source, first_import(module, library))
                return
    for spelling, style in _ENGINES.items():
        for module, call in calls(source.code, spelling):
            yield _layer(style, source, place_of(module, call))
            return


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
    """The generator that gives the host's own code its sessions."""
    for module, node in functions(source.code):
        if not _gives_sessions(node, alone=node in module.tree.body):
            continue
        alias = next(_aliases(source, node.name), "")
        named = f"{node.name} (as {alias})" if alias else node.name
        because = f"{named} gives the host's own sessions; the new module opens its own"
        yield Observation("session dependency", "stay apart", because, place_of(module, node))


def _gives_sessions(node: Function, *, alone: bool) -> bool:
    """Say whether a function yields a session: by its name, or by how it makes what it yields.

    A method or an inner function has to have the name: it may open a session to yield other things.
    """
    every = tuple(ast.walk(node))
    if not any(isinstance(one, ast.Yield) for one in every):
        return False
    made = (last_name(one.func).lower() for one in every if isinstance(one, ast.Call))
    return node.name in _SESSIONS or (
        alone and any("session" in name and not name.startswith(("add", "get_")) for name in made)
    )


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
