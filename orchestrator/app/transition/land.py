"""What a transition writes beside its code: story, log, evidence; or keeps as an attempt."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from orchestrator.core.change.changes import Change, File
from orchestrator.core.errors import CannotAnswer, IntegrityBroken
from orchestrator.core.places import ATTRIBUTES, ATTRIBUTES_FILE, EVIDENCE, LOG
from orchestrator.core.record.record import Record, encode, entry_name
from orchestrator.core.story.request import Request
from orchestrator.core.story.story import with_log_entry, with_state
from orchestrator.core.text.canonical import sha256
from orchestrator.ports.every import Ports

Render = Callable[[Record, str], str]


def changes_of(
    ports: Ports,
    record: Record,
    story: tuple[str, bytes],
    blobs: Mapping[str, bytes],
    head: str,
    render: Render,
) -> tuple[Change, ...]:
    """The story in its new state with the report appended, the log entry, and the evidence."""
    path, raw = story
    entry = encode(record)
    name = entry_name(entry)
    after = with_log_entry(with_state(raw, record.to, path), render(record, name), path)
    wanted = {
        entry_path_of(record): entry,
        **{f"{EVIDENCE}/{digest[:2]}/{digest}": stored for digest, stored in blobs.items()},
    }
    changes = [_update(ports, head, path, raw, after)]
    changes += [
        Change(p, "create", None, File(content))
        for p, content in sorted(wanted.items())
        if _absent(ports, head, p, content)
    ]
    if ports.repository.read(head, ATTRIBUTES_FILE) is None:
        changes.append(Change(ATTRIBUTES_FILE, "create", None, File(ATTRIBUTES)))
    return tuple(changes)


def keep_attempt(
    ports: Ports, record: Record, blobs: Mapping[str, bytes], diff: str, render: Render
) -> str:
    """Keep a refused attempt outside the tree, with its report, diff and evidence."""
    entry = encode(record)
    name = entry_name(entry)
    files = {
        "record.json": entry,
        "report.txt": render(record, name).encode(),
        "change.diff": diff.encode(),
        **{f"evidence/{digest}": stored for digest, stored in blobs.items()},
    }
    return ports.runs.keep(record.story, files)


def branch_of(request: Request) -> str | None:
    """The branch that `mode=branch` leaves its result on."""
    if request.mode != "branch":
        return None
    return f"story/{request.story}/{request.branch_id or 'main'}"


def message_of(record: Record) -> str:
    """The commit message: what moved, and by which entry."""
    return (
        f"{record.story}: {record.title.lower()}, {record.from_} to {record.to}\n\n"
        f"Record: {name_of(record)}\n"
    )


def name_of(record: Record) -> str:
    """The name of a record's entry, which its report refers to."""
    return entry_name(encode(record))


def entry_path_of(record: Record) -> str:
    """The path of a record's entry in the log."""
    return f"{LOG}/{record.story}/{name_of(record)}.json"


def pins_of(files: Iterable[tuple[str, File | None]]) -> Mapping[str, str]:
    """Digests of files that the result rests on; `absent` for one that is not there."""
    return {f"file:{path}": sha256(file.content) if file else "absent" for path, file in files}


def _update(ports: Ports, head: str, path: str, raw: bytes, after: bytes) -> Change:
    committed = ports.repository.read(head, path)
    if committed is None or committed.content != raw:
        raise CannotAnswer(
            f"{path} differs from the committed story",
            remedy=f"commit it first: `git add {path} && git commit`",
        )
    return Change(path, "update", committed, File(after, committed.executable))


def _absent(ports: Ports, head: str, path: str, content: bytes) -> bool:
    """Say whether a file of the log is still to be written; its name is the digest of its bytes."""
    existing = ports.repository.read(head, path)
    if existing is not None and existing.content != content:
        raise IntegrityBroken(
            f"{path} is not what its name says",
            remedy="`orchestrator verify` names everything that differs; restore it from git",
        )
    return existing is None
