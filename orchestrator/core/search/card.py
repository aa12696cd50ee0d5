"""A pattern as a search needs it: its words, counted, and what is shown of it; plain data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from orchestrator.core.search.query import tokens

if TYPE_CHECKING:
    from orchestrator.core.pattern.pattern import Pattern


@dataclass(frozen=True)
class Source:
    """A document that a pattern rests on."""

    title: str
    url: str
    claim: str
    checked_on: date


@dataclass(frozen=True)
class Advice:
    """A recommendation, with where it comes from."""

    text: str
    source: str


@dataclass(frozen=True)
class Card:
    """What is ranked and shown of a pattern; keywords count three times and the title twice."""

    name: str
    id: str
    version: str
    title: str
    usage: str
    language: str
    frameworks: tuple[str, ...]
    words: Mapping[str, int]
    sources: tuple[Source, ...]
    advice: tuple[Advice, ...]


def card_of(pattern: Pattern) -> Card:
    """The card of a pattern."""
    manifest = pattern.manifest
    return Card(
        name=pattern.name,
        id=manifest.id,
        version=manifest.version,
        title=manifest.title,
        usage=manifest.usage,
        language=manifest.language,
        frameworks=manifest.frameworks,
        words=counted(
            (3, " ".join(manifest.keywords)),
            (2, manifest.title),
            (1, manifest.usage),
            *((1, f"{key} {one.ears}") for key, one in manifest.provides.items()),
            *((1, f"{one.title} {one.claim}") for one in manifest.documents),
        ),
        sources=tuple(
            Source(one.title, one.url, one.claim, one.checked_on) for one in manifest.documents
        ),
        advice=tuple(Advice(one.text, one.source) for one in manifest.recommendations),
    )


def counted(*weighted: tuple[int, str]) -> dict[str, int]:
    """How often each word stands in some texts, each text counted that many times."""
    found: Counter[str] = Counter()
    for weight, text in weighted:
        for word in tokens(text):
            found[word] += weight
    return dict(found)


def card_data(card: Card) -> dict[str, Any]:
    """A card as plain data for JSON."""
    data = asdict(card)
    for source in data["sources"]:
        source["checked_on"] = source["checked_on"].isoformat()
    return data


def card_from(data: Mapping[str, Any]) -> Card:
    """The card that `card_data` was made from."""
    sources = tuple(
        Source(**{**one, "checked_on": date.fromisoformat(one["checked_on"])})
        for one in data["sources"]
    )
    advice = tuple(Advice(**one) for one in data["advice"])
    frameworks = tuple(data["frameworks"])
    return Card(**{**data, "frameworks": frameworks, "sources": sources, "advice": advice})
