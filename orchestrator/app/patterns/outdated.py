"""Which stories stand on a pattern that has a newer version, and what that repairs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from orchestrator.core.pattern.newer import changes_since, is_newer
from orchestrator.core.pattern.pattern import Changed, Pattern
from orchestrator.core.record.chain import replay, sound
from orchestrator.core.record.installed import installed
from orchestrator.core.record.record import PatternData
from orchestrator.ports.every import Ports

Why = Literal["newer", "changed", "missing"]


@dataclass(frozen=True)
class Outdated:
    """A pattern of a story that is not as it was.

    `newer`: it has a later version, and `changes` say what came since, the newest first; `changed`:
    the same version has other files; `missing`: no such pattern is here.
    """

    story: str
    pattern: str
    used: str
    available: str
    why: Why
    changes: tuple[Changed, ...] = ()

    @property
    def repairs(self) -> tuple[str, ...]:
        """The property ids and advisories that an upgrade repairs."""
        every = (name for one in self.changes for name in (*one.repairs, *one.advisories))
        return tuple(dict.fromkeys(every))


@dataclass(frozen=True)
class Compared:
    """Every story that has code in place, and what of it is outdated."""

    stories: tuple[str, ...]
    found: tuple[Outdated, ...]


def outdated(ports: Ports) -> Compared:
    """Compare the newest records with the patterns that are here.

    Raises IntegrityBroken for a log that does not hold together.
    """
    known = {one.name: one for one in ports.patterns.all()}
    stories: list[str] = []
    found: list[Outdated] = []
    for story in ports.log.stories():
        manifest = installed(sound(replay(story, ports.log.entries(story))))
        if manifest is not None:
            stories.append(story)
            for used in manifest.patterns:
                found += _compared(story, used, known.get(used.name))
    return Compared(tuple(stories), tuple(found))


def _compared(story: str, used: PatternData, pattern: Pattern | None) -> Iterator[Outdated]:
    if pattern is None or pattern.manifest.id != used.id:
        yield Outdated(story, used.name, used.version, "", "missing")
    elif is_newer(pattern, used):
        changes = changes_since(pattern.manifest, used.version)
        available = pattern.manifest.version
        yield Outdated(story, used.name, used.version, available, "newer", changes)
    elif pattern.digest != used.digest:
        yield Outdated(story, used.name, used.version, pattern.manifest.version, "changed")
