"""Find patterns, documents and code for some words, with the parts of every score."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from orchestrator.app.finding.memory import others
from orchestrator.core.errors import OrchestratorError, UsageProblem
from orchestrator.core.search.card import Card, Source, card_data, card_from, card_of
from orchestrator.core.search.code_search import rank_code
from orchestrator.core.search.query import meaning, meanings
from orchestrator.core.search.search import Ranked, rank_cards, rank_sources
from orchestrator.version import VERSION

if TYPE_CHECKING:
    from orchestrator.core.record.record import Record
    from orchestrator.core.search.code import Asked, CodeHit
    from orchestrator.ports.every import Ports

CODE_HITS = 20


@dataclass(frozen=True)
class Used:
    """How often a pattern was used with one outcome, in the logs and attempts that are here."""

    outcome: str
    times: int


@dataclass(frozen=True)
class Hit:
    """A pattern that was found, with its score and how it fared so far."""

    card: Card
    ranked: Ranked
    used: tuple[Used, ...]


@dataclass(frozen=True)
class Cited:
    """A document that a pattern rests on, with its score; `ranked` names the pattern."""

    source: Source
    ranked: Ranked


@dataclass(frozen=True)
class Found:
    """What a search was taken to mean, and what it found.

    `asked` says of each repository how much of its code was looked into; `unread` names logs that
    are broken.
    """

    query: tuple[str, ...]
    words: tuple[str, ...]
    framework: str | None
    hits: tuple[Hit, ...]
    documents: tuple[Cited, ...]
    code: tuple[CodeHit, ...]
    asked: tuple[Asked, ...]
    unread: tuple[str, ...]


def search(ports: Ports, query: Sequence[str], framework: str | None) -> Found:
    """Rank patterns, their documents and the committed code for some words."""
    words = meaning(query)
    if not words:
        raise UsageProblem(
            f"nothing to search for in {' '.join(query)!r}",
            remedy='name a subject, e.g. `orchestrator search "jwt authentication"`',
        )
    on = ports.clock.now().date()
    cards = {card.name: card for card in _cards(ports)}
    ranked = rank_cards(query, cards.values(), framework=framework, on=on)
    about = [one for one in ranked if _text_part(one)]
    cited = [(one.pattern, source) for one in about for source in cards[one.pattern].sources]
    used, unread = _usage(ports)
    candidates, asked = ports.index.find(meanings(query), others(ports))
    return Found(
        query=tuple(query),
        words=words,
        framework=framework,
        hits=tuple(Hit(cards[one.pattern], one, used.get(one.pattern, ())) for one in about),
        documents=tuple(Cited(*one) for one in rank_sources(query, cited, on)),
        code=rank_code(meanings(query), candidates, framework=framework, limit=CODE_HITS),
        asked=asked,
        unread=unread,
    )


def _cards(ports: Ports) -> Iterator[Card]:
    """The cards of all patterns; kept, because reading the patterns takes far longer."""

    def made() -> str:
        return json.dumps([card_data(card_of(one)) for one in ports.patterns.all()])

    kept = ports.index.remember("cards", f"{VERSION} {ports.patterns.digest()}", made)
    return map(card_from, json.loads(kept))


def _text_part(ranked: Ranked) -> bool:
    return any(part.id == "text" and part.num for part in ranked.parts)


def _usage(ports: Ports) -> tuple[Mapping[str, tuple[Used, ...]], tuple[str, ...]]:
    """How often each pattern was used with which outcome, and the entries nobody can read."""
    counted: dict[str, Counter[str]] = {}
    unread: list[str] = []
    for name, raw, landed in _entries(ports):
        from orchestrator.core.record.record import decode

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


def _entries(ports: Ports) -> Iterator[tuple[str, bytes, bool]]:
    for story in ports.log.stories():
        for name, raw in ports.log.entries(story).items():
            yield f"{story}/{name}", raw, True
    for run, files in ports.runs.all(None):
        if "record.json" in files:
            yield f"attempt {run}", files["record.json"], False


def _outcome(record: Record, *, landed: bool) -> str:
    return f"landed as {record.to}" if landed else "refused by the gate"
