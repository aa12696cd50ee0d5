"""Changes of a host's own files: what may be asked for, and what an attempt answers."""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import indent
from typing import Literal

from orchestrator.core.change.changes import File
from orchestrator.core.host.host import Place


@dataclass(frozen=True)
class AppCall:
    """Insert `call` after the app object made at `place`, with `from module import name`.

    With `at_end` it goes right before a factory returns the object, where that is one place.
    """

    place: Place
    app: str
    factory: bool
    module: str
    name: str
    call: str
    at_end: bool = False


@dataclass(frozen=True)
class IgnoredPaths:
    """Lines that `.gitignore` must contain."""

    lines: tuple[str, ...]


@dataclass(frozen=True)
class AddDependencies:
    """Requirements (`name>=floor`) that the manifest must contain; pins of the host stay."""

    manifest: str
    style: str
    requirements: tuple[str, ...]


@dataclass(frozen=True)
class ComparedTables:
    """Let Alembic's `env.py` at `path` compare `alias.metadata` too, `alias` being an import."""

    path: str
    module: str
    name: str
    alias: str


@dataclass(frozen=True)
class AllowedFindings:
    """What the linter that is configured at `path` must not report: folder pattern to rules."""

    path: str
    tool: Literal["ruff", "flake8"]
    allowed: tuple[tuple[str, tuple[str, ...]], ...]


Edit = AppCall | IgnoredPaths | AddDependencies | ComparedTables | AllowedFindings


@dataclass(frozen=True)
class EditDone:
    """The file's new content; `added` names what of a list was not there yet."""

    path: str
    after: File
    added: tuple[str, ...] = ()


@dataclass(frozen=True)
class EditThere:
    """The file already has what was asked for."""

    path: str


@dataclass(frozen=True)
class EditCannot:
    """It cannot be done safely; `paste` is what a person should write, and where.

    With `instead` it takes the place of lines that say less, there or in a file that is included.
    """

    path: str
    because: str
    paste: str
    instead: bool = False

    @property
    def remedy(self) -> str:
        """What would help: the lines to write, below the file that they belong into."""
        how = "raise, where it is held, in" if self.instead else "write into"
        return f"{how} {self.path}:\n{indent(self.paste.strip(), '  ')}"


EditResult = EditDone | EditThere | EditCannot
