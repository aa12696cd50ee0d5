"""What a skill is told and what it may propose: values in, `Proposal` out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from orchestrator.core.documents import Question
from orchestrator.core.host import Host, Observation, Place
from orchestrator.core.pattern import Pattern
from orchestrator.core.requirement import Requirement
from orchestrator.core.search import Ranked
from orchestrator.core.trace import RequirementMap


@dataclass(frozen=True)
class Situation:
    """All a skill sees: the story's requirements, its validated inputs, the host, ranked patterns.

    `answers` are the pattern answers given so far, with where each came from (command line, story).
    """

    story: str
    requirements: tuple[Requirement, ...]
    inputs: Mapping[str, Any]
    answers: Mapping[str, tuple[Any, str]]
    host: Host
    ranked: tuple[Ranked, ...]
    patterns: Mapping[str, Pattern]


@dataclass(frozen=True)
class Render:
    """Render a pattern with these answers; the files go where the template says."""

    pattern: str
    answers: Mapping[str, Any]


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
class Missing:
    """An input the proposal lacks; strict mode blocks, tolerant makes it risk and follow-up."""

    input: str
    because: str
    unblock: str


@dataclass(frozen=True)
class Proposal:
    """What the skill would do. `package` is the import name of the code that it adds,
    `tests` the folder of its tests, `origins` says of every answer where it came from. `questions`
    are put to others once all is decided; the answers are cited and change nothing."""

    renders: tuple[Render, ...] = ()
    edits: tuple[Edit, ...] = ()
    secrets: Mapping[str, int] = field(default_factory=dict)
    observations: tuple[Observation, ...] = ()
    missing: tuple[Missing, ...] = ()
    requirement_map: RequirementMap | None = None
    package: str = ""
    tests: str = ""
    origins: Mapping[str, str] = field(default_factory=dict)
    summary: str = ""
    next_steps: str = ""
    questions: tuple[Question, ...] = ()
