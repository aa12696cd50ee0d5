"""Try one cell: render it, check style and types, run its tests, attack it."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from auth_patterns import make_host, ruff, uv
from cell import Cell, installed_pythons
from generated_environment import LIBRARIES, run, run_tests
from stores import Stores

from orchestrator.attack.carrying_out import carry_out
from orchestrator.attack.judging.catalogue import catalogue
from orchestrator.attack.judging.results import Result
from orchestrator.attack.orders import Order

QUICK_SECONDS = 120


class Red(Exception):
    """A part of a cell did not go well; the text says what it said."""


def try_cell(
    cell: Cell,
    folder: Path,
    stores: Stores,
    *,
    full: bool,
    tests: bool = True,
    attack: bool = True,
) -> dict[str, str]:
    """What each part of the cell ended with, in order. Raises Red with the first that failed."""
    tree = folder / "tree"
    tree.mkdir(parents=True)
    make_host(tree, cell.answers)
    parts: dict[str, Callable[[], str]] = {
        "format": lambda: _formatted(tree),
        "environment": lambda: _environment(cell, folder),
        "types": lambda: _typed(folder, tree),
        "ages": lambda: _aged(cell, folder),
    }
    if tests:
        parts["tests"] = lambda: _tested(cell, folder, tree, stores)
    if attack:
        parts["attack"] = lambda: _attacked(cell, folder, tree, stores, full=full)
    return {name: _timed(part) for name, part in parts.items()}


def _timed(part: Callable[[], str]) -> str:
    started = time.monotonic()
    said = part()
    return f"{said} in {time.monotonic() - started:.0f} s"


def _formatted(tree: Path) -> str:
    shape = ("--isolated", "--line-length=100", "--target-version=py311")
    done = ruff("format", "--check", *shape, ".", cwd=tree)
    return _good(done, "format")


def _environment(cell: Cell, folder: Path) -> str:
    python = installed_pythons()[cell.values["python"]]
    make = [uv(), "venv", "-q", "--no-python-downloads", "--python", python, folder / "venv"]
    _good(subprocess.run(make, capture_output=True, text=True, check=False), "environment")
    young = [one.replace("sqlalchemy==", "sqlalchemy>=") for one in cell.requirements]
    return _installed(folder, [*young, *_tools(cell), "gunicorn"])


def _installed(folder: Path, wanted: list[str]) -> str:
    install = [uv(), "pip", "install", "-q", "--python", _python(folder), *wanted]
    return _good(subprocess.run(install, capture_output=True, text=True, check=False), "install")


def _tools(cell: Cell) -> list[str]:
    """Releases of pytest from 9 on refuse what the oldest AnyIO does."""
    old = cell.values["framework_age"] == "oldest"
    return [f"{name}<9" if old and name == "pytest" else name for name in LIBRARIES]


def _python(folder: Path) -> Path:
    return folder / "venv" / "bin" / "python"


def _typed(folder: Path, tree: Path) -> str:
    """Check types, before `_aged` takes SQLAlchemy back to its oldest release.

    Early releases of 2.0 have `Session.get(with_for_update=True)` and do not annotate it.
    """
    return _good(run(_python(folder), tree, "-m", "mypy", "--strict", "-p", "src"), "mypy")


def _aged(cell: Cell, folder: Path) -> str:
    return _installed(folder, cell.requirements)


def _tested(cell: Cell, folder: Path, tree: Path, stores: Stores) -> str:
    servers = stores.for_tests(cell)
    done = run_tests(_python(folder), tree, "--tb=short", "tests", **servers)
    _good(done, "tests")
    return done.stdout.strip().rpartition("\n")[2].strip("= ")


def _attacked(cell: Cell, folder: Path, tree: Path, stores: Stores, *, full: bool) -> str:
    place = folder / "run"
    place.mkdir()
    order = Order("src.main:app", cell.values["framework"], package="src.auth",
                  answers=cell.answers, ids=catalogue().ids, full=full,
                  budget=None if full else QUICK_SECONDS)  # fmt: skip

    def outside(_folder: Path) -> Mapping[str, str]:
        url = stores.database(cell)
        return {} if url is None else {"AUTH_DATABASE_URL": url}

    result = carry_out(order, _python(folder), tree, place, lambda _proof: None, outside)
    return unbroken(result)


def unbroken(result: Result) -> str:
    """The summary of an attack that nothing failed in. Raises Red for any other."""
    failed = [f"{one.id}: {one.reason}" for one in result.of("failed")]
    if failed or not result.of("passed"):
        raise Red("\n".join(("attack:", result.summary, *failed)))
    return result.summary


def _good(done: subprocess.CompletedProcess[str], name: str) -> str:
    if done.returncode != 0:
        raise Red(f"{name}:\n{(done.stdout + done.stderr)[-6000:]}")
    return "good"
