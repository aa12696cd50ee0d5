"""Take out of a repository what a story brought, and nothing that is a person's; pure."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from orchestrator.core.change.changes import Change, ChangeKind, File
from orchestrator.core.change.diff import unified
from orchestrator.core.change.merging import LINK, Merge
from orchestrator.core.change.pristine import Original

_LINKED = "it became a link, which is not followed: our lines stay in the file that it leads to"


@dataclass(frozen=True)
class Kept:
    """A file that stays: why, and for a host's file the diff that a person would apply."""

    path: str
    because: str
    paste: str = ""


@dataclass(frozen=True)
class Leaving:
    """What removal does: files that go, host files as they are without our lines (None: the file
    was ours to begin with), and what stays."""

    gone: tuple[str, ...] = ()
    cut: Mapping[str, File | None] = field(default_factory=dict)
    kept: tuple[Kept, ...] = ()


def leaving(
    written: Iterable[str],
    edited: Iterable[str],
    originals: Mapping[str, Original],
    now: Mapping[str, File],
    merge: Merge,
    *,
    needed: Mapping[str, str],
    links: frozenset[str] = frozenset(),
) -> Leaving:
    """Decide for every path of a manifest; those that are no longer there need nothing.

    `written` are files of ours, `edited` files of the host; `needed` says of a path why it must
    stay although it is untouched. `links` are those at which a link stands now.
    """
    gone: list[str] = []
    cut: dict[str, File | None] = {}
    kept = [Kept(path, LINK) for path in written if path in links]
    kept += [_by_hand(path, originals[path], _LINKED) for path in edited if path in links]
    for path in written:
        file = now.get(path)
        if file is None:
            continue
        if path in needed:
            kept.append(Kept(path, needed[path]))
        elif file.content == originals[path].after:
            gone.append(path)
        else:
            kept.append(Kept(path, "it was edited since it was written, so it is yours now"))
    for path in edited:
        file = now.get(path)
        if file is None:
            continue
        without = without_ours(path, file, originals[path], merge)
        if path in needed:
            kept.append(_by_hand(path, originals[path], needed[path]))
        elif isinstance(without, str):
            kept.append(_by_hand(path, originals[path], without))
        else:
            cut[path] = without.file
    return Leaving(tuple(gone), cut, tuple(kept))


@dataclass(frozen=True)
class Without:
    """A host's file without our lines; None when nothing of it is left that was not ours."""

    file: File | None


def without_ours(path: str, now: File, original: Original, merge: Merge) -> Without | str:
    """A host's file as it would be had we never edited it, or why that cannot be said.

    Untouched since, it is what it was, byte for byte. Else our change is taken back by a three-way
    merge, in which our text is the common ancestor; and where a person wrote right beside our
    lines, which no merge can tell apart, by those lines themselves if each stands there but once.
    """
    before = original.before
    if now.content == original.after:
        return Without(None if before is None else File(before, now.executable))
    done = merge(original.after, now.content, before or b"")
    unsure = done.conflicts or _moved(done.content, original)
    content = _without_lines(now.content, original) if unsure else done.content
    if content is None:
        return "the lines of our change were edited since"
    if path.endswith(".py") and _parses(now.content) and not _parses(content):
        return "without the lines of our change it would be no Python any more"
    if before is None and not content.strip():
        return Without(None)
    return Without(File(content, now.executable))


def _moved(merged: bytes, original: Original) -> bool:
    """Say whether a line of our change still stands: a merge takes one that was moved for new."""
    ours = set(original.after.splitlines()) - set((original.before or b"").splitlines())
    return any(line.strip() and line in ours for line in merged.splitlines())


def _parses(source: bytes) -> bool:
    try:
        ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _without_lines(now: bytes, original: Original) -> bytes | None:
    """The text with every block of lines of our change as it was before it; None when one of them
    does not stand there exactly once."""
    before = (original.before or b"").splitlines(keepends=True)
    after = original.after.splitlines(keepends=True)
    lines = now.splitlines(keepends=True)
    changes = difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    for kind, i1, i2, j1, j2 in reversed(changes):
        if kind == "equal":
            continue
        place = _only_place(after[j1:j2], lines) or _only_place(_bare(after[j1:j2]), lines)
        if place is not None:
            if kind == "insert" and not _between_blanks(before, i1):
                place = _closed(place, lines)
            lines[place] = _ended(before[i1:i2], lines[place.stop - 1 :])
        elif kind == "insert" and (alone := _each_once(_bare(after[j1:j2]), lines)):
            lines = [line for at, line in enumerate(lines) if at not in alone]
        elif i1 < i2 or _bare(after[j1:j2]):
            return None
    return b"".join(lines)


def _between_blanks(lines: list[bytes], at: int) -> bool:
    return not any(line.strip() for line in lines[max(0, at - 1) : at + 1])


def _closed(place: slice, lines: list[bytes]) -> slice:
    """A place and the blank lines after it that would add to those before it: where there were
    none on both sides when we wrote, they are what is left of another change that went."""
    above, below = place.start, place.stop
    while above > 0 and below < len(lines) and not (lines[above - 1] + lines[below]).strip():
        above, below = above - 1, below + 1
    return slice(place.start, below)


def _ended(block: list[bytes], rest: list[bytes]) -> list[bytes]:
    """A block that had ended its file gets the line end of the first line of `rest`, which it
    replaces, if more lines follow now."""
    if not block or block[-1].endswith(b"\n") or len(rest) == 1:
        return block
    end = rest[0][len(rest[0].rstrip(b"\r\n")) :]
    return [*block[:-1], block[-1] + end]


def _only_place(block: list[bytes], lines: list[bytes]) -> slice | None:
    """Where a block of lines stands, if it does so exactly once, whatever ends its lines.

    An empty block stands nowhere.
    """
    size = len(block)
    wanted, texts = ([line.rstrip(b"\r\n") for line in many] for many in (block, lines))
    found = [at for at in range(len(lines)) if block and texts[at : at + size] == wanted]
    return slice(found[0], found[0] + size) if len(found) == 1 else None


def _each_once(block: list[bytes], lines: list[bytes]) -> set[int]:
    """Where the lines of a block stand, in whatever order, if each of them does so exactly once."""
    places = [_only_place([line], lines) for line in block if line.strip()]
    return {one.start for one in places if one} if None not in places else set()


def _bare(lines: list[bytes]) -> list[bytes]:
    """The lines from the first to the last that is not blank."""
    full = [number for number, line in enumerate(lines) if line.strip()]
    return lines[full[0] : full[-1] + 1] if full else []


def _by_hand(path: str, original: Original, because: str) -> Kept:
    """The change that takes our lines back, as a diff of the file as we left it."""
    before = None if original.before is None else File(original.before)
    kind: ChangeKind = "delete" if before is None else "update"
    return Kept(path, because, unified([Change(path, kind, File(original.after), before)]))
