"""What a skill is told and what it may propose: values in, `Proposal` out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from orchestrator.core.documents.documents import Question
from orchestrator.core.gate.trace import RequirementMap
from orchestrator.core.host.edits import Edit
from orchestrator.core.host.host import Host, Observation
from orchestrator.core.pattern.pattern import Pattern, PatternFollowUp, PatternRisk
from orchestrator.core.record.installed import Installed
from orchestrator.core.search.search import Ranked
from orchestrator.core.story.requirement import Requirement


@dataclass(frozen=True)
class Situation:
    """All a skill sees: the story's requirements, its validated inputs, the host, ranked patterns.

    `answers` are the pattern answers given so far, with where each came from (command line, story).
    `installed` is what the story has put in place already; the host is told as if it were not.
    """

    story: str
    requirements: tuple[Requirement, ...]
    inputs: Mapping[str, Any]
    answers: Mapping[str, tuple[Any, str]]
    host: Host
    ranked: tuple[Ranked, ...]
    patterns: Mapping[str, Pattern]
    installed: Installed | None = None


@dataclass(frozen=True)
class Render:
    """Render a pattern with these answers; the files go where the template says."""

    pattern: str
    answers: Mapping[str, Any]


@dataclass(frozen=True)
class Missing:
    """An input the proposal lacks; strict mode blocks, tolerant makes it risk and follow-up."""

    input: str
    because: str
    unblock: str


Operation = Literal["write", "merge", "take out"]


@dataclass(frozen=True)
class Proposal:
    """What the skill would do.

    `operation` says how the renders meet what stands: they are written where nothing is, merged
    with what was rendered before, or all of it is taken out. `package` is the import name of the
    code, `tests` the folder of its tests, `origins` says of every answer where it came from.
    `risks` and `follow_ups` are those of the work itself, beside those of the patterns. `questions`
    are put to others once all is decided; the answers are cited and change nothing.
    """

    operation: Operation = "write"
    renders: tuple[Render, ...] = ()
    edits: tuple[Edit, ...] = ()
    secrets: Mapping[str, int] = field(default_factory=dict)
    observations: tuple[Observation, ...] = ()
    missing: tuple[Missing, ...] = ()
    requirement_map: RequirementMap | None = None
    package: str = ""
    tests: str = ""
    origins: Mapping[str, str] = field(default_factory=dict)
    risks: tuple[PatternRisk, ...] = ()
    follow_ups: tuple[PatternFollowUp, ...] = ()
    summary: str = ""
    next_steps: str = ""
    questions: tuple[Question, ...] = ()
