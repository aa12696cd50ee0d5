"""Replay a story's log: order, heads and state from the entries alone; believes no file name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from orchestrator.core.errors import IntegrityBroken
from orchestrator.core.record.record import Record, decode
from orchestrator.core.text.canonical import sha256

CONFLICT = "CONFLICT"
SUFFIX = ".json"


@dataclass(frozen=True)
class Entry:
    """One sound file of a log; `name` is `<6-digit Lamport number>-<16 hex>`, without `.json`."""

    name: str
    digest: str
    record: Record


@dataclass(frozen=True)
class Flaw:
    """What is wrong with one file of a log."""

    file: str
    what: str


@dataclass(frozen=True)
class History:
    """What a log says: entries by Lamport number and hash, the heads' hashes, the state.

    `state` is None without entries, `CONFLICT` while two heads both move the story. `lamport` is
    the highest number, 0 without entries. With `flaws` nothing here may be believed.
    """

    story: str
    entries: tuple[Entry, ...] = ()
    heads: tuple[str, ...] = ()
    state: str | None = None
    flaws: tuple[Flaw, ...] = ()

    @property
    def lamport(self) -> int:
        """The highest Lamport number."""
        return max((entry.record.lamport for entry in self.entries), default=0)

    @property
    def conflict(self) -> bool:
        """Say whether two heads both move the story."""
        return self.state == CONFLICT


def replay(story: str, files: Mapping[str, bytes]) -> History:
    """Read all files of one story's log, in whatever order they come."""
    entries, flaws = _read(story, files)
    line = _Line(entries)
    flaws += [flaw for entry in line.ordered for flaw in line.flaws_of(entry)]
    heads = line.heads()
    return History(
        story=story,
        entries=line.ordered,
        heads=heads,
        state=line.state_at(heads) if heads else None,
        flaws=tuple(sorted(flaws, key=lambda flaw: (flaw.file, flaw.what))),
    )


def sound(history: History) -> History:
    """The same history. Raises IntegrityBroken naming the first flaw."""
    if history.flaws:
        flaw = history.flaws[0]
        raise IntegrityBroken(
            f"the log of {history.story} does not hold together: {flaw.file}: {flaw.what}",
            remedy="`orchestrator verify` names everything that differs; restore it from git",
        )
    return history


def _read(story: str, files: Mapping[str, bytes]) -> tuple[dict[str, Entry], list[Flaw]]:
    entries: dict[str, Entry] = {}
    flaws = []
    for file, raw in sorted(files.items()):
        try:
            record = decode(raw)
        except IntegrityBroken as error:
            flaws.append(Flaw(file, error.problem))
            continue
        digest = sha256(raw)
        name = f"{record.lamport:06d}-{digest[:16]}"
        if file != name + SUFFIX:
            flaws.append(Flaw(file, f"its content is named {name}{SUFFIX}"))
        if record.story != story:
            flaws.append(Flaw(file, f"it belongs to the story {record.story}"))
        elif record.kind == "attempt":
            flaws.append(Flaw(file, "an attempt moves nothing and has no place in a log"))
        else:
            entries[digest] = Entry(name, digest, record)
    return entries, flaws


class _Line:
    """The entries as a graph; parents come before children because their number is lower."""

    def __init__(self, entries: Mapping[str, Entry]) -> None:
        self.entries = entries
        self.ordered = tuple(
            sorted(entries.values(), key=lambda entry: (entry.record.lamport, entry.digest))
        )
        self._state: dict[str, str] = {}
        for entry in self.ordered:
            self._state[entry.digest] = self._state_after(entry)

    def _state_after(self, entry: Entry) -> str:
        parents = tuple(parent for parent in entry.record.parents if parent in self._state)
        if entry.record.kind == "annotate" and parents:
            return self.state_at(parents)
        return entry.record.to

    def heads(self) -> tuple[str, ...]:
        """The entries that no other entry names as a parent, sorted."""
        named = {parent for entry in self.ordered for parent in entry.record.parents}
        return tuple(sorted(digest for digest in self.entries if digest not in named))

    def state_at(self, ends: Iterable[str]) -> str:
        """The state that several ends give together; one that only repeats another does not count.

        An end moves the story if something that it alone has behind it does.
        """
        ends = tuple(ends)
        if len(ends) == 1:
            return self._state[ends[0]]
        moving = [end for end in ends if self._moves_alone(end, ends)]
        states = {self._state[end] for end in moving or ends}
        return CONFLICT if len(moving) > 1 or len(states) > 1 else states.pop()

    def _moves_alone(self, end: str, ends: tuple[str, ...]) -> bool:
        others = [self._with_ancestors(other) for other in ends if other != end]
        mine = self._with_ancestors(end).difference(*others)
        return any(_moves(self.entries[one].record) for one in mine)

    def _with_ancestors(self, end: str) -> set[str]:
        found: set[str] = set()
        left = [end]
        while left:
            one = left.pop()
            if one in self._state and one not in found:
                found.add(one)
                left += self.entries[one].record.parents
        return found

    def flaws_of(self, entry: Entry) -> list[Flaw]:
        """Everything that is wrong with an entry's place in the line."""
        found = [*self._broken_links(entry)] or [*self._broken_step(entry)]
        return [Flaw(entry.name + SUFFIX, what) for what in found]

    def _broken_links(self, entry: Entry) -> Iterable[str]:
        record = entry.record
        for parent in record.parents:
            if parent not in self.entries:
                yield f"its parent {parent[:16]} is missing"
            elif self.entries[parent].record.lamport >= record.lamport:
                yield f"its parent {parent[:16]} has a number that is not below its own"
        if len(set(record.parents)) != len(record.parents):
            yield "it names a parent twice"
        numbers = [self.entries[p].record.lamport for p in record.parents if p in self.entries]
        due = 1 + max(numbers, default=0)
        if record.lamport != due and len(numbers) == len(record.parents):
            yield f"its number is {record.lamport}, its parents make it {due}"

    def _broken_step(self, entry: Entry) -> Iterable[str]:
        record = entry.record
        if not record.parents:
            if record.kind != "transition":
                yield f"a log cannot begin with a {record.kind} entry"
            return
        before = self.state_at(record.parents)
        if record.kind == "resolve":
            yield from self._broken_resolve(record, before)
        elif before == CONFLICT:
            yield "it follows heads that are in conflict; only a resolve entry may join them"
        elif record.from_ != before:
            yield f"it starts from {record.from_}, its parents ended in {before}"
        if record.kind == "annotate" and record.from_ != record.to:
            yield "an annotate entry moves the story"

    def _broken_resolve(self, record: Record, before: str) -> Iterable[str]:
        if before != CONFLICT:
            yield "it resolves heads that are not in conflict"
        elif record.from_ != CONFLICT:
            yield f"it starts from {record.from_}, its parents are in {CONFLICT}"
        elif record.to not in {self._state[parent] for parent in record.parents}:
            yield f"it ends in {record.to}, where none of its parents ended"


def _moves(record: Record) -> bool:
    """Say whether an entry changes something that another one could contradict: the state or, as
    an upgrade does, the files."""
    wrote = record.kind == "transition" and bool(record.files)
    return wrote or record.kind == "resolve" or record.from_ != record.to
