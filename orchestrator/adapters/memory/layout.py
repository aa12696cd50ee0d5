"""Where a host's modules import from, and where new modules and tests belong; runs nothing."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath

from orchestrator.adapters.memory.manifests import has_pytest_options
from orchestrator.adapters.memory.source import Module, Source
from orchestrator.core.errors import CannotAnswer

_NAMES = ("auth", "auth_jwt", "jwt_authentication", "story_auth")


def import_root(app: Module, source: Source) -> str:
    """The folder from which the host's own modules import ("" for the repository's root).

    Each absolute import that resolves below a folder votes for it, more so when it names the
    package of the application; a relative import rules out the folders inside its package. Where a
    project's folder has the name of its package, the folder wins from which most names lead to a
    module. Raises CannotAnswer for an application that imports from above the repository.
    """
    candidates = [root for root in _ancestors(app.path) if not _inside_package(root, app)]
    if not candidates:
        raise _from_above(app)
    votes = dict.fromkeys(candidates, 0)
    for module in source.modules:
        tops = {name.split(".")[0] for name, _, level in module.imports if not level}
        for root in candidates:
            votes[root] += sum(_vote(root, top, app, source.paths) for top in tops)
    best = max(votes.values())
    if best == 0:
        return _by_convention(candidates, app, source.paths)
    equal = [root for root in candidates if votes[root] == best]
    return max(equal, key=lambda root: _resolved(root, source))


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
    usual = [root for root in candidates if root == "src" and app.path.count("/") > 1]
    return (usual or [candidates[0] if app.path.count("/") < 2 else candidates[-1]])[0]


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


def is_test_module(path: str) -> bool:
    """Say whether a file is one of tests: pytest collects it, or is told to (`tests.py`)."""
    name = path.rpartition("/")[2]
    return name.startswith("test_") or name.endswith("_test.py") or name == "tests.py"


def test_folders(source: Source) -> tuple[str, ...]:
    """The top folders of the host's test suites, the one with most test files first."""
    count: dict[str, int] = {}
    for path in source.paths:
        parts = PurePosixPath(path).parts
        if not parts[-1].endswith(".py") or parts[-1] == "__init__.py":
            continue
        at = next((i for i, part in enumerate(parts[:-1]) if part in ("test", "tests")), None)
        if at is not None and is_test_module(path):
            folder = "/".join(parts[: at + 1])
            count[folder] = count.get(folder, 0) + 1
    return tuple(sorted(count, key=lambda folder: (-count[folder], folder.count("/"), folder)))


def tests_place(project: str, configured: str | None, source: Source) -> tuple[str, bool, str]:
    """The folder for new tests, whether it is a package, and the name that was already taken.

    `project` is the folder of the host's manifest; without tests of its own that is where
    `tests/` goes, or the folder that pytest is `configured` for.
    """
    near = [one for one in test_folders(source) if not project or one.startswith(f"{project}/")]
    parent = near[0] if near else configured or f"{project}/tests".lstrip("/")
    folder, taken = free_folder(parent, source.paths)
    return folder, f"{parent}/__init__.py" in source.paths, taken


def tests_run_in(places: Sequence[str], project: str, source: Source) -> str:
    """The folder in which the host runs its tests ("" for the root).

    That is where pytest is configured, nearest above the tests, else the `project` that has the
    manifest, or the folder above it when its modules import themselves by its name; the root when
    a test lies outside.
    """
    above = [str(one) for one in PurePosixPath(places[0]).parents if str(one) != "."]
    folder = next((one for one in above if has_pytest_options(f"{one}/", source)), None)
    if folder is None:
        folder = "" if has_pytest_options("", source) else _importing(project, source)
    return folder if all(place.startswith(f"{folder}/") for place in places) else ""


def _importing(project: str, source: Source) -> str:
    """The folder from which a project's modules import one another: its own, or the one above."""
    place = PurePosixPath(project)
    inside = [one for one in source.modules if one.path.startswith(f"{project}/")]
    names = {
        parts[1]
        for module in inside
        for name, member, level in module.imports
        if not level and len(parts := [*name.split("."), member]) > 1 and parts[0] == place.name
    }
    known = {
        PurePosixPath(path).relative_to(project).parts[0]
        for path in source.paths
        if path.startswith(f"{project}/")
    }
    own = place.name in known or f"{place.name}.py" in known
    above = any(name in known or f"{name}.py" in known for name in names)
    return project if own or not above else str(place.parent).removeprefix(".")
