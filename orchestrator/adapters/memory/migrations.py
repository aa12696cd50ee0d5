"""Find how a host uses Alembic: its revisions, the newest of them, its `env.py`; runs nothing."""

from __future__ import annotations

import ast
import configparser
import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from orchestrator.adapters.memory.apps import assignments
from orchestrator.adapters.memory.manifests import table_in, toml_of
from orchestrator.adapters.memory.source import Module, Source, dotted, keyword
from orchestrator.core.host.host import Migrations, Observation, Place

_NAME, _PROJECT = "alembic.ini", "pyproject.toml"

Revision = tuple[str, tuple[str, ...]]
"""The id of a revision, and those of the ones that it follows."""


class _Unreadable(ValueError):
    """Why the revisions cannot be followed."""


def find_migrations(
    source: Source, project: str, *, shared: bool
) -> tuple[Migrations | None, tuple[Observation, ...]]:
    """The Alembic set-up nearest to the folder of the project, and what was decided about it.

    It is used only when the new tables are `shared`, which is in the host's own database.
    """
    settings = _settings_file(source, project)
    if settings is None:
        return None, ()
    if not shared:
        because = "Alembic manages the host's tables only; init-db creates the new ones elsewhere"
        return None, (Observation("migrations", "stay apart", because, Place(settings)),)
    try:
        found = _read(settings, source)
    except _Unreadable as error:
        because = f"{error}; init-db creates the new tables"
        return None, (Observation("migrations", "stay apart", because, Place(settings)),)
    joins = ", which it joins" if len(found.heads) > 1 else ""
    after = f"after {' and '.join(found.heads)}{joins}" if found.heads else "the first one there"
    because = f"the new tables get a revision of their own in {found.versions}, {after}"
    return found, (Observation("migrations", "extend", because, found.script),)


def _settings_file(source: Source, project: str) -> str | None:
    """The nearest `alembic.ini`, else a `pyproject.toml` with `[tool.alembic]`."""
    named = [path for path in source.paths if PurePosixPath(path).name == _NAME]
    every = named or [
        path
        for path in source.paths
        if PurePosixPath(path).name == _PROJECT and _of_project(source.text(path))
    ]
    inside = [path for path in every if not project or path.startswith(f"{project}/")]
    return min(inside or every, key=lambda path: (path.count("/"), path), default=None)


def _read(settings: str, source: Source) -> Migrations:
    text = source.text(settings)
    section = _of_project(text) if settings.endswith(_PROJECT) else _of_ini(text)
    folder = _folder(settings, section, source)
    locations = _locations(settings, section, source) or (f"{folder}/versions",)
    script = next(one for one in source.modules if one.path == f"{folder}/env.py")
    heads = _heads(locations, source)
    if len(locations) > 1 and len(heads) > 1:
        raise _Unreadable(f"its {len(locations)} folders of revisions have {len(heads)} heads")
    return Migrations(locations[0], heads, *_metadata(script))


def _folder(settings: str, section: Mapping[str, str], source: Source) -> str:
    """Where `env.py` lies, as the settings say it, or beside them."""
    modules = {one.path for one in source.modules}
    tries = _spelled(settings, section.get("script_location", "."))
    for folder in tries:
        if f"{folder}/env.py" in modules:
            return folder
    raise _Unreadable(f"there is no env.py in {tries[0]}")


def _spelled(settings: str, named: str) -> tuple[str, str]:
    """A folder as the settings name it, from beside them and from the root of the repository."""
    plain = named.replace("%(here)s", ".").replace(":", "/")
    beside = str(PurePosixPath(settings).parent / plain)
    return beside, plain.removeprefix("./")


def _locations(settings: str, section: Mapping[str, str], source: Source) -> tuple[str, ...]:
    """The folders of revisions that the settings list, those that there are."""
    listed = [one for one in re.split(r"[\s,;:]+", section.get("version_locations", "")) if one]
    folders = {str(PurePosixPath(one.path).parent) for one in source.modules}
    found = []
    for named in listed:
        there = next((one for one in _spelled(settings, named) if one in folders), None)
        if there is None:
            raise _Unreadable(f"there is no revision in {named} (version_locations)")
        found.append(there)
    return tuple(found)


def _of_project(text: str) -> dict[str, str]:
    """`[tool.alembic]` of a `pyproject.toml`; a list of folders as one text."""
    options = table_in(toml_of(text), "tool", "alembic")
    return {
        name: " ".join(map(str, value)) if isinstance(value, list) else str(value)
        for name, value in options.items()
    }


def _of_ini(text: str) -> dict[str, str]:
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read_string(text)
    except configparser.Error as error:
        raise _Unreadable("its settings cannot be read") from error
    return dict(parser["alembic"]) if parser.has_section("alembic") else {}


def _heads(locations: tuple[str, ...], source: Source) -> tuple[str, ...]:
    """The revisions that no other one follows, sorted."""
    modules = (one for one in source.modules if str(PurePosixPath(one.path).parent) in locations)
    revisions = dict(filter(None, map(_revision, modules)))
    followed = {name for before in revisions.values() for name in before}
    lost = sorted(followed - revisions.keys())
    if lost:
        raise _Unreadable(f"the revision {lost[0]} is not in {' or '.join(locations)}")
    return tuple(sorted(revisions.keys() - followed))


def _revision(module: Module) -> Revision | None:
    try:
        return revision_of(module.tree)
    except (ValueError, TypeError) as error:
        raise _Unreadable(f"the revision in {module.path} cannot be read") from error


def revision_of(tree: ast.Module) -> Revision | None:
    """The revision that a file is, None when it is none. Raises ValueError or TypeError for one
    that only running the file would tell."""
    values = {name: value for name, value, _ in assignments(tree.body)}
    if "revision" not in values:
        return None
    name = ast.literal_eval(values["revision"])
    before = ast.literal_eval(values.get("down_revision", ast.Constant(None)))
    return str(name), (before,) if isinstance(before, str) else tuple(before or ())


def _metadata(script: Module) -> tuple[Place, bool]:
    """Where `env.py` names the tables that it compares, and whether it names any."""
    for name, value, line in assignments(script.tree.body):
        if name == "target_metadata":
            return Place(script.path, line), not _is_none(value)
    given = next(_configured(script), None)
    return Place(script.path, given.lineno if given else 0), given is not None


def _configured(script: Module) -> Iterator[ast.expr]:
    for node in script.nodes:
        if isinstance(node, ast.Call) and dotted(node.func).endswith("configure"):
            given = keyword(node, "target_metadata")
            if given is not None and not _is_none(given):
                yield given


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None
