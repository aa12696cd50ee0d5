"""`memory`: what is known of the code here, and how to read all of it anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

import click

from orchestrator.cli.door import answer, json_option, ports, progress_option, watched
from orchestrator.core.errors import CannotAnswer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from orchestrator.core.search.code import IndexFile, IndexState

EPILOG = """\b
Example:
  orchestrator memory status --json
  orchestrator memory rebuild
"""


@click.group(epilog=EPILOG)
def memory() -> None:
    """What is known of the committed code, here and in the repositories of `memory:`.

    A search reads what it needs by itself, and only what has changed; nothing is ever run. Every
    command knows --json.
    """


@memory.command(epilog="\b\nExample:\n  orchestrator memory status\n")
@json_option
def status(*, as_json: bool) -> None:
    """Say how much of the code is known, which files cannot be read, and how large the index is."""
    from orchestrator.app.finding.memory import state

    house = ports()
    _answer("memory-status", *state(house), house.clock.now(), as_json=as_json)


@memory.command(epilog="\b\nExample:\n  orchestrator memory rebuild\n")
@progress_option
@json_option
def rebuild(*, no_progress: bool, as_json: bool) -> None:
    """Forget what is known and read all committed code; what was read stays when interrupted."""
    from orchestrator.app.finding.memory import rebuild as read_again

    with watched(hidden=no_progress or as_json) as progress:
        house = ports(progress)
        found = read_again(house)
    _answer("memory-rebuild", *found, house.clock.now(), as_json=as_json)


def _answer(
    kind: str, file: IndexFile, states: Sequence[IndexState], now: datetime, *, as_json: bool
) -> NoReturn:
    document = {
        "index": _file(file, now),
        "repositories": [_state(one) for one in states],
    }
    lost = next((one for one in states if one.repository and one.problem), None)
    code, line = 0, ""
    if lost is not None:
        code = CannotAnswer.code
        line = f"{lost.repository}: {lost.problem}\ntry: mend `memory:` in orchestrator.yaml"
    text = "\n".join(_lines(file, states, now))
    answer(kind, document, text, as_json=as_json, code=code, line=line)


def _lines(file: IndexFile, states: Sequence[IndexState], now: datetime) -> Iterator[str]:
    yield f"index: {file.path}"
    if file.problem:
        yield f"  not kept: {file.problem}"
    yield (
        f"  form {file.schema}, {file.bytes / 1e6:.1f} MB, {_age(file, now)}; "
        f"of all branches: {file.blobs} files, {file.symbols} symbols"
    )
    for one in states:
        yield f"{one.repository or 'this repository'}: {one.problem or _counts(one)}"
        for file_unread in one.unread:
            yield f"  not readable: {_plain(file_unread.path)} {file_unread.because}"


def _counts(state: IndexState) -> str:
    parts = [f"{state.known} of {state.files} Python files known"]
    if state.unread:
        parts.append(f"{len(state.unread)} not readable")
    if state.skipped:
        parts.append(f"{state.skipped} not looked at (links, and folders of other people's code)")
    return ", ".join(parts)


def _age(file: IndexFile, now: datetime) -> str:
    if file.written is None:
        return "never written"
    minutes = max(0, int((now - file.written).total_seconds() // 60))
    if minutes < 120:
        return f"written {minutes} minutes ago"
    hours = minutes // 60
    return f"written {hours} hours ago" if hours < 48 else f"written {hours // 24} days ago"


def _plain(text: str) -> str:
    """A text in one line, whatever a path is made of."""
    return text if text.isprintable() else ascii(text)[1:-1]


def _file(file: IndexFile, now: datetime) -> Mapping[str, object]:
    written = file.written
    return {
        "path": file.path,
        "form": file.schema,
        "bytes": file.bytes,
        "files": file.blobs,
        "symbols": file.symbols,
        "written_at": written and written.isoformat(timespec="seconds"),
        "age_seconds": written and max(0, int((now - written).total_seconds())),
        "problem": file.problem or None,
    }


def _state(state: IndexState) -> Mapping[str, object]:
    return {
        "repository": state.repository or None,
        "files": state.files,
        "known": state.known,
        "skipped": state.skipped,
        "unreadable": [{"path": one.path, "because": one.because} for one in state.unread],
        "problem": state.problem or None,
    }
