"""`log` and `show`: what a story's log says, entry by entry; reads the log and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from orchestrator.core.errors import CannotAnswer, IntegrityBroken, UsageProblem
from orchestrator.core.record.chain import Entry, History, replay, sound
from orchestrator.core.record.evidence import Reader, fetch
from orchestrator.core.record.record import Record, decode, entry_name
from orchestrator.core.text.canonical import load_canonical
from orchestrator.core.text.nearest import did_you_mean
from orchestrator.ports.every import Ports

SHORTEST = 4
PARTS = ("gate", "requirements", "answers", "observations", "documents", "files")


@dataclass(frozen=True)
class Attempt:
    """A run that published nothing: its id, and the record it left (None: unreadable)."""

    id: str
    record: Record | None


@dataclass(frozen=True)
class Shown:
    """What a reference names: a record, and the part of it that the reference asks for."""

    name: str
    record: Record
    part: Any = None


def log(ports: Ports, story: str | None) -> tuple[History, ...]:
    """The history of one story or of all that have one. Raises IntegrityBroken for a broken log.

    Raises CannotAnswer for a named story without a log.
    """
    logged = ports.log.stories()
    if story is not None and story not in logged:
        raise CannotAnswer(
            f"{story} has no log: it has not moved yet",
            remedy=did_you_mean(story, logged) if logged else "`orchestrator exec` moves a story",
        )
    chosen = logged if story is None else (story,)
    return tuple(sound(replay(one, ports.log.entries(one))) for one in chosen)


def attempts(ports: Ports, story: str | None) -> tuple[Attempt, ...]:
    """The attempts of one story or of all, oldest first."""
    return tuple(Attempt(name, _attempted(files)) for name, files in ports.runs.all(story))


def show(ports: Ports, ref: str) -> Shown:
    """Find `STORY` (its last entry), an entry's name or the start of it, or an attempt by its id.

    `#check` asks for the statement of a check; `#gate`, `#requirements`, `#answers`,
    `#observations`, `#documents`, `#files` and `#pattern/<name>` for a part of the record,
    `#snippet/<start of its digest>` for a fetched document. Raises CannotAnswer, UsageProblem and
    IntegrityBroken.
    """
    name, _, part = ref.partition("#")
    found = _found(ports, name)
    return Shown(found.name, found.record, _part(found, part) if part else None)


@dataclass(frozen=True)
class _Found:
    """A record and where its evidence is."""

    name: str
    record: Record
    evidence: Reader


def _attempted(files: Mapping[str, bytes]) -> Record | None:
    try:
        return decode(files["record.json"])
    except (IntegrityBroken, KeyError):
        return None


def _found(ports: Ports, name: str) -> _Found:
    logged = ports.log.stories()
    matches: list[_Found] = []
    if name in logged:
        entries = sound(replay(name, ports.log.entries(name))).entries
        matches = [_Found(one.name, one.record, ports.log.evidence) for one in entries[-1:]]
    elif len(name) >= SHORTEST:
        entered = _named(ports, logged, name)
        matches = [_Found(one.name, one.record, ports.log.evidence) for one in entered]
        matches = matches or [*_tried(ports, name)]
    if len(matches) == 1:
        return matches[0]
    if matches:
        names = ", ".join(one.name for one in matches)
        raise UsageProblem(f"{name} is short for several entries", remedy=f"write one of {names}")
    raise CannotAnswer(
        f"nothing in the log is called {name}",
        remedy=did_you_mean(name, logged) if logged else "`orchestrator log` lists what there is",
    )


def _tried(ports: Ports, name: str) -> Iterator[_Found]:
    """The attempts of that id, or those whose record is named so in their reports."""
    for found, files in ports.runs.all(None):
        record = _attempted(files)
        if record is None:
            continue
        entry = entry_name(files["record.json"])
        if found == name or _starts(entry, name):
            yield _Found(entry, record, _kept(files))


def _kept(files: Mapping[str, bytes]) -> Reader:
    return lambda digest: files.get(f"evidence/{digest}")


def _named(ports: Ports, stories: tuple[str, ...], start: str) -> Iterator[Entry]:
    """The entries whose name, or hash in it, starts so."""
    for story in stories:
        files = ports.log.entries(story)
        if any(_starts(file, start) for file in files):
            history = sound(replay(story, files))
            yield from (entry for entry in history.entries if _starts(entry.name, start))


def _starts(name: str, start: str) -> bool:
    return name.startswith(start) or name.partition("-")[2].startswith(start)


def _part(found: _Found, part: str) -> Any:
    checks = {check.name: check for check in found.record.checks}
    if part in checks:
        return load_canonical(fetch(found.evidence, checks[part].statement))
    plain = found.record.model_dump(mode="json", by_alias=True)
    patterns = {f"pattern/{one['name']}": one for one in plain["patterns"]}
    if part in PARTS or part in patterns:
        return patterns[part] if part in patterns else plain[part]
    kept = [one.fetched.snippet for one in found.record.documents if one.fetched]
    snippets = {f"snippet/{one[:16]}": one for one in kept}
    if part in snippets:
        return load_canonical(fetch(found.evidence, snippets[part]))
    known = [*checks, *PARTS, *patterns, *snippets]
    raise UsageProblem(f"the entry has no part {part}", remedy=did_you_mean(part, known))
