"""Plan what would change in a repository; pure, so dry run, conflicts and idempotence agree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

ChangeKind = Literal["create", "update", "delete", "same", "conflict"]


@dataclass(frozen=True)
class File:
    """The bytes of one file and whether it may be executed."""

    content: bytes
    executable: bool = False


@dataclass(frozen=True)
class Change:
    """One path, before and after; `None` means absent. `reason` is set for a conflict."""

    path: str
    kind: ChangeKind
    before: File | None
    after: File | None
    reason: str = ""


def plan_changes(
    proposed: Mapping[str, File | None],
    existing: Mapping[str, File],
    *,
    editable: frozenset[str] = frozenset(),
) -> tuple[Change, ...]:
    """Compare what is proposed with what exists, sorted by path.

    `existing` holds the current content of every proposed path that exists. A proposed path that
    exists with other content is a conflict, unless it is in `editable` (a host file that we edit,
    or a file of ours that the user has not touched).
    """
    return tuple(
        _change(path, existing.get(path), after, path in editable)
        for path, after in sorted(proposed.items())
    )


def _change(path: str, before: File | None, after: File | None, may_edit: bool) -> Change:
    if before == after:
        return Change(path, "same", before, after)
    if before is None:
        return Change(path, "create", before, after)
    if not may_edit:
        return Change(path, "conflict", before, after, "exists with other content")
    return Change(path, "delete" if after is None else "update", before, after)


def conflicts(changes: tuple[Change, ...]) -> tuple[Change, ...]:
    """Name the changes that would overwrite something that is not ours."""
    return tuple(change for change in changes if change.kind == "conflict")


def effective(changes: tuple[Change, ...]) -> tuple[Change, ...]:
    """Drop what is already as proposed."""
    return tuple(change for change in changes if change.kind != "same")
