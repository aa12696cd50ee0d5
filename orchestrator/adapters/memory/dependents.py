"""What of a tree rests on some code: imports of a package, revisions that follow one."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from pathlib import PurePosixPath

from orchestrator.adapters.memory.migrations import Revision, revision_of
from orchestrator.adapters.memory.source import own_paths, parsed
from orchestrator.core.host.host import Place

Reader = Callable[[str], bytes]


def importers(
    files: Mapping[str, str], read: Reader, *, package: str, folder: str
) -> tuple[Place, ...]:
    """Every import of a package, or of something in it, that these files do not satisfy.

    `package` is its import name and `folder` its path. A file that does not parse is passed over:
    it can import nothing. A module of the package that is among the files is no one else's.
    """
    last = package.rpartition(".")[2].encode()
    found = {
        Place(path, node.lineno)
        for path, tree in _trees(files, read, last, within=folder)
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for places in _imported(node, path, package, folder)
        if not any(_is_module(place, files) for place in places)
    }
    return tuple(sorted(found, key=lambda place: (place.path, place.line)))


def followers(files: Mapping[str, str], read: Reader, *, revision: str) -> tuple[Place, ...]:
    """The revisions of Alembic that come right after the one in the file `revision`."""
    content = read(revision) if revision in files else b""
    tree = parsed(content) if b"revision" in content else ""
    here = _revision(tree) if isinstance(tree, ast.Module) else None
    if here is None:
        return ()
    name, beside = here[0], f"{PurePosixPath(revision).parent}/"
    others = (
        (path, _revision(other))
        for path, other in _trees(files, read, name.encode())
        if path.startswith(beside)
    )
    return tuple(Place(path) for path, other in others if other and name in other[1])


def _revision(tree: ast.Module) -> Revision | None:
    try:
        return revision_of(tree)
    except (ValueError, TypeError):
        return None


def _trees(
    files: Mapping[str, str], read: Reader, word: bytes, *, within: str = ""
) -> Iterator[tuple[str, ast.Module]]:
    """The modules that hold a word, and all `within` a folder."""
    for path in sorted(own_paths(files)):
        if not path.endswith(".py"):
            continue
        content = read(path)
        if word in content or (within and path.startswith(f"{within}/")):
            tree = parsed(content)
            if isinstance(tree, ast.Module):
                yield path, tree


def _imported(
    node: ast.Import | ast.ImportFrom, path: str, package: str, folder: str
) -> Iterator[tuple[str, ...]]:
    """What an import needs of the package: for each name the paths, one of which has to be there.

    A name that is imported from a module is a part of that module, or a module of its own.
    """
    if isinstance(node, ast.Import):
        names: list[tuple[str, ...]] = [(alias.name,) for alias in node.names]
    elif node.level:
        yield from _relative(node, path, folder)
        return
    else:
        module = node.module or ""
        names = [(module, f"{module}.{alias.name}") for alias in node.names]
    for several in names:
        if any(_inside(name, package, ".") for name in several):
            yield tuple(f"{folder}{name[len(package) :].replace('.', '/')}" for name in several)


def _relative(node: ast.ImportFrom, path: str, folder: str) -> Iterator[tuple[str, ...]]:
    parents = PurePosixPath(path).parents
    if node.level > len(parents):
        return
    start = parents[node.level - 1].joinpath(*(node.module or "").split("."))
    for alias in node.names:
        places = (str(start), str(start / alias.name))
        if any(_inside(place, folder, "/") for place in places):
            yield places


def _is_module(place: str, files: Mapping[str, str]) -> bool:
    return f"{place}.py" in files or f"{place}/__init__.py" in files


def _inside(name: str, whole: str, separator: str) -> bool:
    return name == whole or name.startswith(f"{whole}{separator}")
