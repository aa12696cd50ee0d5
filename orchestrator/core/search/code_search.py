"""Rank code for a question: a score is the mean of named parts, and each part is a measure."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from orchestrator.core.gate.figure import Figure
from orchestrator.core.search.code import Candidate, CodeHit
from orchestrator.core.search.query import is_start, spaced, stem

DEN = 1000
KINDS = frozenset(
    {"application", "class", "engine", "error handler", "function", "method", "migration"}
    | {"model", "module", "route", "router", "session", "settings", "test"}
)
_K1 = 1.2
_B = 0.75
_NAME, _TEXT = 3, 2  # how often a word of the name, or of the text, counts
_ASIDE = re.compile(
    r"(^|/)(tests?|docs|docs_src|examples?|scripts|benchmarks)/|(^|/)(test_[^/]*|[^/]*_test|conftest)\.py$"
)

Meanings = Sequence[Sequence[str]]


class _Seen(NamedTuple):
    """How often each meaning stands in a candidate, how many are in its name, and its length."""

    candidate: Candidate
    times: tuple[int, ...]
    named: int
    length: int


def rank_code(
    asked: Meanings, candidates: Iterable[Candidate], *, framework: str | None, limit: int
) -> tuple[CodeHit, ...]:
    """The candidates by falling score, equal ones by place.

    The parts are `text` (BM25 of the question over the candidates, as a share of the best
    possible), `name` (the share of its words that the qualified name holds), `own` (whether it is
    neither test nor example), `kind` where the question names one, and `framework` where it was
    asked for (whether the file imports it).
    """
    patterns = [_pattern(words) for words in asked]
    seen = [one for one in (_seen(patterns, each) for each in candidates) if any(one.times)]
    mean = sum(one.length for one in seen) / max(1, len(seen))
    weights = [_rarity(number, seen) for number in range(len(patterns))]
    kinds = KINDS.intersection(word for words in asked for word in words)
    hits = [
        _hit(
            one.candidate,
            _text(weights, one, mean),
            Figure("name", one.named, len(patterns)),
            Figure("own", int(_ASIDE.search(one.candidate.place.path) is None), 1),
            *([Figure("kind", int(one.candidate.symbol.kind in kinds), 1)] if kinds else []),
            *_framework(one.candidate, framework),
        )
        for one in seen
    ]
    hits.sort(key=lambda hit: (-hit.score.num, hit.repository, hit.place.path, hit.place.line))
    return tuple(hits[:limit])


def expressions(asked: Meanings) -> tuple[str, ...]:
    """The question for FTS5, the narrowest way to ask it first: symbols with all of its words in
    the name, with all of them, with one in the name, with any."""
    groups = [" OR ".join(_term(word) for word in words) for words in asked]
    everyone = " AND ".join(f"({group})" for group in groups)
    anyone = " OR ".join(groups)
    ways = (f"name : ({everyone})", everyone, f"name : ({anyone})", anyone)
    return ways if asked else ()


def starts(asked: Meanings) -> tuple[str, ...]:
    """The beginnings of words, one of which a file must hold to fit the question at all."""
    return tuple(dict.fromkeys(stem(word) for words in asked for word in words))


def _term(word: str) -> str:
    found = stem(word)
    return f'"{found}"{"*" if is_start(found) else ""}'


def _pattern(words: Sequence[str]) -> re.Pattern[str]:
    """What FTS5 takes a term for: a word that begins so, or a very short word itself."""
    starts = [
        re.escape(found) + ("" if is_start(found) else r"(?![^\W_])") for found in map(stem, words)
    ]
    return re.compile(rf"(?<![^\W_])(?:{'|'.join(starts)})")


def _seen(patterns: Sequence[re.Pattern[str]], candidate: Candidate) -> _Seen:
    symbol = candidate.symbol
    name, text = spaced(symbol.name).lower(), symbol.text.lower()
    in_name = [len(pattern.findall(name)) for pattern in patterns]
    times = tuple(
        _NAME * named + _TEXT * len(pattern.findall(text)) + len(pattern.findall(symbol.words))
        for pattern, named in zip(patterns, in_name, strict=True)
    )
    length = _NAME * _count(name) + _TEXT * _count(text) + _count(symbol.words)
    return _Seen(candidate, times, sum(map(bool, in_name)), length)


def _count(text: str) -> int:
    return len(text.replace(".", " ").replace("_", " ").split())


def _rarity(number: int, seen: Sequence[_Seen]) -> float:
    holding = sum(one.times[number] > 0 for one in seen)
    return math.log(1 + (len(seen) - holding + 0.5) / (holding + 0.5))


def _text(weights: Sequence[float], seen: _Seen, mean: float) -> Figure:
    length = _K1 * (1 - _B + _B * seen.length / mean) if mean else _K1
    found = sum(
        weight * times * (_K1 + 1) / (times + length)
        for weight, times in zip(weights, seen.times, strict=True)
    )
    best = sum(weights) * (_K1 + 1) or 1.0
    return Figure("text", math.floor(DEN * found / best), DEN)


def _framework(candidate: Candidate, framework: str | None) -> tuple[Figure, ...]:
    if framework is None:
        return ()
    used = any(name.split(".")[0] == framework for name in candidate.imports)
    return (Figure("framework", int(used), 1),)


def _hit(candidate: Candidate, *parts: Figure) -> CodeHit:
    # Whole numbers over one denominator: exact as fractions are, and quicker.
    den = math.lcm(*(part.den or 1 for part in parts))
    found = sum(part.num * (den // (part.den or 1)) for part in parts)
    symbol, place = candidate.symbol, candidate.place
    score = Figure("score", DEN * found // (den * len(parts)), DEN)
    return CodeHit(symbol.kind, symbol.name, symbol.text, place, candidate.repository, score, parts)
