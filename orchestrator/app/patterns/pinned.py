"""Bring patterns from elsewhere into a repository, move, remove and trust them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from orchestrator.core import pins
from orchestrator.core.change.changes import Change, File
from orchestrator.core.change.diff import unified
from orchestrator.core.errors import CannotAnswer, OrchestratorError, UsageProblem
from orchestrator.core.pattern.foreign import PatternRefused
from orchestrator.core.pattern.pattern import Pattern, PatternSource
from orchestrator.core.places import SETTINGS_FILE
from orchestrator.core.record.record import decode
from orchestrator.core.settings import parse_settings
from orchestrator.core.text.nearest import did_you_mean
from orchestrator.ports.every import Ports

_COMPARED = 200_000


@dataclass(frozen=True)
class Moved:
    """A pattern before and after an update, and what differs between the two folders."""

    before: Pattern
    after: Pattern
    diff: str

    @property
    def same(self) -> bool:
        """Whether nothing is newer."""
        return self.before.origin == self.after.origin


@dataclass(frozen=True)
class Removed:
    """The source that was removed, and the stories that used its pattern."""

    source: PatternSource
    used_by: tuple[str, ...]


def add(ports: Ports, git: str, ref: str, path: str) -> Pattern:
    """Fetch a pattern, pin it in `orchestrator.yaml`, and return it as it is: not trusted, unless
    its digest was before. Raises CannotAnswer; then nothing is pinned."""
    commit = ports.sources.resolve(git, ref)
    source = _source(git, commit, path)
    known = _sources(ports)
    same = next((one for one in known if (one.git, one.path) == (git, path)), None)
    if same is not None:
        raise CannotAnswer(
            f"{same.name} is pinned already ({same})",
            remedy=f"`orchestrator patterns update {same.name}` moves it",
        )
    pattern = ports.sources.fetch(source)
    _refuse_taken(ports, pattern)
    raw = ports.work_tree.read(SETTINGS_FILE)
    _write(ports, raw, pins.with_pin(raw, source))
    return _judged(ports, pattern)


def fetch(ports: Ports) -> tuple[Pattern, ...]:
    """Fetch every pinned pattern that is not here yet. Raises CannotAnswer."""
    found = tuple(ports.sources.fetch(source) for source in _sources(ports))
    return tuple(_judged(ports, pattern) for pattern in found)


def update(ports: Ports, name: str, ref: str) -> Moved:
    """Pin a pattern to what a tag or branch (or HEAD) names now, and say what differs.

    The new one is not trusted. Raises CannotAnswer; then the old pin stays.
    """
    old = _named(ports, name)
    before = ports.sources.fetch(old)
    source = _source(old.git, ports.sources.resolve(old.git, ref), old.path)
    after = ports.sources.fetch(source)
    if source != old:
        raw = ports.work_tree.read(SETTINGS_FILE) or b""
        _write(ports, raw, pins.with_commit(raw, old, source.commit))
    diff = _diff(ports.sources.texts(before), ports.sources.texts(after))
    return Moved(_judged(ports, before), _judged(ports, after), diff)


def remove(ports: Ports, name: str, *, force: bool) -> Removed:
    """Take a pinned pattern out. Refused while the newest record of a story uses it, unless forced:
    removal and upgrade of that story would need it again."""
    source = _named(ports, name)
    used_by = _used_by(ports, name)
    if used_by and not force:
        raise CannotAnswer(
            f"{name} is used by {', '.join(used_by)}",
            remedy="remove those stories' code first, or repeat the command with --force",
        )
    raw = ports.work_tree.read(SETTINGS_FILE) or b""
    _write(ports, raw, pins.without_pin(raw, source))
    ports.sources.drop(source)
    return Removed(source, used_by)


def trust(ports: Ports, pattern: Pattern, digest: str) -> bool:
    """Trust what a person has read: the pattern with exactly this digest. False when it was so
    before. Raises CannotAnswer for another digest than the pattern's."""
    if pattern.source == "bundled":
        raise CannotAnswer(f"{pattern.name} came with the tool", remedy="it needs no trust")
    if digest != pattern.digest:
        raise PatternRefused(
            "changed",
            f"{pattern.name} has the digest {pattern.digest}, not {digest}",
            remedy="read what is there now; name its digest when you trust that",
        )
    return ports.trust.add(digest, f"pattern {pattern.name} {pattern.origin or pattern.source}")


def untrust(ports: Ports, pattern: Pattern) -> bool:
    """Trust a pattern no longer; False when nobody did. Raises CannotAnswer for a bundled one."""
    if pattern.source == "bundled":
        raise CannotAnswer(
            f"{pattern.name} came with the tool",
            remedy="a project's own pattern of the same id takes its place",
        )
    return ports.trust.remove(pattern.digest)


def _source(git: str, commit: str, path: str) -> PatternSource:
    try:
        return PatternSource(git=git, commit=commit, path=path)
    except ValueError as error:
        raise PatternRefused(
            "path",
            f"{path!r} is no plain folder in a repository",
            remedy="name it as --path folder/of/the/pattern",
        ) from error


def _sources(ports: Ports) -> tuple[PatternSource, ...]:
    return parse_settings(ports.work_tree.read(SETTINGS_FILE)).patterns


def _named(ports: Ports, name: str) -> PatternSource:
    known = {source.name: source for source in _sources(ports)}
    if name not in known:
        remedy = did_you_mean(name, sorted(known)) if known else "`orchestrator patterns add URL`"
        raise UsageProblem(f"{SETTINGS_FILE} pins no pattern `{name}`", remedy=remedy)
    return known[name]


def _refuse_taken(ports: Ports, pattern: Pattern) -> None:
    for other in ports.patterns.all():
        if other.name == pattern.name and other.manifest.id != pattern.manifest.id:
            raise PatternRefused("same_name", f"there is a pattern {pattern.name} of another id")


def _write(ports: Ports, before: bytes | None, after: bytes) -> None:
    if before is not None:
        ports.work_tree.replace(SETTINGS_FILE, before, after)
    elif not ports.work_tree.create(SETTINGS_FILE, after):
        raise CannotAnswer(f"{SETTINGS_FILE} appeared meanwhile", remedy="run the command again")


def _judged(ports: Ports, pattern: Pattern) -> Pattern:
    return pattern.model_copy(update={"trusted": pattern.digest in ports.trust.digests()})


def _used_by(ports: Ports, name: str) -> tuple[str, ...]:
    """The stories whose newest readable record names the pattern; one that nobody can read counts,
    for nobody can say that it does not."""
    found = []
    for story in ports.log.stories():
        entries = ports.log.entries(story)
        try:
            used = bool(entries) and any(
                one.name == name for one in decode(entries[max(entries)]).patterns
            )
        except OrchestratorError:
            used = True
        if used:
            found.append(story)
    return tuple(found)


def _diff(before: Mapping[str, File], after: Mapping[str, File]) -> str:
    parts = []
    for path in sorted({*before, *after}):
        old, new = before.get(path), after.get(path)
        if old == new:
            continue
        if any(one is not None and len(one.content) > _COMPARED for one in (old, new)):
            parts.append(f"{path} differs; it is too large to be compared here\n")
        else:
            parts.append(unified([Change(path, "update", old, new)]))
    return "".join(parts)
