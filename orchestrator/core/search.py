"""Rank patterns for a request; a score is the mean of named parts, and nothing is a constant."""

from __future__ import annotations

from dataclasses import dataclass

from orchestrator.core.check import Figure


@dataclass(frozen=True)
class Ranked:
    """A pattern with its score: `parts` are num/den in 0…1, `score` is their mean as num/den."""

    pattern: str
    score: Figure
    parts: tuple[Figure, ...]
