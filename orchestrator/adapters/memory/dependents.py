"""What of a tree rests on some code: imports of a package, revisions that follow one."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from pathlib import PurePosixPath

from orchestrator.adapters.memory.migrations import Revision, revision_of
from orchestrator.adapters.memory.source import own_paths, parsed
from orchestrator.core.host import Place

Reader = Callable[[str], bytes]


def importers(
    files: Mapping[str, str], read: Reader, *, package: str, folder: str
) -> tuple[Place, ...]:
    """Every import of a package, or of something in it, by code outside its folder.

    `package` is its import name and `folder` its path. A file that does not parse is passed over:
    it can import nothing.
    """
    last = package.rpartition(".")[2].encode()
    found = [
        Place(path, node.lineno)
        for path, tree in _trees(files, read, last)
        if not path.startswith(f"{folder}/")
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom) and _imports(node, path, package, folder)
    ]
    return tuple(sorted(found, key=lambda place: (place.path, place.line)))


def followers(files: Mapping[str, str], read: Reader, *, revision: str) -> tuple[Place, ...]:
    """The revisions of Alembic that come right after the one in the file `revision`."""
    tree = parsed(read(revision)) if revision in files else ""
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


def _trees(files: Mapping[str, str], read: Reader, word: bytes) -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(own_paths(files)):
        if path.endswith(".py") and word in (content := read(path)):
            tree = parsed(content)
            if isinstance(tree, ast.Module):
                yield path, tree


def _imports(node: ast.Import | ast.ImportFrom, path: str, package: str, folder: str) -> bool:
    if isinstance(node, ast.Import):
        return any(_inside(alias.name, package, ".") for alias in node.names)
    if node.level:
        parents = PurePosixPath(path).parents
        if node.level > len(parents):
            return False
        start = parents[node.level - 1].joinpath(*(node.module or "").split("."))
        places = [start, *(start / alias.name for alias in node.names)]
        return any(_inside(str(place), folder, "/") for place in places)
    names = [node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)]
    return any(_inside(name, package, ".") for name in names)


def _inside(name: str, whole: str, separator: str) -> bool:
    return name == whole or name.startswith(f"{whole}{separator}")
