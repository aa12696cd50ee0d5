"""Rank patterns for a request; a score is the mean of named parts, and nothing is a constant."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from orchestrator.core.gate.figure import Figure
from orchestrator.core.search.card import Card, Source, card_of, counted
from orchestrator.core.search.query import meaning

if TYPE_CHECKING:
    from datetime import date

    from orchestrator.core.pattern.pattern import Document, Pattern

DEN = 1000
FRESH_DAYS = 90
STALE_DAYS = 730
_K1 = 1.2
_B = 0.75


@dataclass(frozen=True)
class Ranked:
    """A pattern with its score: `parts` are num/den in 0…1, `score` is their mean as num/den."""

    pattern: str
    score: Figure
    parts: tuple[Figure, ...]


def rank(
    query: Sequence[str],
    patterns: Iterable[Pattern],
    *,
    language: str | None = None,
    framework: str | None = None,
    shares: Mapping[str, Figure] | None = None,
    on: date,
) -> tuple[Ranked, ...]:
    """Every pattern by falling score, equal ones by id; as `rank_cards`."""
    cards = map(card_of, patterns)
    return rank_cards(query, cards, language=language, framework=framework, shares=shares, on=on)


def rank_cards(
    query: Sequence[str],
    cards: Iterable[Card],
    *,
    language: str | None = None,
    framework: str | None = None,
    shares: Mapping[str, Figure] | None = None,
    on: date,
) -> tuple[Ranked, ...]:
    """Every pattern by falling score, equal ones by id.

    The parts are `text` (BM25 of the query over the pattern's own words, as a share of the best
    possible), `language` and `framework` where they were asked for, `requirements` where `shares`
    gives the share of the story's requirements that a pattern (by name) provides, and `freshness`
    of its documents on a day.
    """
    found = tuple(sorted(cards, key=lambda card: card.id))
    texts = _text_parts(meaning(query), [card.words for card in found])
    ranked = (
        _ranked(
            card.name,
            text,
            *_fits("language", language, [card.language]),
            *_fits("framework", framework, card.frameworks),
            *([shares[card.name]] if shares and card.name in shares else []),
            freshness(card.sources, on),
        )
        for card, text in zip(found, texts, strict=True)
    )
    return tuple(sorted(ranked, key=lambda one: -one.score.num))


def rank_sources(
    query: Sequence[str], cited: Iterable[tuple[str, Source]], on: date
) -> tuple[tuple[Source, Ranked], ...]:
    """Documents, each with the name of the pattern that cites it, by falling score.

    The parts are `text` (BM25 of the query over titles and claims) and `freshness`.
    """
    every = tuple(cited)
    texts = _text_parts(
        meaning(query), [counted((2, one.title), (1, one.claim)) for _, one in every]
    )
    ranked = [
        (source, _ranked(name, text, freshness([source], on)))
        for (name, source), text in zip(every, texts, strict=True)
    ]
    return tuple(sorted(ranked, key=lambda one: -one[1].score.num))


def freshness(documents: Sequence[Document | Source], on: date) -> Figure:
    """How recently the documents were checked: 1 up to 90 days, falling to 0 at 730; the mean."""
    span = STALE_DAYS - FRESH_DAYS
    ages = [max(0, (on - document.checked_on).days) for document in documents]
    left = [Fraction(min(span, max(0, STALE_DAYS - age)), span) for age in ages]
    return _figure("freshness", sum(left, Fraction()) / max(1, len(left)))


def _ranked(pattern: str, *parts: Figure) -> Ranked:
    values = [Fraction(part.num, part.den or 1) for part in parts]
    mean = sum(values, Fraction()) / len(values)
    return Ranked(pattern, _figure("score", mean), parts)


def _figure(name: str, value: Fraction) -> Figure:
    return Figure(name, math.floor(value * DEN), DEN)


def _fits(name: str, wanted: str | None, offered: Iterable[str]) -> tuple[Figure, ...]:
    return (Figure(name, int(wanted in tuple(offered)), 1),) if wanted is not None else ()


def _text_parts(words: Sequence[str], texts: Sequence[Mapping[str, int]]) -> list[Figure]:
    """BM25 over all texts, divided by what a text that holds every word endlessly would get."""
    lengths = [sum(text.values()) for text in texts]
    mean = sum(lengths) / max(1, len(texts))
    weights = {word: _rarity(word, texts) for word in words}
    best = sum(weights.values()) * (_K1 + 1) or 1.0
    return [
        Figure("text", math.floor(DEN * _bm25(weights, text, length, mean) / best), DEN)
        for text, length in zip(texts, lengths, strict=True)
    ]


def _rarity(word: str, texts: Sequence[Mapping[str, int]]) -> float:
    holding = sum(word in text for text in texts)
    return math.log(1 + (len(texts) - holding + 0.5) / (holding + 0.5))


def _bm25(weights: Mapping[str, float], text: Mapping[str, int], length: int, mean: float) -> float:
    slow = _K1 * (1 - _B + _B * length / mean) if mean else _K1
    return sum(
        weight * text.get(word, 0) * (_K1 + 1) / (text.get(word, 0) + slow)
        for word, weight in weights.items()
    )
