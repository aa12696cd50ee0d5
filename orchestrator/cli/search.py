"""`search`: patterns, documents and code for some words, each with the parts of its score."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from orchestrator.cli.door import answer, json_option, ports

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from orchestrator.app.finding.search import Cited, Found, Hit
    from orchestrator.core.gate.check import Figure
    from orchestrator.core.search.code import Asked, CodeHit

EPILOG = """\b
Example:
  orchestrator search "jwt authentication" --framework fastapi
"""


@click.command(epilog=EPILOG)
@click.argument("query", nargs=-1, required=True)
@click.option("--framework", help="Prefer patterns and code for this web framework.")
@json_option
def search(*, query: tuple[str, ...], framework: str | None, as_json: bool) -> None:
    """Rank patterns for QUERY, with the documents behind them and the repository's own code.

    A score is the mean of its parts, and every part is shown. The code is what is committed here
    and in the repositories that `memory:` of orchestrator.yaml names.
    """
    from orchestrator.app.finding.search import search as find

    house = ports()
    found = find(house, query, framework)
    text = "\n".join(_lines(found, str(house.clock.now().date())))
    answer("search", _document(found), text, as_json=as_json)


def _lines(found: Found, today: str) -> Iterator[str]:
    asked = f", framework {found.framework}" if found.framework else ""
    yield f"query: {' '.join(found.query)}{asked}"
    yield f"taken to mean: {' '.join(found.words)}"
    yield ""
    if not found.hits:
        yield "no pattern is about this; `orchestrator patterns` lists all"
    for hit in found.hits:
        yield from _hit_lines(hit)
    for cited in found.documents:
        yield f"document: {cited.source.title} ({cited.ranked.pattern})"
        yield _score(cited.ranked.score, cited.ranked.parts)
        yield f"  {cited.source.url}, checked on {cited.source.checked_on} (today is {today})"
        yield f"  {cited.source.claim}"
    for code in found.code:
        yield from _code_lines(code)
    for one in found.asked:
        yield from _asked_lines(one)
    for entry in found.unread:
        yield f"not counted: {entry} cannot be read; see `orchestrator verify`"


def _hit_lines(hit: Hit) -> Iterator[str]:
    card = hit.card
    yield f"pattern: {card.name} ({card.id} {card.version}) {card.title}"
    yield _score(hit.ranked.score, hit.ranked.parts)
    yield f"  usage: {card.usage}"
    used = ", ".join(f"{one.outcome} {one.times}" for one in hit.used)
    yield f"  used here: {used or 'not yet'}"
    for advice in card.advice:
        yield f"  advice: {advice.text} [{advice.source}]"
    yield ""


def _code_lines(hit: CodeHit) -> Iterator[str]:
    where = f"{hit.repository}: {_plain(str(hit.place))}" if hit.repository else str(hit.place)
    yield f"code: {' '.join(filter(None, (hit.kind, hit.name)))} at {_plain(where)}"
    yield _score(hit.score, hit.parts)
    if hit.text:
        yield f"  {hit.text}"


def _asked_lines(one: Asked) -> Iterator[str]:
    name = f"code of {one.repository}" if one.repository else "code"
    if one.problem:
        yield f"{name}: {one.problem}"
    elif one.pending:
        yield (
            f"{name}: {one.pending} more files hold a word of this; "
            "`orchestrator memory rebuild` reads all"
        )


def _score(score: Figure, parts: tuple[Figure, ...]) -> str:
    return f"  score {score.num}/{score.den} = mean of {', '.join(map(_part, parts))}"


def _part(figure: Figure) -> str:
    return f"{figure.id} {figure.num}/{figure.den}"


def _plain(text: str) -> str:
    """A text in one line, whatever a path is made of."""
    return text if text.isprintable() else ascii(text)[1:-1]


def _document(found: Found) -> Mapping[str, object]:
    return {
        "query": list(found.query),
        "meaning": list(found.words),
        "framework": found.framework,
        "patterns": [_pattern(hit) for hit in found.hits],
        "documents": [_cited(one) for one in found.documents],
        "code": [_code(one) for one in found.code],
        "looked_into": [_asked(one) for one in found.asked],
        "unread": list(found.unread),
    }


def _pattern(hit: Hit) -> Mapping[str, object]:
    return {
        "name": hit.card.name,
        "id": hit.card.id,
        **_scored(hit.ranked.score, hit.ranked.parts),
        "usage": hit.card.usage,
        "recommendations": [{"text": one.text, "source": one.source} for one in hit.card.advice],
        "used": [{"outcome": one.outcome, "times": one.times} for one in hit.used],
    }


def _cited(cited: Cited) -> Mapping[str, object]:
    return {
        "pattern": cited.ranked.pattern,
        "title": cited.source.title,
        "url": cited.source.url,
        "claim": cited.source.claim,
        "checked_on": str(cited.source.checked_on),
        **_scored(cited.ranked.score, cited.ranked.parts),
        "origin": "pattern",
    }


def _code(hit: CodeHit) -> Mapping[str, object]:
    return {
        "kind": hit.kind,
        "name": hit.name,
        "text": hit.text,
        "repository": hit.repository or None,
        "path": hit.place.path,
        "line": hit.place.line,
        **_scored(hit.score, hit.parts),
    }


def _asked(one: Asked) -> Mapping[str, object]:
    return {
        "repository": one.repository or None,
        "files": one.files,
        "known": one.known,
        "pending": one.pending,
        "problem": one.problem or None,
    }


def _scored(score: Figure, parts: tuple[Figure, ...]) -> Mapping[str, object]:
    return {"score": _figure(score), "parts": [_figure(part) for part in parts]}


def _figure(figure: Figure) -> Mapping[str, object]:
    return {"id": figure.id, "num": figure.num, "den": figure.den}
