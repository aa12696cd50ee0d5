"""`log`, `log parse`, `show` and `verify`: read the log, read reports, believe neither."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from orchestrator.cli.door import answer, json_option, ports, progress_option, watched
from orchestrator.core.errors import CannotAnswer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from orchestrator.app.keeping.history import Attempt
    from orchestrator.app.trust.verify import Verification
    from orchestrator.core.record.chain import Entry, History
    from orchestrator.core.record.record import Record

LOG_EPILOG = """\b
Examples:
  orchestrator log
  orchestrator log AUTH-IMPLEMENT-001 --attempts
  orchestrator log parse stories/AUTH-IMPLEMENT-001.md
"""
PARSE_EPILOG = """\b
Examples:
  orchestrator log parse stories/AUTH-IMPLEMENT-001.md
  orchestrator show AUTH-IMPLEMENT-001 | orchestrator log parse -
"""
SHOW_EPILOG = """\b
Examples:
  orchestrator show AUTH-IMPLEMENT-001
  orchestrator show 000001-3f9c2a71d04b8e55#tests
  orchestrator show AUTH-IMPLEMENT-001 --format json
"""
VERIFY_EPILOG = "\b\nExamples:\n  orchestrator verify\n  orchestrator verify AUTH-IMPLEMENT-001\n"


class _LogGroup(click.Group):
    """A group whose first word is a subcommand or else the story that `list` takes."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args or (args[0] not in self.commands and args[0] not in ("--help", "-h")):
            args = ["list", *args]
        return super().parse_args(ctx, args)

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click's own
        return ["[STORY] [--attempts] [--json]", "|", "parse FILE"]


@click.group(cls=_LogGroup, epilog=LOG_EPILOG)
def log() -> None:
    """List the transitions of a story, or of all; `log parse` reads reports from a text."""


@log.command("list", epilog=LOG_EPILOG)
@click.argument("story", required=False)
@click.option("--attempts", is_flag=True, help="List the runs too that published nothing.")
@json_option
def list_entries(*, story: str | None, attempts: bool, as_json: bool) -> None:
    """List the transitions of STORY, or of every story (the word `list` may be left out)."""
    from orchestrator.app.keeping import history

    house = ports()
    tried = history.attempts(house, story) if attempts else ()
    logged = story is None or not tried or story in house.log.stories()
    found = history.log(house, story) if logged else ()
    document: dict[str, Any] = {"stories": [_history_document(one) for one in found]}
    if attempts:
        document["attempts"] = [_attempt_document(one) for one in tried]
    text = "".join(_history_text(one) for one in found) or "no story has moved yet\n"
    if attempts:
        text += "".join(_attempt_text(one) for one in tried) or "no attempts are kept\n"
    answer("log", document, text, as_json=as_json)


@log.command("parse", epilog=PARSE_EPILOG)
@click.argument("file", type=click.File("rb"))
@click.option("--json", "as_json", is_flag=True, help="The same: the answer is always JSON.")
def parse(*, file: Any, as_json: bool) -> None:  # noqa: ARG001  the answer is JSON either way
    """Print the transition reports of FILE (- for stdin) as JSON, in whatever way they are written.

    Code 1 when a line could not be read; each is named.
    """
    from orchestrator.report.json import parsed_document
    from orchestrator.report.parse import parse_log

    try:
        text = file.read().decode("utf-8")
    except UnicodeDecodeError as error:
        raise CannotAnswer(
            f"{file.name} is not UTF-8 text (byte {error.start})", remedy="save it as UTF-8"
        ) from error
    read, unreadable = parse_log(text)
    lines = [f"line {one.line}: cannot read: {one.text.strip()}" for one in unreadable]
    answer(
        "log-parse",
        parsed_document(read, unreadable),
        "",
        as_json=True,
        code=1 if unreadable else 0,
        line="\n".join(lines),
    )


@click.command(epilog=SHOW_EPILOG)
@click.argument("ref", metavar="STORY|REF")
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True
)
@json_option
def show(*, ref: str, form: str, as_json: bool) -> None:
    """Print the report of a transition, or with #PART the evidence behind one of its figures.

    STORY means its last transition; REF is an entry's name as reports quote it, or an attempt's id.
    """
    import json

    from orchestrator.app.keeping import history
    from orchestrator.report.json import show_document
    from orchestrator.report.text import render_report

    found = history.show(ports(), ref)
    document = show_document(found.record, found.name)
    if found.part is not None:
        document = {"name": found.name, "ref": ref, "part": found.part}
        text = json.dumps(found.part, indent=2, ensure_ascii=False) + "\n"
    else:
        text = render_report(found.record, found.name)
    answer("show", document, text, as_json=as_json or form == "json")


