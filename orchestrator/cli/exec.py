"""`orchestrator exec`: hand the words to the use case and answer with what came of them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from orchestrator.cli import door

if TYPE_CHECKING:
    from orchestrator.app.transition.execute import Ended
    from orchestrator.core.story.request import Request

EPILOG = """\b
Example:
  orchestrator exec story=AUTH-IMPLEMENT-001 skill=code-development \\
    operation_type=implement language=python framework=fastapi \\
    search_patterns=["authentication", "jwt"] quality_gate=comprehensive
\b
Exit codes: 0 the story moved, 1 it may not move or the gate is closed, 2 wrong
word, 4 cannot answer (the remedy is printed), 5 the log is broken, 130 interrupted."""


@click.command("exec", epilog=EPILOG)
@click.argument("words", nargs=-1, metavar="KEY=VALUE...")
@click.option("--request", "source", metavar="FILE", help="Read the words from FILE, or - (stdin).")
@click.option("--dry-run", is_flag=True, help="Print plan, diff and gate; write nothing.")
@door.json_option
@door.progress_option
def exec_story(
    words: tuple[str, ...], source: str | None, dry_run: bool, as_json: bool, no_progress: bool
) -> None:
    """Move a story by a skill: propose, measure, record, publish.

    The words are key=value in any order; story= and skill= are needed. Nothing of the working
    copy changes unless the gate opens; then everything lands as one commit.
    """
    request = _request(words, source)
    from orchestrator.app.transition.execute import execute
    from orchestrator.report.text import render_report

    with door.watched(hidden=no_progress) as progress:
        ended = execute(door.ports(progress), request, render=render_report, dry_run=dry_run)
    _answer(ended, as_json=as_json)


def _request(words: tuple[str, ...], source: str | None) -> Request:
    from orchestrator.core.story.request import parse_request, parse_request_text

    if source is None:
        return parse_request(words)
    if words:
        raise click.UsageError("give the words or --request, not both")
    return parse_request_text(_read(source))


def _read(source: str) -> str:
    from orchestrator.core.errors import CannotAnswer

    name = "on standard input" if source == "-" else source
    try:
        raw = sys.stdin.buffer.read() if source == "-" else Path(source).read_bytes()
        return raw.decode("utf-8")
    except OSError as error:
        raise CannotAnswer(
            f"the request {name} cannot be read: {error.strerror}", remedy="name a readable file"
        ) from error
    except UnicodeDecodeError as error:
        raise CannotAnswer(
            f"the request {name} is not UTF-8", remedy="save it as UTF-8 text"
        ) from error


def _answer(ended: Ended, *, as_json: bool) -> NoReturn:
    from orchestrator.cli.ended import answer_of

    said = answer_of(ended)
    for line in said.aside:
        click.echo(line, err=True)
    door.answer("exec", said.document, said.text, as_json=as_json, code=said.code, line=said.line)
