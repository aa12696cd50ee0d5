"""The formatter and linter configuration of a host, which generated files obey."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from orchestrator.adapters.memory.manifests import ini_of, table_in, toml_of
from orchestrator.adapters.memory.source import Source
from orchestrator.core.host.host import Observation, Place

_RUFF = (".ruff.toml", "ruff.toml")
_FLAKE8 = (".flake8", "setup.cfg", "tox.ini")


def code_style(folder: str, source: Source) -> Iterator[Observation]:
    """How the host formats and lints, from the nearest configuration at or above a folder."""
    for here in (f"{one}/" if one else "" for one in upwards(folder)):
        found = [*_in(here, source)]
        if found:
            names = ", ".join(name for name, _ in found)
            because = f"generated files follow {names}"
            yield Observation("code style", "adopt", because, found[0][1])
            return


def upwards(folder: str) -> Iterator[str]:
    """A folder and those around it, the last of which is the top, named ""."""
    while folder:
        yield folder
        folder = folder.rpartition("/")[0]
    yield ""


def _in(here: str, source: Source) -> Iterator[tuple[str, Place]]:
    """What each tool reads in a folder: of several files of its own the first that it looks at."""
    told: set[str] = set()
    for named, place in _every_in(here, source):
        tool = named.split(" ")[0]
        if tool not in told:
            yield named, place
        told.add(tool)


def _every_in(here: str, source: Source) -> Iterator[tuple[str, Place]]:
    for name in _RUFF:
        if here + name in source.paths:
            length = toml_of(source.text(here + name)).get("line-length")
            yield f"ruff{_length(length)}", Place(here + name)
    own = f"{here}.isort.cfg"
    if ini_of(source.text(own)).has_section("settings"):
        yield "isort", Place(own, _header("settings", source.text(own)))
    project = f"{here}pyproject.toml"
    tools = table_in(toml_of(source.text(project)), "tool")
    for tool, option in (("ruff", "line-length"), ("black", "line-length"), ("isort", "profile")):
        if isinstance(tools.get(tool), dict):
            told = tools[tool].get(option)
            named = f" ({option} {told})" if told is not None else ""
            yield f"{tool}{named}", Place(project, _section(tool, source.text(project)))
    shared = f"{here}setup.cfg"
    if ini_of(source.text(shared)).has_section("isort"):
        yield "isort", Place(shared, _header("isort", source.text(shared)))
    for name in _FLAKE8:
        options = ini_of(source.text(here + name))
        if options.has_section("flake8"):
            length = options.get("flake8", "max-line-length", fallback=None)
            place = Place(here + name, _header("flake8", source.text(here + name)))
            yield f"flake8{_length(length)}", place


def _length(value: Any) -> str:
    return f" (line-length {value})" if value is not None else ""


def _section(tool: str, text: str) -> int:
    return _first_line(rf"\[tool\.{tool}\b", text)


def _header(section: str, text: str) -> int:
    return _first_line(rf"\[{section}\]", text)


def _first_line(pattern: str, text: str) -> int:
    found = (n for n, line in enumerate(text.splitlines(), 1) if re.match(pattern, line.strip()))
    return next(found, 0)
