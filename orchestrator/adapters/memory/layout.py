"""Where a host's modules import from, and where new modules belong; runs nothing."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable
from pathlib import PurePosixPath

from orchestrator.adapters.memory.source import Module, Source
from orchestrator.core.errors import CannotAnswer

_NAMES = ("auth", "auth_jwt", "jwt_authentication", "story_auth")


def import_root(app: Module, project: str, source: Source) -> str:
    """The folder from which the host's own modules import ("" for the repository's root).

    Each absolute import that resolves below a folder votes for it, more so when it names the
    package of the application; a relative import rules out the folders inside its package. The
    modules of the project's folder are asked first. Where that folder has the name of its package,
    the folder wins from which most names lead to a module. Raises CannotAnswer for an application
    that imports from above the repository.
    """
    candidates = [root for root in _ancestors(app.path) if not _inside_package(root, app)]
    if not candidates:
        raise _from_above(app)
    inside = [one for one in source.modules if one.path.startswith(f"{project}/")]
    votes = _votes(candidates, inside, app, source.paths) if inside else {}
    if not any(votes.values()):
        votes = _votes(candidates, source.modules, app, source.paths)
    best = max(votes.values())
    if best == 0:
        return _by_convention(candidates, app, source.paths)
    equal = [root for root in candidates if votes[root] == best]
    return max(equal, key=lambda root: _resolved(root, source))


def _votes(
    candidates: Iterable[str], modules: Iterable[Module], app: Module, paths: frozenset[str]
) -> dict[str, int]:
    votes = dict.fromkeys(candidates, 0)
    for module in modules:
        tops = {name.split(".")[0] for name, _, level in module.imports if not level}
        for root in votes:
            votes[root] += sum(_vote(root, top, app, paths) for top in tops)
    return votes


def _from_above(app: Module) -> CannotAnswer:
    levels = [node for node in app.nodes if isinstance(node, ast.ImportFrom) and node.level]
    line = max(levels, key=lambda node: node.level).lineno if levels else 1
    return CannotAnswer(
        f"the repository itself is the package of the application ({app.path}:{line}), so nothing "
        "in it can be imported from here",
        remedy="move its modules into a folder of the repository, or let them import absolutely",
    )


def _ancestors(path: str) -> list[str]:
    return ["" if str(one) == "." else str(one) for one in reversed(PurePosixPath(path).parents)]


def _inside_package(root: str, app: Module) -> bool:
    inside = len(PurePosixPath(app.path).relative_to(root or ".").parts) - 1
    deepest = max((level for _, _, level in app.imports), default=0)
    is_package = app.path.endswith("/__init__.py")
    return deepest > inside or (is_package and inside == 0)


def _vote(root: str, top: str, app: Module, paths: frozenset[str]) -> int:
    first = PurePosixPath(app.path).relative_to(root or ".").parts[0].removesuffix(".py")
    if top == first:
        return 3
    if top in sys.stdlib_module_names:
        return 0
    base = f"{root}/{top}" if root else top
    if f"{base}.py" in paths:
        return 1
    return int(f"{base}/__init__.py" in paths)


def _resolved(root: str, source: Source) -> int:
    """How many of the dotted names that are imported lead to a module below a folder."""
    start = f"{root}/" if root else ""
    names = {
        name.replace(".", "/")
        for module in source.modules
        for name, _, level in module.imports
        if not level and "." in name
    }
    return sum(
        f"{start}{name}.py" in source.paths or f"{start}{name}/__init__.py" in source.paths
        for name in names
    )


def _by_convention(candidates: list[str], app: Module, paths: frozenset[str]) -> str:
    """Without a single import to judge by: above the top package, and `src` is no package."""
    for root in candidates:
        rest = PurePosixPath(app.path).relative_to(root or ".").parts
        package = f"{root}/{rest[0]}" if root else rest[0]
        if len(rest) > 1 and f"{package}/__init__.py" in paths:
            return root
    holds_packages = any(_is_package_in("src", path) for path in paths)
    usual = [
        root for root in candidates if root == "src" and (holds_packages or app.path.count("/") > 1)
    ]
    return (usual or [candidates[0] if app.path.count("/") < 2 else candidates[-1]])[0]


def _is_package_in(folder: str, path: str) -> bool:
    return path.startswith(f"{folder}/") and path.count("/") == 2 and path.endswith("/__init__.py")


def module_name(path: str, root: str) -> str:
    """The import name of a file below an import root."""
    parts = list(PurePosixPath(path).relative_to(root or ".").with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)


def package_place(app: Module, root: str, source: Source) -> tuple[str, str]:
    """The folder for a new package beside the host's own, and the name that was already taken.

    The new package goes into the top package that holds modules of its own, or beside a single
    module; a taken name gives way to the next one.
    """
    folders = PurePosixPath(app.path).relative_to(root or ".").parts[:-1]
    parent = root
    for folder in folders:
        parent = f"{parent}/{folder}" if parent else folder
        if any(_in(parent, path) for path in source.paths if path.endswith(".py")):
            break
    return free_folder(parent, source.paths)


def _in(folder: str, path: str) -> bool:
    return PurePosixPath(path).parent.as_posix() == folder and not path.endswith("__init__.py")


def free_folder(parent: str, paths: Iterable[str]) -> tuple[str, str]:
    """The first of the usual names that is free below a folder, and the first one if taken."""
    known = tuple(paths)
    taken = ""
    for name in _NAMES:
        folder = f"{parent}/{name}" if parent else name
        if not any(path == f"{folder}.py" or path.startswith(f"{folder}/") for path in known):
            return folder, taken
        taken = taken or folder
    numbered = (f"{parent}/auth_{number}".lstrip("/") for number in range(2, 1000))
    free = next(one for one in numbered if not any(path.startswith(f"{one}/") for path in known))
    return free, taken
