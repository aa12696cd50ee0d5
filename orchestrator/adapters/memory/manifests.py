"""Read where a host declares its dependencies: the manifest nearest to its application."""

from __future__ import annotations

import configparser
import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any

from orchestrator.adapters.memory.source import Source
from orchestrator.core.errors import CannotAnswer
from orchestrator.core.host.compiled import compiled
from orchestrator.core.host.host import Manifest

_LOCKS = ("uv.lock", "poetry.lock", "pdm.lock", "Pipfile.lock", "pylock.toml")
_REQUIREMENTS = (
    "requirements.in",
    "requirements/base.in",
    "requirements.txt",
    "requirements/base.txt",
    "requirements/prod.txt",
    "requirements/production.txt",
    "requirements/requirements.txt",
)
_PYTEST_SECTIONS = {"pytest.ini": "pytest", "setup.cfg": "tool:pytest", "tox.ini": "pytest"}
_COMPILED = re.compile(r"(?:requirements/)?[^/]*\.txt")
_NAME = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)")


def find_manifest(near: str, source: Source) -> tuple[Manifest | None, str]:
    """The manifest nearest above a path, and the project's name if the manifest says it.

    Raises CannotAnswer for a `pyproject.toml` that cannot be read, when nothing beside it declares
    dependencies: to look further would be a guess.
    """
    for folder in (str(one) for one in PurePosixPath(near).parents):
        here = "" if folder == "." else f"{folder}/"
        found = _in_folder(here, source)
        if found is not None:
            return found
    return None, ""


def project_folder(manifest: Manifest) -> str:
    """The folder of the project that a manifest belongs to ("" for the root)."""
    folder = PurePosixPath(manifest.path).parent
    if manifest.style == "requirements" and folder.name == "requirements":
        folder = folder.parent
    return "" if str(folder) == "." else str(folder)


def configured_tests(here: str, source: Source) -> tuple[str, ...]:
    """The folders and files that pytest's own configuration names for tests, in a folder.

    `here` ends in a slash or is empty. None for patterns and for what leaves the folder.
    """
    options = table_in(
        toml_of(source.text(f"{here}pyproject.toml")), "tool", "pytest", "ini_options"
    )
    paths = options.get("testpaths", ())
    for name, section in _PYTEST_SECTIONS.items():
        paths = paths or ini_of(source.text(here + name)).get(section, "testpaths", fallback="")
    words = paths.split() if isinstance(paths, str) else [str(one) for one in paths]
    named = [word.removeprefix("./").strip("/") for word in words]
    plain = all(one and not set("*?[").intersection(one) and ".." not in one for one in named)
    return tuple(here + one for one in named if one != ".") if plain else ()


def has_pytest_options(here: str, source: Source) -> bool:
    """Say whether pytest is configured in a folder; `here` ends in a slash or is empty."""
    if f"{here}pytest.ini" in source.paths:
        return True
    tool = table_in(toml_of(source.text(f"{here}pyproject.toml")), "tool", "pytest")
    return bool(tool) or any(
        ini_of(source.text(here + name)).has_section(section)
        for name, section in _PYTEST_SECTIONS.items()
    )


def normal_name(requirement: str) -> str:
    """The normalised distribution name of a requirement line (PEP 503), "" if it has none."""
    found = _NAME.match(requirement)
    return re.sub(r"[-_.]+", "-", found[1]).lower() if found else ""


@dataclass(frozen=True)
class _Folder:
    """One folder that may declare dependencies; `here` ends in a slash or is empty."""

    here: str
    project: dict[str, Any]
    source: Source

    def text(self, name: str) -> str:
        return self.source.text(self.here + name)

    def has(self, name: str) -> bool:
        return self.here + name in self.source.paths


def _in_folder(here: str, source: Source) -> tuple[Manifest, str] | None:
    folder = _Folder(here, toml_of(source.text(f"{here}pyproject.toml")), source)
    readers = (_pep621, _poetry, _dynamic, _requirements, _setup_cfg, _pipfile, _bare_project)
    for reader in readers:
        found = reader(folder)
        if found is not None:
            locks = (*found.lock_files, *_compiled_from(found, folder), *_locks_above(here, source))
            whole = replace(found, lock_files=tuple(dict.fromkeys(locks)))
            return whole, _project_name(folder)
    _refuse_broken(f"{here}pyproject.toml", source)
    return None


def _locks_above(here: str, source: Source) -> tuple[str, ...]:
    """The lock files beside a manifest, else those of the nearest workspace around it."""
    for folder in (str(one) for one in PurePosixPath(f"{here}x").parents):
        prefix = "" if folder == "." else f"{folder}/"
        locks = tuple(prefix + name for name in _LOCKS if prefix + name in source.paths)
        if locks:
            return locks
    return ()


def _project_name(folder: _Folder) -> str:
    name = table_in(folder.project, "project").get("name") or table_in(
        folder.project, "tool", "poetry"
    ).get("name")
    if isinstance(name, str):
        return name
    return ini_of(folder.text("setup.cfg")).get("metadata", "name", fallback="")


def _pep621(folder: _Folder) -> Manifest | None:
    return _bare_project(folder) if "dependencies" in table_in(folder.project, "project") else None


