"""`search` and `skills`: what the tool can do here, and why it would choose it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from orchestrator.cli.door import answer, json_option, ports, working_directory

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from orchestrator.app.catalogue import Found, Hit, SkillEntry
    from orchestrator.core.check import Figure

SEARCH_EPILOG = """\b
Example:
  orchestrator search "jwt authentication" --framework fastapi
"""
SKILLS_EPILOG = "\b\nExample:\n  orchestrator skills\n  orchestrator skills code-development\n"


@click.command(epilog=SEARCH_EPILOG)
@click.argument("query", nargs=-1, required=True)
@click.option("--framework", help="Prefer patterns for this web framework.")
@json_option
def search(*, query: tuple[str, ...], framework: str | None, as_json: bool) -> None:
    """Rank patterns for QUERY, with the documents behind them and the repository's own code.

    A score is the mean of its parts, and every part is shown.
    """
    from orchestrator.app.catalogue import search as find

    house = ports()
    found = find(house, query, framework)
    text = "\n".join(_search_lines(found, str(house.clock.now().date())))
    answer("search", _search_document(found), text, as_json=as_json)


@click.command(epilog=SKILLS_EPILOG)
@click.argument("name", required=False)
@json_option
def skills(*, name: str | None, as_json: bool) -> None:
    """List the skills, or explain one with its inputs."""
    from orchestrator import compose
    from orchestrator.app.catalogue import skill_entries

    found = skill_entries(compose.shelf(working_directory())[1], name)
    lines = [f"{one.name}  {one.description}" for one in found]
    if name is not None:
        lines = [line for one in found for line in _skill_lines(one)]
    document = {
        "skills": [
            {
                "name": one.name,
                "title": one.title,
                "description": one.description,
                "inputs": dict(one.inputs),
            }
            for one in found
        ]
    }
    answer("skills", document, "\n".join(lines) or "no skills", as_json=as_json)


def _search_lines(found: Found, today: str) -> Iterator[str]:
    asked = f", framework {found.framework}" if found.framework else ""
    yield f"query: {' '.join(found.query)}{asked}"
    yield f"taken to mean: {' '.join(found.words)}"
    yield ""
    if not found.hits:
        yield "no pattern is about this; `orchestrator patterns` lists all"
    for hit in found.hits:
        yield from _hit_lines(hit)
    for cited in found.documents:
        document = cited.document
        yield f"document: {document.title} ({cited.pattern})"
        yield f"  {document.url}, checked on {document.checked_on} (today is {today})"
        yield f"  {document.claim}"
    for what, place in found.code:
        yield f"code: {what} at {place}"
    for entry in found.unread:
        yield f"not counted: {entry} cannot be read; see `orchestrator verify`"


def _hit_lines(hit: Hit) -> Iterator[str]:
    manifest, ranked = hit.pattern.manifest, hit.ranked
    yield f"pattern: {hit.pattern.name} ({manifest.id} {manifest.version}) {manifest.title}"
    parts = ", ".join(_part(part) for part in ranked.parts)
    yield f"  score {_part(ranked.score).removeprefix('score ')} = mean of {parts}"
    yield f"  usage: {manifest.usage}"
    used = ", ".join(f"{one.outcome} {one.times}" for one in hit.used)
    yield f"  used here: {used or 'not yet'}"
    for advice in manifest.recommendations:
        yield f"  advice: {advice.text} [{advice.source}]"
    yield ""


def _part(figure: Figure) -> str:
    return f"{figure.id} {figure.num}/{figure.den}"


def _skill_lines(skill: SkillEntry) -> Iterator[str]:
    yield f"{skill.name}: {skill.title}"
    yield skill.description
    yield "inputs:"
    for name, shown in skill.inputs.items():
        yield f"  {name}={_default(shown['default'])}  {shown['help']}{_choice(shown)}"


def _default(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)


def _choice(shown: Mapping[str, Any]) -> str:
    words = shown.get("choices")
    return f" ({' | '.join(words)})" if words else ""


def _search_document(found: Found) -> Mapping[str, object]:
    return {
        "query": list(found.query),
        "meaning": list(found.words),
        "framework": found.framework,
        "patterns": [
            {
                "name": hit.pattern.name,
                "id": hit.pattern.manifest.id,
                "score": _figure(hit.ranked.score),
                "parts": [_figure(part) for part in hit.ranked.parts],
                "usage": hit.pattern.manifest.usage,
                "recommendations": [
                    {"text": one.text, "source": one.source}
                    for one in hit.pattern.manifest.recommendations
                ],
                "used": [{"outcome": one.outcome, "times": one.times} for one in hit.used],
            }
            for hit in found.hits
        ],
        "documents": [
            {"pattern": one.pattern, **one.document.model_dump(mode="json"), "origin": "pattern"}
            for one in found.documents
        ],
        "code": [
            {"symbol": what, "path": place.path, "line": place.line} for what, place in found.code
        ],
        "unread": list(found.unread),
    }


def _figure(figure: Figure) -> Mapping[str, object]:
    return {"id": figure.id, "num": figure.num, "den": figure.den}
