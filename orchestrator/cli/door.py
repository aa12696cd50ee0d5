"""What every command shares: ports, `--json`, progress, the one way to answer; decides nothing."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, TypeVar

import click

from orchestrator.cli.output import document_text, put
from orchestrator.cli.signals import too_late
from orchestrator.core.errors import CannotAnswer

if TYPE_CHECKING:
    from orchestrator.ports.every import Ports
    from orchestrator.ports.surroundings import Progress

F = TypeVar("F", bound=Callable[..., object])


def json_option(command: F) -> F:
    """Add `--json`, passed on as `as_json`."""
    return click.option(
        "--json", "as_json", is_flag=True, help="Print exactly one JSON document on stdout."
    )(command)


def progress_option(command: F) -> F:
    """Add `--no-progress`, passed on as `no_progress`."""
    return click.option(
        "--no-progress", is_flag=True, help="Do not tell the running step on stderr."
    )(command)


def ports(progress: Progress | None = None) -> Ports:
    """The real adapters for the repository around the working directory.

    Raises CannotAnswer when the working directory is gone or there is no repository.
    """
    from orchestrator import compose

    return compose.house(working_directory(), progress, landed=too_late)


def working_directory() -> Path:
    """Where the user stands. Raises CannotAnswer when that folder no longer exists."""
    try:
        return Path.cwd()
    except OSError as error:
        raise CannotAnswer(
            "the working directory no longer exists", remedy="cd into the repository"
        ) from error


@contextmanager
def watched(*, hidden: bool = False) -> Iterator[Progress]:
    """Progress for the block: a status line on a terminal, else plain lines; nothing if hidden.

    Terminal means: stderr is one, and neither CI nor NO_COLOR is set, and TERM is not `dumb`.
    """
    if hidden:
        yield _Silent()
    elif _draws():
        with _status_line() as line:
            yield line
    else:
        yield _Lines()


def answer(
    kind: str,
    document: Mapping[str, object],
    text: str,
    *,
    as_json: bool,
    code: int = 0,
    line: str = "",
) -> NoReturn:
    """Print the result on stdout and exit with `code`; `line` goes to stderr unless it is 0.

    With `as_json` the result is one document `{"schema", "kind", **document}`, else `text`.
    """
    body = document_text(kind, document) if as_json else text
    if body:
        put(body if body.endswith("\n") else body + "\n")
    if code and line:
        put(line + "\n", error=True)
    raise SystemExit(code)


def _draws() -> bool:
    quiet = any(os.environ.get(name) for name in ("CI", "NO_COLOR"))
    terminal = sys.stderr is not None and sys.stderr.isatty()
    return terminal and not quiet and os.environ.get("TERM") != "dumb"


class _Silent:
    def step(self, text: str) -> None:
        """Say nothing."""


class _Lines:
    def step(self, text: str) -> None:
        put(f"- {text}\n", error=True)


@contextmanager
def _status_line() -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import Progress as Bar
    from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn

    bar = Bar(
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
    )

    class Line:
        def step(self, text: str) -> None:
            for task in bar.task_ids:
                bar.remove_task(task)
            bar.add_task(text, total=None)

    with bar:
        yield Line()
