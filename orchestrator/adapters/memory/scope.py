"""Which modules of a repository belong to one application; what others do is not said of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import PurePosixPath

from orchestrator.adapters.memory.manifests import find_manifest, project_folder
from orchestrator.adapters.memory.source import Module, Source, is_test

_DISTRIBUTIONS = ("pyproject.toml", "setup.py", "setup.cfg")


def of_application(root: str, project: str, source: Source) -> Source:
    """The modules below the import root and the project of an application, and what these import.

    They come first that are of its own; modules beside the import root count when they import
    something below it, as a script that starts the application does.
    """
    mine = of_project(project, source).modules
    known = {one.path: one for one in source.modules}
    places = _places(root, project, source.paths)
    below = root or project
    own = [one for one in mine if is_below(one.path, root) or (project and _in(one, project))]
    kept = _reached(own, known, places)
    beside = [one for one in mine if one.path not in kept]
    kept |= {
        one.path
        for one in beside
        if one.is_test or any(is_below(path, below) for path in _imported(one, known, places))
    }
    first = {one.path for one in own}
    every = (one for one in source.modules if one.path in kept)
    return replace(source, modules=tuple(sorted(every, key=lambda one: one.path not in first)))


def _in(module: Module, project: str) -> bool:
    return is_below(module.path, project)


def of_project(project: str, source: Source) -> Source:
    """The files of a repository without those of its other projects."""
    others = tuple(_other_projects(project, source))

    def is_mine(path: str) -> bool:
        return not any(is_below(path, one) for one in others)

    return replace(
        source,
        modules=tuple(one for one in source.modules if is_mine(one.path)),
        paths=frozenset(filter(is_mine, source.paths)),
        unread=tuple(one for one in source.unread if is_mine(one[0])),
    )


def is_below(path: str, folder: str) -> bool:
    """Say whether a path lies in a folder ("" for the repository's root)."""
    return not folder or path.startswith(f"{folder}/")


def _other_projects(project: str, source: Source) -> Iterator[str]:
    """The folders with manifests of their own that are neither around the project nor in it."""
    folders = {str(PurePosixPath(path).parent) for path in source.paths if _declares(path)}
    for folder in sorted(folders - {"."}):
        manifest, _ = find_manifest(f"{folder}/any", source)
        found = project_folder(manifest) if manifest else ""
        if not is_below(f"{project}/", found) and not is_below(f"{found}/", project):
            yield found


def _declares(path: str) -> bool:
    *folders, name = path.split("/")
    is_manifest = name in (*_DISTRIBUTIONS, "Pipfile") or name.startswith("requirements")
    return is_manifest and not is_test(f"{'/'.join(folders)}/any")


def _places(root: str, project: str, paths: Iterable[str]) -> tuple[str, ...]:
    """The folders that absolute imports may start from, the application's own first."""
    distributions = {
        str(PurePosixPath(path).parent)
        for path in paths
        if path.rpartition("/")[2] in _DISTRIBUTIONS
    }
    others = (one for folder in sorted(distributions) for one in (folder, f"{folder}/src"))
    every = (root, project, "", *others)
    return tuple(dict.fromkeys("" if one == "." else one.removeprefix("./") for one in every))


def _reached(
    start: Iterable[Module], known: dict[str, Module], places: tuple[str, ...]
) -> set[str]:
    waiting = list(start)
    seen = {one.path for one in waiting}
    while waiting:
        for path in _imported(waiting.pop(), known, places):
            if path not in seen:
                seen.add(path)
                waiting.append(known[path])
    return seen


def _imported(module: Module, known: dict[str, Module], places: tuple[str, ...]) -> Iterator[str]:
    """The files of the host that an import of a module may load, packages on the way too."""
    folder = PurePosixPath(module.path).parent
    for name, given, level in module.imports:
        parts = [*filter(None, name.split(".")), *filter(None, [given])]
        if level:
            above = [folder, *folder.parents]
            start = above[min(level, len(above)) - 1]
            yield from _files("" if str(start) == "." else str(start), parts, known)
            continue
        for place in places:
            found = tuple(_files(place, parts, known))
            if found:
                yield from found
                break


def _files(place: str, parts: list[str], known: dict[str, Module]) -> Iterator[str]:
    for size in range(1, len(parts) + 1):
        path = "/".join(filter(None, [place, *parts[:size]]))
        yield from (one for one in (f"{path}.py", f"{path}/__init__.py") if one in known)
