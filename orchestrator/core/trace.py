"""Which requirement is answered by which promise of a pattern: by key, else by like words."""

from __future__ import annotations

from dataclasses import dataclass

from orchestrator.core.check import Figure


@dataclass(frozen=True)
class Match:
    """One requirement tied to one provides-key; `score` is likeness as num/den (1 when named)."""

    requirement: str
    key: str
    score: Figure
    named: bool


@dataclass(frozen=True)
class RequirementMap:
    """All requirements of a story: matched to keys, verified by host tests, or unmatched."""

    matches: tuple[Match, ...] = ()
    host_tests: tuple[tuple[str, str], ...] = ()
    unmatched: tuple[str, ...] = ()

    def ids_of(self, key: str) -> tuple[str, ...]:
        """The requirement ids that a provides-key answers, in story order."""
        return tuple(match.requirement for match in self.matches if match.key == key)
