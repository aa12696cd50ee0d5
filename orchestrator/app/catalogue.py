"""Find and explain patterns and skills, and what the logs say of their use; changes nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from orchestrator.core.errors import OrchestratorError, UsageProblem
from orchestrator.core.host import Place
from orchestrator.core.nearest import did_you_mean
from orchestrator.core.pattern import Document, Pattern
from orchestrator.core.record import Record, decode
from orchestrator.core.search import Ranked, meaning, rank
from orchestrator.ports import Ports, Skill, Skills


@dataclass(frozen=True)
class Used:
    """How often a pattern was used with one outcome, in the logs and attempts that are here."""

    outcome: str
    times: int


@dataclass(frozen=True)
class Hit:
    """A pattern that was found, with its score and how it fared so far."""

    pattern: Pattern
    ranked: Ranked
    used: tuple[Used, ...]


@dataclass(frozen=True)
class Cited:
    """A document that a pattern rests on."""

    pattern: str
    document: Document


@dataclass(frozen=True)
class Found:
    """What a search was taken to mean, and what it found; `unread` names logs that are broken."""

    query: tuple[str, ...]
    words: tuple[str, ...]
    framework: str | None
    hits: tuple[Hit, ...]
    documents: tuple[Cited, ...]
    code: tuple[tuple[str, Place], ...]
    unread: tuple[str, ...]


@dataclass(frozen=True)
class SkillEntry:
    """A skill as listed: its name, what it is for, and its inputs."""

    name: str
    title: str
    description: str
    inputs: Mapping[str, Any]


def search(ports: Ports, query: Sequence[str], framework: str | None) -> Found:
    """Rank patterns, their documents and the repository's own code for some words."""
    words = meaning(query)
    if not words:
        raise UsageProblem(
            f"nothing to search for in {' '.join(query)!r}",
            remedy='name a subject, e.g. `orchestrator search "jwt authentication"`',
        )
    patterns = {pattern.name: pattern for pattern in ports.patterns.all()}
    ranked = rank(query, patterns.values(), framework=framework, on=ports.clock.now().date())
    about = [one for one in ranked if _text_part(one)]
    used, unread = usage(ports)
    return Found(
        query=tuple(query),
        words=words,
        framework=framework,
        hits=tuple(Hit(patterns[one.pattern], one, used.get(one.pattern, ())) for one in about),
        documents=tuple(_cited(patterns[one.pattern] for one in about)),
        code=_code(ports, words),
        unread=unread,
    )


def usage(ports: Ports) -> tuple[Mapping[str, tuple[Used, ...]], tuple[str, ...]]:
    """How often each pattern was used with which outcome, and the entries nobody can read."""
    counted: dict[str, Counter[str]] = {}
    unread: list[str] = []
    for name, raw, landed in _entries(ports):
        try:
            record = decode(raw)
        except OrchestratorError:
            unread.append(name)
            continue
        for pattern in record.patterns:
            counted.setdefault(pattern.name, Counter())[_outcome(record, landed=landed)] += 1
    used = {
        name: tuple(Used(outcome, times) for outcome, times in sorted(counter.items()))
        for name, counter in counted.items()
    }
    return used, tuple(unread)


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


def _text_part(ranked: Ranked) -> bool:
    return any(part.id == "text" and part.num for part in ranked.parts)


def _cited(patterns: Iterable[Pattern]) -> Iterator[Cited]:
    for pattern in patterns:
        for document in pattern.manifest.documents:
            yield Cited(pattern.name, document)


def _entries(ports: Ports) -> Iterator[tuple[str, bytes, bool]]:
    for story in ports.log.stories():
        for name, raw in ports.log.entries(story).items():
            yield f"{story}/{name}", raw, True
    for run, files in ports.runs.all(None):
        if "record.json" in files:
            yield f"attempt {run}", files["record.json"], False


def _outcome(record: Record, *, landed: bool) -> str:
    return f"landed as {record.to}" if landed else "refused by the gate"


def _code(ports: Ports, words: Sequence[str]) -> tuple[tuple[str, Place], ...]:
    repository = ports.repository
    head = repository.head()

    def content(path: str) -> bytes:
        file = repository.read(head, path)
        return file.content if file else b""

    return ports.memory.mentions(repository.tracked(head), content, words=words)
