"""What a host already does about data, settings, errors and users, and what is decided about it."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from orchestrator.adapters.memory.source import Module, Source, dotted
from orchestrator.adapters.memory.symbols import is_model
from orchestrator.adapters.memory.wants import closed_env_file
from orchestrator.core.host import Decision, Manifest, Observation, Place

_LOCK_COMMANDS = {
    "uv.lock": "uv lock",
    "poetry.lock": "poetry lock",
    "pdm.lock": "pdm lock",
    "Pipfile.lock": "pipenv lock",
    "pylock.toml": "pip lock",
}
_ENGINES = {"create_async_engine": "async SQLAlchemy", "create_engine": "sync SQLAlchemy"}
_LAYERS = {"sqlmodel": "SQLModel", "flask_sqlalchemy": "Flask-SQLAlchemy"}


def habits(source: Source) -> tuple[Observation, ...]:
    """At most one observation of each kind, at the first place where it shows."""
    finders = (
        *(_data_layer, _settings, _env_file, _user_model),
        *(_passwords, _error_pages, _middleware),
    )
    found = (next(iter(finder(source)), None) for finder in finders)
    return tuple(one for one in found if one is not None)


def unread(source: Source) -> Iterator[Observation]:
    """The files that could not be read, and why."""
    for path, reason in source.unread:
        yield Observation("unreadable file", "note", reason, Place(path))


def locks(manifest: Manifest | None) -> Iterator[Observation]:
    """The lock files that new dependencies make stale, with the command that renews them."""
    for path in manifest.lock_files if manifest else ():
        command = _LOCK_COMMANDS.get(path.rsplit("/", 1)[-1])
        if command is None and manifest is not None:
            command = f"pip-compile {manifest.path}"
        yield Observation("lock file", "note", f"run `{command}` after this change", Place(path))


def _derives(node: ast.ClassDef, base: str) -> bool:
    return any(dotted(one).split(".")[-1] == base for one in node.bases)


def _data_layer(source: Source) -> Iterator[Observation]:
    for layer, style in _LAYERS.items():
        for module in source.code:
            if any(name == layer for name, _, _ in module.imports):
                yield _apart("database", f"the host uses {style}", _first_import(module, layer))
                return
    for spelling, style in _ENGINES.items():
        for module, call in _calls(source.code, spelling):
            place = Place(module.path, call.lineno)
            yield _apart("database", f"the host uses {style}", place)
            return


def _apart(subject: str, found: str, place: Place) -> Observation:
    because = f"{found}; the new module keeps tables and sessions of its own"
    return Observation(subject, "stay apart", because, place)


def _settings(source: Source) -> Iterator[Observation]:
    for module, node in _classes(source.code):
        if _derives(node, "BaseSettings"):
            because = f"{node.name} stays as it is; the new module reads its own AUTH_ variables"
            yield Observation("settings", "stay apart", because, Place(module.path, node.lineno))


def _env_file(source: Source) -> Iterator[Observation]:
    found = closed_env_file(source)
    if found is not None:
        name, place = found
        because = (
            f"{name} refuses names it does not know in .env, so AUTH_ variables go into the "
            "environment, or it has to ignore what is not its own"
        )
        yield Observation("env file", "stay apart", because, place)


def _user_model(source: Source) -> Iterator[Observation]:
    for module, node in _classes(source.code):
        if is_model(node) and node.name.lower() in ("user", "users", "account", "usermodel"):
            because = f"the table of {node.name} is not touched; accounts get tables of their own"
            yield Observation("user model", "stay apart", because, Place(module.path, node.lineno))


def _passwords(source: Source) -> Iterator[Observation]:
    for module in source.code:
        if any(name.split(".")[0] == "passlib" for name, _, _ in module.imports):
            because = "passlib hashes with bcrypt up to 4 only; bcrypt 5 takes another library"
            place = next(
                (Place(module.path, call.lineno) for _, call in _calls([module], "CryptContext")),
                Place(module.path),
            )
            yield Observation("password hashes", "note", because, place)
            return


def _error_pages(source: Source) -> Iterator[Observation]:
    because = "the host's own error pages stay; problem answers are the new module's alone"
    names = ("exception_handler", "add_exception_handler", "errorhandler")
    yield from _noted(source, "error pages", "stay apart", because, names)


def _middleware(source: Source) -> Iterator[Observation]:
    because = "the host's own middleware stays and runs around the new module"
    yield from _noted(source, "middleware", "note", because, ("add_middleware", "middleware"))


def _noted(
    source: Source, subject: str, decision: Decision, because: str, names: tuple[str, ...]
) -> Iterator[Observation]:
    for name in names:
        for module, call in _calls(source.code, name):
            yield Observation(subject, decision, because, Place(module.path, call.lineno))


def _classes(modules: Iterable[Module]) -> Iterator[tuple[Module, ast.ClassDef]]:
    for module in modules:
        for node in module.nodes:
            if isinstance(node, ast.ClassDef):
                yield module, node


def _calls(modules: Iterable[Module], name: str) -> Iterator[tuple[Module, ast.Call]]:
    for module in modules:
        for node in module.nodes:
            if isinstance(node, ast.Call) and dotted(node.func).split(".")[-1] == name:
                yield module, node


def _first_import(module: Module, name: str) -> Place:
    for node in module.nodes:
        names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        if isinstance(node, ast.Import | ast.ImportFrom) and name in names:
            return Place(module.path, node.lineno)
    return Place(module.path)
