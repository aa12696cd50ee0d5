"""`orchestrator docs`: ask for documentation by hand; what others wrote is shown, not followed."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import click

from orchestrator.cli.door import answer, json_option, ports
from orchestrator.core.errors import CannotAnswer

if TYPE_CHECKING:
    from orchestrator.app.finding.documents import Wanted
    from orchestrator.core.documents.documents import DocsAnswer

EPILOG = """\b
Example:
  orchestrator docs pyjwt "verify a token"
  orchestrator docs /pallets/flask@3.1.2 "application factory" --source rest
\b
Exit codes: 0 documents were found, 1 the source has none, 4 nobody could be
asked (the reason is printed)."""


@click.command(epilog=EPILOG)
@click.argument("library")
@click.argument("topic", nargs=-1, required=True)
@click.option(
    "--source",
    type=click.Choice(["rest", "mcp", "cache"]),
    help="Ask this one, whatever the cache has; or the cache alone.",
)
@json_option
def docs(*, library: str, topic: tuple[str, ...], source: str | None, as_json: bool) -> None:
    """Show documentation of LIBRARY (a name or an id, `@version` after it) about TOPIC.

    Every snippet comes with its source and its age. The key is taken from CONTEXT7_API_KEY.
    """
    from orchestrator.app.finding.documents import look_up
    from orchestrator.core.documents.documents import ABSENT
    from orchestrator.report.documents import documents_document, documents_text

    found = look_up(ports(), library, " ".join(topic), cast("Wanted | None", source))
    text, document = documents_text(found), documents_document(found)
    if found.found is not None:
        answer("docs", document, text, as_json=as_json)
    absent = any(one.reason in ABSENT for one in found.failures)
    answer(
        "docs",
        document,
        "",
        as_json=as_json,
        code=1 if absent else CannotAnswer.code,
        line=text if absent else f"{text}\ntry: {_remedy(found, source)}",
    )


_REMEDIES = {
    "invalid_key": "set CONTEXT7_API_KEY to a key that is accepted, or unset it",
    "rate_limited": "wait a while, or give a key in CONTEXT7_API_KEY",
    "not_finalized": "wait a while and ask again",
    "turned_off": "name one below `docs:` there, or on the command line with `--source`",
}


def _remedy(found: DocsAnswer, source: str | None) -> str:
    """What would help when nobody could be asked."""
    if source == "cache":
        return "leave `--source cache` out, so that somebody is asked"
    told = (_REMEDIES[one.reason] for one in found.failures if one.reason in _REMEDIES)
    return next(told, "`orchestrator doctor` looks at the network; `--source` asks another source")
