"""Where our files lie in a tree, worked out from the scope alone."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath

from orchestrator.api import Scope


@dataclass(frozen=True)
class OurNames:
    """`modules` are patterns of our modules' dotted names, as a warnings filter wants them."""

    modules: tuple[str, ...]


def tests_folder(scope: Scope) -> str:
    """The folder that holds all of our tests; "." when that is the root."""
    return _common([PurePosixPath(path).parent for path in scope.tests])


def test_files(scope: Scope) -> tuple[str, ...]:
    """Those of our test files in which pytest looks for tests."""
    return tuple(path for path in scope.tests if _holds_tests(PurePosixPath(path).name))


def _holds_tests(name: str) -> bool:
    return name.endswith(".py") and (name.startswith("test_") or name.endswith("_test.py"))


def import_roots(scope: Scope) -> tuple[str, ...]:
    """The folders that must be on the path: where our package imports from, and the root.

    `src/app/auth/x.py` in the package `app.auth` imports from `src`; in `src.app.auth` from ".".
    """
    tail = PurePosixPath(*scope.package.split(".")) if scope.package else None
    found = [_root(PurePosixPath(path), tail) for path in scope.sources] if tail else []
    return (*sorted({root for root in found if root != "."}), ".")


def _root(source: PurePosixPath, package: PurePosixPath) -> str:
    for folder in source.parents:
        if folder.parts[-len(package.parts) :] == package.parts:
            return str(PurePosixPath(*folder.parts[: -len(package.parts)]))
    return "."


def our_names(scope: Scope) -> OurNames:
    """Our package and our test modules, under each name they can be imported by."""
    package = [scope.package.replace(".", r"\.")] if scope.package else []
    tests = [PurePosixPath(path).with_suffix("").parts for path in scope.tests]
    names = {r"\.".join(parts[start:]) for parts in tests for start in range(len(parts))}
    return OurNames((*package, *sorted(names)))


def _common(folders: list[PurePosixPath]) -> str:
    if not folders:
        return "."
    shared = folders[0]
    while not all(folder.is_relative_to(shared) for folder in folders):
        shared = shared.parent
    return str(shared)
