"""Bring files up to a newer render while a person's edits survive; pure, the merge is given."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from orchestrator.core.change.changes import File
from orchestrator.core.change.pristine import Original


@dataclass(frozen=True)
class Merged:
    """A three-way merge of one text; where both sides changed the same lines, both stand in it
    between markers, and `conflicts` counts those places."""

    content: bytes
    conflicts: int


LINK = "it became a link, which is not followed: it is yours now"
Merge = Callable[[bytes, bytes, bytes], Merged]

_MARKER = re.compile(rb"^(<<<<<<<|>>>>>>>)( |\r?$)", re.MULTILINE)

End = Literal["written", "kept", "conflict", "gone", "dropped", "released"]


@dataclass(frozen=True)
class Upgraded:
    """What becomes of one path.

    `written` as the new render says, `kept` with a person's edits, in `conflict` with markers,
    `gone` because the pattern no longer has it, `dropped` as a person deleted it, `released` when
    it is the person's alone: the pattern no longer has it, or it became a link. `file` is what
    stands there (None: none), `pristine` what the pattern gives.
    """

    path: str
    end: End
    file: File | None
    pristine: File | None
    because: str = ""


def upgraded(
    new: Mapping[str, File],
    old: Mapping[str, Original],
    now: Mapping[str, File],
    merge: Merge,
    *,
    settled: frozenset[str] = frozenset(),
    links: frozenset[str] = frozenset(),
) -> tuple[Upgraded, ...]:
    """Meet the new render of a pattern with what stands there, by path.

    `old` is the render that stands recorded, `now` the current content of every path of both.
    Paths in `settled` had a conflict that a person has settled: they stand as they are. At those in
    `links` a link stands, which is the person's.
    """
    return tuple(
        Upgraded(path, "released", None, None, LINK)
        if path in links
        else _upgraded(path, new.get(path), old.get(path), now.get(path), merge, settled)
        for path in sorted({*new, *old})
    )


def in_conflict(found: tuple[Upgraded, ...]) -> tuple[Upgraded, ...]:
    """The paths that a person has to settle."""
    return tuple(one for one in found if one.end == "conflict")


def marked(content: bytes) -> bool:
    """Say whether a text still holds the markers of a conflict."""
    return _MARKER.search(content) is not None


def _upgraded(
    path: str,
    new: File | None,
    old: Original | None,
    now: File | None,
    merge: Merge,
    settled: frozenset[str],
) -> Upgraded:
    if new is None:
        return _no_longer_rendered(path, old, now)
    if now is None:
        if old is None:
            return Upgraded(path, "written", new, new)
        return Upgraded(path, "dropped", None, new, "it was deleted by hand and stays away")
    if path in settled:
        if marked(now.content):
            because = "it still holds the markers of a conflict"
            return Upgraded(path, "conflict", now, new, because)
        return Upgraded(path, "kept", now, new, "its conflict was settled by hand")
    return _both_there(path, new, old, now, merge)


def _no_longer_rendered(path: str, old: Original | None, now: File | None) -> Upgraded:
    if now is None or old is None or now.content == old.after:
        return Upgraded(path, "gone", None, None)
    because = "the pattern no longer has it, and it was edited: it is yours now"
    return Upgraded(path, "released", now, None, because)


def _both_there(path: str, new: File, old: Original | None, now: File, merge: Merge) -> Upgraded:
    base = old.after if old else b""
    if now.content in (base, new.content) and old is not None:
        return Upgraded(path, "written", File(new.content, now.executable), new)
    if now.content == new.content:
        return Upgraded(path, "written", now, new)
    if new.content == base:
        return Upgraded(path, "kept", now, new, "it was edited, and the pattern did not change it")
    done = merge(*(_ended(one, now.content) for one in (base, now.content, new.content)))
    file = File(done.content, now.executable)
    if done.conflicts:
        count = f"{done.conflicts} {'place' if done.conflicts == 1 else 'places'}"
        return Upgraded(path, "conflict", file, new, f"changed on both sides in {count}")
    return Upgraded(path, "kept", file, new, "its edits were merged with those of the pattern")


def _ended(text: bytes, like: bytes) -> bytes:
    """A text with carriage returns if every line of the other ends with one, else as it is."""
    if b"\0" in text or like.count(b"\n") != like.count(b"\r\n") or b"\n" not in like:
        return text
    return text.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
