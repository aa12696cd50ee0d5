"""Fetched documents as text and as plain data: provenance first, rules apart and not followed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from orchestrator.core.documents.documents import DocsAnswer, Snippet, how_text, named

RULES = "rules of the source (not followed):"


def documents_text(answer: DocsAnswer) -> str:
    """An answer for people, every snippet with where it comes from."""
    return "\n".join(_lines(answer))


def documents_document(answer: DocsAnswer) -> dict[str, Any]:
    """An answer for programs."""
    question, found = answer.question, answer.found
    return {
        "question": {
            "library": question.library,
            "version": question.version or None,
            "topic": question.topic,
        },
        "how": answer.how,
        "age_seconds": answer.age if answer.how == "cached" else None,
        "failures": [{"reason": one.reason, "message": one.because} for one in answer.failures],
        "library": found.library if found else None,
        "chosen_because": found.chosen if found else None,
        "notes": list(found.notes) if found else [],
        "snippets": [_snippet(one) for one in found.snippets] if found else [],
        "rules_not_followed": list(found.rules) if found else [],
    }


def _lines(answer: DocsAnswer) -> Iterator[str]:
    found = answer.found
    yield how_text(answer)
    if found is None:
        return
    yield f"library: {named(found.library, found.version)} ({found.chosen})"
    yield from (f"note: {one}" for one in found.notes)
    for snippet in found.snippets:
        yield ""
        yield from _snippet_lines(snippet)
    if found.rules:
        yield ""
        yield RULES
        yield from (line for one in found.rules for line in _indented(one, "  - "))


def _snippet_lines(one: Snippet) -> Iterator[str]:
    page = f", {one.page}" if one.page else ""
    yield f"{one.title}"
    yield f"  source: {one.url or 'not named'}{page}"
    yield f"  retrieved: {one.retrieved_at} by {one.origin} from {named(one.library, one.version)}"
    yield from _indented(one.content, "  ")
    for code in one.codes:
        yield f"  [{code.language or 'code'}]"
        yield from _indented(code.text, "    ")


def _indented(text: str, first: str) -> Iterator[str]:
    for at, line in enumerate(text.splitlines()):
        yield f"{first if at == 0 else ' ' * len(first)}{line}".rstrip()


def _snippet(one: Snippet) -> dict[str, Any]:
    return {
        "title": one.title,
        "url": one.url or None,
        "page": one.page or None,
        "library": one.library,
        "version": one.version or None,
        "origin": one.origin,
        "retrieved_at": one.retrieved_at,
        "content": one.content,
        "codes": [{"language": code.language or None, "code": code.text} for code in one.codes],
    }
