"""Does a record cite what its snippets say? Compares each fetched document with its evidence."""

from __future__ import annotations

from collections.abc import Iterator

from orchestrator.core.documents.documents import read_snippet
from orchestrator.core.errors import IntegrityBroken
from orchestrator.core.record.evidence import Reader, fetch
from orchestrator.core.record.record import DocumentData, FetchedData, Record

_NEVER_FETCHED = "pattern"


def odd_documents(record: Record, read: Reader, used: set[str]) -> Iterator[str]:
    """What does not agree, in sentences; every snippet that is named is added to `used`."""
    for one in record.documents:
        if one.fetched is None:
            if one.origin != _NEVER_FETCHED:
                yield f"document {one.title}: said to be from {one.origin}, but nothing was kept"
            continue
        used.add(one.fetched.snippet)
        try:
            yield from _differences(one, one.fetched, read)
        except IntegrityBroken as error:
            yield f"document {one.title}: {error.problem}"


def _differences(one: DocumentData, fetched: FetchedData, read: Reader) -> Iterator[str]:
    snippet = read_snippet(fetch(read, fetched.snippet))
    pairs = {
        "title": (one.title, snippet.title),
        "url": (one.url, snippet.url),
        "library": (fetched.library, snippet.library),
        "version": (fetched.version, snippet.version),
        "retrieved_at": (fetched.retrieved_at, snippet.retrieved_at),
        "checked_on": (one.checked_on, snippet.retrieved_at[:10]),
    }
    for name, (recorded, kept) in pairs.items():
        if recorded != kept:
            yield f"document {one.title}: {name} is recorded as {recorded!r}, kept as {kept!r}"
    if one.origin not in ("cache", snippet.origin):
        yield f"document {one.title}: recorded as from {one.origin}, kept as from {snippet.origin}"