@click.command(epilog=VERIFY_EPILOG)
@click.argument("story", required=False)
@progress_option
@json_option
def verify(*, story: str | None, no_progress: bool, as_json: bool) -> None:
    """Check that log, evidence and reports hold together, and derive every figure again.

    Code 5 when something was changed that must not change, 1 when the tree has moved on since it
    was measured.
    """
    from orchestrator.app.trust.verify import verify as check
    from orchestrator.report.text import render_report

    with watched(hidden=no_progress) as progress:
        found = check(ports(progress), story, render=render_report)
    answer(
        "verify",
        _verify_document(found),
        _verify_text(found),
        as_json=as_json,
        code=found.code,
        line=_verify_line(found),
    )


def _history_document(history: History) -> dict[str, Any]:
    return {
        "story": history.story,
        "state": history.state,
        "heads": list(history.heads),
        "entries": [_entry_document(entry) for entry in history.entries],
    }


def _entry_document(entry: Entry) -> dict[str, Any]:
    record = entry.record
    return {
        "entry": entry.name,
        "digest": entry.digest,
        "parents": list(record.parents),
        "lamport": record.lamport,
        "kind": record.kind,
        "tag": record.tag,
        "from": record.from_,
        "to": record.to,
        "actor": record.actor.role,
        "mode": record.mode,
        "decided_at": record.decided_at,
        "verdict": _verdict(record),
    }


def _attempt_document(attempt: Attempt) -> dict[str, Any]:
    record = attempt.record
    if record is None:
        return {"id": attempt.id, "story": None, "decided_at": None, "verdict": None}
    return {
        "id": attempt.id,
        "story": record.story,
        "decided_at": record.decided_at,
        "verdict": _verdict(record),
    }


def _verdict(record: Record) -> str:
    if record.gate is None:
        return "no gate"
    return f"{record.gate.level} {'passed' if record.gate.passed else 'closed'}"


def _history_text(history: History) -> str:
    rows = [
        (
            entry.name,
            f"{entry.record.from_} -> {entry.record.to}",
            entry.record.actor.role,
            entry.record.decided_at,
            _verdict(entry.record),
        )
        for entry in history.entries
    ]
    return f"{history.story}  {history.state}\n" + _columns(rows)


def _attempt_text(attempt: Attempt) -> str:
    if attempt.record is None:
        return f"attempt {attempt.id}  unreadable\n"
    return f"attempt {attempt.id}  {attempt.record.decided_at}  {_verdict(attempt.record)}\n"


def _columns(rows: Sequence[tuple[str, ...]]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = (
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        for row in rows
    )
    return "".join(f"  {line.rstrip()}\n" for line in lines)


def _verify_document(found: Verification) -> dict[str, Any]:
    return {
        "stories": list(found.stories),
        "holds": found.code == 0,
        "checked": dict(found.counts),
        "problems": [
            {"kind": one.kind, "path": one.path, "what": one.what, "since": one.since or None}
            for one in found.problems
        ],
    }


def _verify_text(found: Verification) -> str:
    if not found.stories and not found.problems:
        return "nothing to verify: no story has a log\n"
    places: dict[str, list[str]] = {}
    for one in found.problems:
        since = f" (since {one.since})" if one.since else ""
        places.setdefault(f"{one.kind}  {one.path}{since}", []).append(f"  {one.what}")
    lines = [line for place, what in places.items() for line in (place, *what)]
    counts = ", ".join(f"{name} {count}" for name, count in found.counts.items())
    lines.append(f"looked at: {counts}")
    if not found.problems:
        lines.append("holds: every figure was derived again and agrees")
    return "".join(f"{line}\n" for line in lines)


def _verify_line(found: Verification) -> str:
    count = len(found.problems)
    word = "difference" if count == 1 else "differences"
    if found.code == 5:
        return f"{count} {word}: the log or its evidence does not hold together"
    return f"{count} {word}: the tree has changed since it was measured; run the gate again"
