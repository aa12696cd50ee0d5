"""How a host reads its settings: by classes, by Flask's configuration, from `.env`."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from orchestrator.adapters.memory.looking import (
    calls,
    classes,
    derives,
    first_import,
    imports,
    last_name,
    place_of,
)
from orchestrator.adapters.memory.source import Source, dotted
from orchestrator.adapters.memory.symbols import is_model
from orchestrator.adapters.memory.wants import closed_env_file, is_of_pydantic_1, settings_classes
from orchestrator.core.host.host import Observation

_OWN = "the new module reads its own AUTH_ variables"
_FLASK = ("from_object", "from_prefixed_env", "from_pyfile", "from_file", "from_envvar")
_LIBRARIES = ("dynaconf", "environs", "decouple")
_WORDS = ("settings", "config", "configuration")


def settings(source: Source) -> Iterator[Observation]:
    """Where the host's settings are, those that pydantic reads first."""
    finders = (
        _read_by_pydantic,
        _read_by_flask,
        _read_by_library,
        _read_by_starlette,
        _plain_classes,
    )
    for finder in finders:
        yield from finder(source)


def _read_by_pydantic(source: Source) -> Iterator[Observation]:
    configs = settings_classes(source)
    for module, node in classes(source.code):
        if configs.is_settings(node.name):
            because = f"{node.name} stays as it is; {_OWN}"
            yield Observation("settings", "stay apart", because, place_of(module, node))


def _read_by_flask(source: Source) -> Iterator[Observation]:
    for module, call in calls(source.code, *_FLASK):
        if "config" in dotted(call.func).split("."):
            because = f"app.config ({last_name(call.func)}) stays as it is; {_OWN}"
            yield Observation("settings", "stay apart", because, place_of(module, call))


def _read_by_library(source: Source) -> Iterator[Observation]:
    for library in _LIBRARIES:
        for module in source.code:
            if imports(module, library):
                place = first_import(module, library)
                because = f"what {library} reads stays as it is; {_OWN}"
                yield Observation("settings", "stay apart", because, place)


def _read_by_starlette(source: Source) -> Iterator[Observation]:
    for module, call in calls(source.code, "Config"):
        if any(name == "starlette.config" for name, _, _ in module.imports):
            because = f"what starlette's Config reads stays as it is; {_OWN}"
            yield Observation("settings", "stay apart", because, place_of(module, call))


def _plain_classes(source: Source) -> Iterator[Observation]:
    """A class of constants, or a dataclass, that is named for settings."""
    for module, node in classes(source.code):
        named = node.name.lower().endswith(_WORDS) and not derives(node, "BaseModel")
        if (
            named
            and not is_model(node)
            and node.name != "Config"
            and any(map(_is_field, node.body))
        ):
            because = f"{node.name} stays as it is; {_OWN}"
            yield Observation("settings", "stay apart", because, place_of(module, node))
    for module, node in classes(source.code):
        if node.name == "Config" and node in module.tree.body and any(map(_is_field, node.body)):
            because = f"Config stays as it is; {_OWN}"
            yield Observation("settings", "stay apart", because, place_of(module, node))


def _is_field(node: ast.stmt) -> bool:
    return isinstance(node, ast.Assign | ast.AnnAssign)


def old_settings(source: Source) -> Iterator[Observation]:
    """Settings that are written for pydantic 1, beside which the new module cannot run."""
    for module in filter(is_of_pydantic_1, source.code):
        because = (
            "pydantic 2, which the new module needs, has no BaseSettings any more: take it from "
            "pydantic_settings first"
        )
        yield Observation("pydantic", "note", because, first_import(module, "pydantic"))


def env_file(source: Source) -> Iterator[Observation]:
    """What the host's own reading of `.env` means for what is written there."""
    found = closed_env_file(source)
    if found is not None:
        name, place = found
        because = (
            f"{name} refuses names it does not know in .env, so AUTH_ variables go into the "
            "environment, or it has to ignore what is not its own"
        )
        yield Observation("env file", "stay apart", because, place)
    for module, call in calls(source.code, "load_dotenv"):
        because = "the host loads .env into the environment; AUTH_ variables in it count as well"
        yield Observation("env file", "adopt", because, place_of(module, call))
