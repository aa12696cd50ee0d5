"""`outdated`: the stories whose pattern has a newer version, and what that repairs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from orchestrator.cli.door import answer, json_option, ports

if TYPE_CHECKING:
    from orchestrator.app.patterns.outdated import Compared, Outdated

EPILOG = """\b
Example:
  orchestrator outdated
  orchestrator outdated --json
\b
Exit codes: 0 every story is up to date, 1 something is newer, changed or missing."""


@click.command(epilog=EPILOG)
@json_option
def outdated(*, as_json: bool) -> None:
    """List the stories whose pattern has a newer version, with what it repairs.

    An upgrade merges it in: `orchestrator exec story=<ID> skill=code-development
    operation_type=upgrade`.
    """
    from orchestrator.app.patterns.outdated import outdated as compare

    compared = compare(ports())
    document = {
        "stories": list(compared.stories),
        "outdated": [_document(one) for one in compared.found],
    }
    names = ", ".join(dict.fromkeys(one.story for one in compared.found))
    answer(
        "outdated",
        document,
        "\n".join(_lines(compared)),
        as_json=as_json,
        code=1 if compared.found else 0,
        line=f"not up to date: {names}",
    )


def _lines(compared: Compared) -> Iterator[str]:
    if not compared.stories:
        yield "no story has code in place"
    elif not compared.found:
        yield f"up to date: {', '.join(compared.stories)}"
    for one in compared.found:
        yield f"{one.story}: {_said(one)}"
        for change in one.changes:
            repaired = ", ".join((*change.repairs, *change.advisories))
            yield f"  {change.version}  {change.summary}"
            if repaired:
                yield f"         repairs {repaired}"
        if one.why != "missing":
            yield (
                f"  try: orchestrator exec story={one.story} skill=code-development "
                "operation_type=upgrade"
            )


def _said(one: Outdated) -> str:
    match one.why:
        case "newer":
            return f"{one.pattern} {one.used}, {one.available} is here"
        case "changed":
            return f"{one.pattern} {one.used} has changed since, under the same version"
        case "missing":
            return f"{one.pattern} {one.used} is not here any more"


def _document(one: Outdated) -> dict[str, object]:
    return {
        "story": one.story,
        "pattern": one.pattern,
        "used": one.used,
        "available": one.available or None,
        "why": one.why,
        "repairs": list(one.repairs),
        "changes": [change.model_dump(mode="json") for change in one.changes],
    }
