"""Ask others for the documents behind a proposal, and cite them; no decision sees them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from orchestrator.core.documents.documents import (
    DocsAnswer,
    DocsLimits,
    Failure,
    Question,
    Snippet,
    how_text,
    named,
    snippet_bytes,
)
from orchestrator.core.record.evidence import Pile
from orchestrator.core.record.record import DocumentData, FetchedData, ObservationData
from orchestrator.core.settings import Settings
from orchestrator.ports.every import Ports

MOST_QUESTIONS = 3
MOST_CITED = 3
SECONDS = 8.0
_DRY = Failure("turned_off", "a dry run asks the cache only")
_OFF = Failure("turned_off", "orchestrator.yaml names no source of documents")


@dataclass(frozen=True)
class Citations:
    """What a record says of fetched documents, and the snippets as evidence."""

    documents: tuple[DocumentData, ...]
    observations: tuple[ObservationData, ...]
    blobs: Mapping[str, bytes]


def consult(
    ports: Ports, questions: tuple[Question, ...], settings: Settings, *, dry_run: bool
) -> tuple[DocsAnswer, ...]:
    """What came of the first three questions; a dry run sends nothing and keeps nothing."""
    if not questions:
        return ()
    ports.progress.step("asking for documents")
    limits = DocsLimits(
        sources=() if dry_run else settings.docs.sources,
        seconds=SECONDS,
        max_age_days=settings.docs.max_age_days,
        keep=not dry_run,
        closed=_DRY if dry_run else _OFF,
    )
    return ports.docs.ask(questions[:MOST_QUESTIONS], limits)


def citations(answers: tuple[DocsAnswer, ...]) -> Citations:
    """The first snippets of each answer, and how each question ended."""
    pile = Pile()
    documents = [one for answer in answers for one in _cited(answer, pile)]
    return Citations(tuple(documents), tuple(map(_observed, answers)), dict(pile.blobs))


def _cited(answer: DocsAnswer, pile: Pile) -> Iterator[DocumentData]:
    for snippet in answer.found.snippets[:MOST_CITED] if answer.found else ():
        stored = pile.add(f"snippet/{snippet.title}", snippet_bytes(snippet)).annotations.stored
        yield DocumentData(
            title=snippet.title,
            url=snippet.url,
            claim=f"asked for: {answer.question.topic}",
            checked_on=snippet.retrieved_at[:10],
            origin="cache" if answer.how == "cached" else snippet.origin,
            fetched=_fetched(snippet, stored),
        )


def _fetched(snippet: Snippet, stored: str) -> FetchedData:
    return FetchedData(
        library=snippet.library,
        version=snippet.version,
        retrieved_at=snippet.retrieved_at,
        snippet=stored,
    )


def _observed(answer: DocsAnswer) -> ObservationData:
    question = answer.question
    return ObservationData(
        subject=f"documents of {named(question.library, question.version)}",
        decision="note",
        because="; ".join([how_text(answer), *_remarks(answer)]),
        place=None,
    )


def _remarks(answer: DocsAnswer) -> Iterator[str]:
    found = answer.found
    if found is None:
        yield "the citations of the pattern stand, with their dates"
        return
    yield from found.notes
    if found.rules:
        count = len(found.rules)
        told = f"{count} rule{'' if count == 1 else 's'} of the source not followed"
        yield f"{told}; `orchestrator docs` shows them"
