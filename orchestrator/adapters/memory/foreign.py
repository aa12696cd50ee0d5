"""Name what a repository without an application is instead: of another framework, a template."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping

from orchestrator.adapters.memory.looking import imports
from orchestrator.adapters.memory.source import Module, Source, bound_names, dotted
from orchestrator.core.host.host import Observation, Place

_CLASSES = {
    "aiohttp": "web.Application",
    "apiflask": "APIFlask",
    "bottle": "Bottle",
    "litestar": "Litestar",
    "quart": "Quart",
    "sanic": "Sanic",
    "starlette": "Starlette",
}
_TITLES = {"aiohttp": "aiohttp", "apiflask": "APIFlask"}


def foreign_framework(source: Source) -> tuple[str, Observation] | None:
    """The framework of another kind that makes the repository's application, with its place.

    Django by a `manage.py` that imports it or beside requirements that name it; others by the call
    of their class, outside of tests.
    """
    for library, cls in _CLASSES.items():
        for module in source.code:
            for line in _made_in(module, library, cls):
                title = _TITLES.get(library, library.capitalize())
                because = f"the application is made with {title}, for which there is no pattern"
                place = Place(module.path, line)
                return library, Observation("framework", "refuse", because, place)
    for module in source.code:
        if module.path.rpartition("/")[2] == "manage.py" and imports(module, "django"):
            because = "this looks like Django, for which no application object was sought"
            place = Place(module.path)
            return "django", Observation("framework", "refuse", because, place)
    return None


def _made_in(module: Module, library: str, cls: str) -> Iterator[int]:
    first, _, rest = cls.partition(".")
    spelled = bound_names(module.nodes, library, [first]) if imports(module, library) else {}
    names = {f"{one}.{rest}".rstrip(".") for one in spelled}
    for node in module.nodes if names else ():
        if isinstance(node, ast.Call) and dotted(node.func) in names:
            yield node.lineno


def template(files: Mapping[str, str]) -> Iterator[Observation]:
    """A folder whose name is filled in by a tool: what is below it is no code before that."""
    first = next(iter(sorted(_unfilled(files))), None)
    if first is not None:
        because = (
            "its code is a template, whose folders and files have their names when a project is "
            "made of it"
        )
        yield Observation("template", "refuse", because, Place(first))


def _unfilled(paths: Iterable[str]) -> Iterator[str]:
    for path in paths:
        if "{{" in path and ".py" in path:
            yield path
