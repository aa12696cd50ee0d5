"""Where a host keeps its tests, where new ones belong, and how its own are run; runs nothing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath

from orchestrator.adapters.memory.layout import free_folder
from orchestrator.adapters.memory.manifests import has_pytest_options
from orchestrator.adapters.memory.scope import is_below
from orchestrator.adapters.memory.source import Source


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


def tests_place(
    app: str, project: str, configured: Sequence[str], source: Source
) -> tuple[str, bool, str]:
    """The folder for new tests, whether it is a package, and the name that was already taken.

    `project` is the folder of the host's manifest. New tests go where the host keeps its own: into
    the folder beside a package of the application (`app`), the only one, or the one that pytest is
    `configured` for; else into `tests/` of the project.
    """
    every = test_folders(source)
    near = [one for one in every if not project or one.startswith(f"{project}/")]
    fitting = (
        *(one for one in near if _lies_around(one, app)),
        *(one for one in configured if one in near),
        *(near if len(near) == 1 else ()),
        *(one for one in every if not near and _lies_around(one, app)),
        *(one for one in configured if one.startswith(f"{project}/" if project else "")),
        f"{project}/tests".lstrip("/"),
    )
    parent = fitting[0]
    folder, taken = free_folder(parent, source.paths)
    return folder, f"{parent}/__init__.py" in source.paths, taken


def _lies_around(folder: str, app: str) -> bool:
    """Say whether a folder of tests stands in one that holds the application."""
    parent = folder.rpartition("/")[0]
    return not parent or app.startswith(f"{parent}/")


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


def test_command(source: Source, project: str, configured: Sequence[str]) -> tuple[str, ...]:
    """The host's tests by pytest, below `env -C` when they run in a folder of the repository.

    Those that its own configuration names, where they are there; else all that look like tests.
    """
    folders = test_folders(source)
    alone = (path for path in source.paths if path.endswith(".py") and is_test_module(path))
    files = [path for path in alone if not any(path.startswith(f"{one}/") for one in folders)]
    places = [*sorted(folders), *sorted(files)]
    if configured and all(
        any(is_below(f"{one}/", place) for one in places) for place in configured
    ):
        places = list(configured)
    if not places:
        return ()
    folder = tests_run_in(places, project, source)
    start = ("env", "-C", folder) if folder else ()
    inside = (str(PurePosixPath(place).relative_to(folder)) for place in places)
    return (*start, "{python}", "-m", "pytest", *inside)
