"""Explain patterns and skills; changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from orchestrator.core.errors import UsageProblem
from orchestrator.core.pattern.pattern import Pattern
from orchestrator.core.text.nearest import did_you_mean
from orchestrator.ports.plugins import Skill, Skills


@dataclass(frozen=True)
class SkillEntry:
    """A skill as listed: its name, what it is for, and its inputs."""

    name: str
    title: str
    description: str
    inputs: Mapping[str, Any]


def pattern_named(patterns: Iterable[Pattern], name: str) -> Pattern:
    """A pattern by its name or id. Raises UsageProblem naming the nearest one."""
    known = tuple(patterns)
    found = [one for one in known if name in (one.name, one.manifest.id)]
    if not found:
        remedy = did_you_mean(name, sorted(one.name for one in known))
        raise UsageProblem(f"unknown pattern `{name}`", remedy=remedy)
    return found[0]


def skill_entries(skills: Skills, name: str | None) -> tuple[SkillEntry, ...]:
    """All skills, or the named one. Raises UsageProblem for an unknown name."""
    names = skills.names() if name is None else (name,)
    return tuple(_entry(skills.load(one)) for one in names)


def _entry(skill: Skill) -> SkillEntry:
    return SkillEntry(skill.name, skill.title, skill.description, skill.inputs)
