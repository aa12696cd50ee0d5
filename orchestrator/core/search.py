"""Rank patterns for a request; a score is the mean of named parts, and nothing is a constant."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from orchestrator.core.check import Figure
from orchestrator.core.pattern import Document, Pattern, PatternManifest

DEN = 1000
FRESH_DAYS = 90
STALE_DAYS = 730
_K1 = 1.2
_B = 0.75
_TOKEN = re.compile(r"[a-z0-9]+")
_STOP = frozenset(
    ["a", "an", "and", "as", "at", "be", "by", "for", "from", "in", "is", "it", "its", "of", "on"]
) | {"or", "shall", "that", "the", "to", "with"}
_MEANS: Mapping[str, tuple[str, ...]] = {
    "auth": ("authentication",),
    "authn": ("authentication",),
    "authz": ("authorization", "role"),
    "rbac": ("role",),
    "signin": ("login",),
    "signup": ("registration", "register"),
    "oauth2": ("oauth",),
}


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
    """Every pattern by falling score, equal ones by id.

    The parts are `text` (BM25 of the query over the pattern's own words, as a share of the best
    possible), `language` and `framework` where they were asked for, `requirements` where `shares`
    gives the share of the story's requirements that a pattern (by name) provides, and `freshness`
    of its documents on a day.
    """
    found = tuple(sorted(patterns, key=lambda pattern: pattern.manifest.id))
    texts = _text_parts(meaning(query), found)
    ranked = (
        _ranked(
            pattern,
            texts[pattern.name],
            *_fits("language", language, [pattern.manifest.language]),
            *_fits("framework", framework, pattern.manifest.frameworks),
            *([shares[pattern.name]] if shares and pattern.name in shares else []),
            freshness(pattern.manifest.documents, on),
        )
        for pattern in found
    )
    return tuple(sorted(ranked, key=lambda one: -one.score.num))


def meaning(query: Sequence[str]) -> tuple[str, ...]:
    """What a query is taken to mean: plain lower-case words, short forms written out."""
    words: list[str] = []
    for token in (token for text in query for token in tokens(text)):
        words += [token, *_MEANS.get(token, ())]
    return tuple(dict.fromkeys(words))


def tokens(text: str) -> tuple[str, ...]:
    """The words of a text in order, lower case, plural `s` dropped, without filler words."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", text)
    words = _TOKEN.findall(spaced.lower())
    return tuple(_singular(word) for word in words if word not in _STOP)


def freshness(documents: Sequence[Document], on: date) -> Figure:
    """How recently the documents were checked: 1 up to 90 days, falling to 0 at 730; the mean."""
    span = STALE_DAYS - FRESH_DAYS
    ages = [max(0, (on - document.checked_on).days) for document in documents]
    left = [Fraction(min(span, max(0, STALE_DAYS - age)), span) for age in ages]
    return _figure("freshness", sum(left, Fraction()) / max(1, len(left)))


def _ranked(pattern: Pattern, *parts: Figure) -> Ranked:
    values = [Fraction(part.num, part.den or 1) for part in parts]
    mean = sum(values, Fraction()) / len(values)
    return Ranked(pattern.name, _figure("score", mean), parts)


def _figure(name: str, value: Fraction) -> Figure:
    return Figure(name, math.floor(value * DEN), DEN)


def _fits(name: str, wanted: str | None, offered: Iterable[str]) -> tuple[Figure, ...]:
    return (Figure(name, int(wanted in tuple(offered)), 1),) if wanted is not None else ()


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and word[-2] not in "su" else word


def _words_of(manifest: PatternManifest) -> Counter[str]:
    """A pattern's words; keywords count three times and the title twice."""
    counted: Counter[str] = Counter()
    weighted = [
        (3, " ".join(manifest.keywords)),
        (2, manifest.title),
        (1, manifest.usage),
        *((1, f"{key} {one.ears}") for key, one in manifest.provides.items()),
        *((1, f"{one.title} {one.claim}") for one in manifest.documents),
    ]
    for weight, text in weighted:
        for word in tokens(text):
            counted[word] += weight
    return counted


def _text_parts(words: Sequence[str], patterns: Sequence[Pattern]) -> dict[str, Figure]:
    """BM25 over all patterns, divided by what a text that holds every word endlessly would get."""
    texts = {pattern.name: _words_of(pattern.manifest) for pattern in patterns}
    mean = sum(text.total() for text in texts.values()) / max(1, len(texts))
    weights = {word: _rarity(word, texts.values()) for word in words}
    best = sum(weights.values()) * (_K1 + 1) or 1.0
    return {
        name: Figure("text", math.floor(DEN * _bm25(weights, text, mean) / best), DEN)
        for name, text in texts.items()
    }


def _rarity(word: str, texts: Iterable[Counter[str]]) -> float:
    every = tuple(texts)
    holding = sum(word in text for text in every)
    return math.log(1 + (len(every) - holding + 0.5) / (holding + 0.5))


def _bm25(weights: Mapping[str, float], text: Counter[str], mean: float) -> float:
    length = _K1 * (1 - _B + _B * text.total() / mean) if mean else _K1
    return sum(
        weight * text[word] * (_K1 + 1) / (text[word] + length) for word, weight in weights.items()
    )
