"""What has changed since it was measured; a change is no forgery, only no longer covered."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from orchestrator.app.situation.stored import as_stored
from orchestrator.core.errors import CannotAnswer
from orchestrator.core.record.chain import Entry, History
from orchestrator.core.record.record import ABSENT
from orchestrator.core.story.story import subject_digest
from orchestrator.core.text.canonical import sha256
from orchestrator.ports.every import Ports

PINNED_FILE = "file:"


@dataclass(frozen=True)
class Changed:
    """A path that is no longer as an entry recorded it."""

    path: str
    what: str
    entry: Entry


def changed_since(
    ports: Ports, histories: Sequence[History], stories_folder: str
) -> Iterator[Changed]:
    """Compare the tree with what the newest entries recorded, by path.

    Files that are ours are compared whole, but for line ends that git itself sets in a checkout. A
    host's file that we only edited may change: its own tests speak for it. A path that several
    stories recorded is fine when one of them knows it.
    """
    for history in histories:
        yield from _changed_story(ports, history, f"{stories_folder}/{history.story}.md")
    known: dict[str, list[tuple[str, Entry]]] = {}
    for history in histories:
        for path, newest in _recorded(history).items():
            known.setdefault(path, []).append(newest)
    for path, recorded in sorted(known.items()):
        content = ports.log.file(path)
        now = ABSENT if content is None else sha256(content)
        if content is not None and all(now != digest for digest, _ in recorded):
            now = sha256(as_stored(ports, path, content))
        if all(now != digest for digest, _ in recorded):
            digest, entry = recorded[-1]
            yield Changed(path, _how(now, digest), entry)


def _changed_story(ports: Ports, history: History, path: str) -> Iterator[Changed]:
    raw = ports.log.file(path)
    if raw is None or not history.entries:
        return
    entry = history.entries[-1]
    try:
        now = subject_digest(as_stored(ports, path, raw), path)
    except CannotAnswer:
        return
    if now != entry.record.subject.story:
        yield Changed(path, "the story has changed since it was measured", entry)


def _recorded(history: History) -> dict[str, tuple[str, Entry]]:
    """The newest digest of every path, by the order of the log."""
    newest: dict[str, tuple[str, Entry]] = {}
    for entry in history.entries:
        for file in entry.record.files:
            if file.region or file.change == "release":
                newest.pop(file.path, None)
            else:
                gone = file.change in ("delete", "drop")
                newest[file.path] = (ABSENT if gone else file.sha256, entry)
        for name, digest in entry.record.pins.items():
            if name.startswith(PINNED_FILE):
                newest[name.removeprefix(PINNED_FILE)] = (digest, entry)
    return newest


def _how(now: str, recorded: str) -> str:
    if now == ABSENT:
        return "is gone; it was recorded"
    if recorded == ABSENT:
        return "is there; it was absent when the gate ran"
    return "has changed since it was measured"