def _bare_project(folder: _Folder) -> Manifest | None:
    """A `[project]` table that lists nothing yet, when nothing else in its folder does either."""
    table = table_in(folder.project, "project")
    if not table or "dependencies" in table.get("dynamic", ()):
        return None
    return Manifest(
        f"{folder.here}pyproject.toml",
        "pep621",
        _names(table.get("dependencies", ())),
        requires_python=str(table.get("requires-python", "")),
    )


def _poetry(folder: _Folder) -> Manifest | None:
    table = table_in(folder.project, "tool", "poetry", "dependencies")
    if not table:
        return None
    names = _names(name for name in table if name.lower() != "python")
    python = table.get("python", "")
    return Manifest(
        f"{folder.here}pyproject.toml",
        "poetry",
        names,
        requires_python=python if isinstance(python, str) else "",
    )


def _dynamic(folder: _Folder) -> Manifest | None:
    """The file that setuptools reads the dependencies of a `[project]` table from."""
    named = table_in(folder.project, "tool", "setuptools", "dynamic", "dependencies").get("file")
    files = [named] if isinstance(named, str) else named if isinstance(named, list) else []
    first = next((str(name) for name in files if folder.has(str(name))), None)
    return _requirement_file(folder, first) if first else None


def _requirements(folder: _Folder) -> Manifest | None:
    sources = (_source_of(name, folder) for name in _REQUIREMENTS if folder.has(name))
    path = next(filter(None, sources), None)
    return _requirement_file(folder, path) if path else None


def _source_of(name: str, folder: _Folder) -> str:
    """The requirements file that a person edits: itself, or the one that it is compiled from; ""
    when that is a manifest of another kind."""
    sources = _sources_of(name, folder)
    files = [one for one in sources if one.endswith(".in")]
    return files[0] if files else "" if sources else name


def _sources_of(name: str, folder: _Folder) -> tuple[str, ...]:
    """What a file of a folder is compiled from, of that which is there; none for a plain file."""
    told = compiled(folder.text(name))
    if told is None:
        return ()
    beside = PurePosixPath(name).parent
    likely = (str(PurePosixPath(name).with_suffix(".in")), "pyproject.toml")
    tries = [
        place
        for one in told.sources or likely
        for place in (one.removeprefix(folder.here), str(beside / one))
    ]
    return tuple(dict.fromkeys(one for one in tries if folder.has(one)))


def _compiled_from(manifest: Manifest, folder: _Folder) -> Iterator[str]:
    """The requirements files of a folder that a tool compiles from its manifest."""
    own = manifest.path.removeprefix(folder.here)
    for path in folder.source.paths:
        name = path.removeprefix(folder.here)
        listed = path.startswith(folder.here) and _COMPILED.fullmatch(name)
        if listed and name != own and own in _sources_of(name, folder):
            yield path


def _requirement_file(folder: _Folder, path: str) -> Manifest:
    lines = (line.split("#")[0].strip() for line in folder.text(path).splitlines())
    compiled = f"{path.removesuffix('.in')}.txt"
    return Manifest(
        folder.here + path,
        "requirements",
        _names(line for line in lines if line and not line.startswith("-")),
        (folder.here + compiled,) if path.endswith(".in") and folder.has(compiled) else (),
        str(table_in(folder.project, "project").get("requires-python", "")),
    )


def _setup_cfg(folder: _Folder) -> Manifest | None:
    options = ini_of(folder.text("setup.cfg"))
    declared = options.get("options", "install_requires", fallback="")
    if not declared:
        return None
    return Manifest(
        f"{folder.here}setup.cfg",
        "setup.cfg",
        _names(declared.splitlines()),
        requires_python=options.get("options", "python_requires", fallback=""),
    )


def _pipfile(folder: _Folder) -> Manifest | None:
    if not folder.has("Pipfile"):
        return None
    data = toml_of(folder.text("Pipfile"))
    version = table_in(data, "requires").get("python_version")
    return Manifest(
        f"{folder.here}Pipfile",
        "pipfile",
        _names(table_in(data, "packages")),
        requires_python=f"=={version}.*" if isinstance(version, str) else "",
    )


def _names(requirements: Iterable[object]) -> tuple[str, ...]:
    found = (normal_name(one) for one in requirements if isinstance(one, str))
    return tuple(dict.fromkeys(name for name in found if name))


def table_in(data: dict[str, Any], *keys: str) -> dict[str, Any]:
    """The table below some keys, empty when there is none."""
    here: Any = data
    for key in keys:
        here = here.get(key) if isinstance(here, dict) else None
    return here if isinstance(here, dict) else {}


def _refuse_broken(path: str, source: Source) -> None:
    try:
        tomllib.loads(source.text(path))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        why = str(error) if isinstance(error, ValueError) else "nested too deeply"
        problem = f"{path} is no valid TOML: {why[:1].lower()}{why[1:]}"
        raise CannotAnswer(problem, remedy="mend that file and commit it") from error


def toml_of(text: str) -> dict[str, Any]:
    """TOML as data, empty when it is not valid."""
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError):
        return {}


def ini_of(text: str) -> configparser.ConfigParser:
    """INI as data, empty when it is not valid."""
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(text)
    except configparser.Error:
        parser.clear()
    return parser
