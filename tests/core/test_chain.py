"""Replay: the log alone says the order, the heads and the state, whatever the files are called."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.core.errors import IntegrityBroken
from orchestrator.core.record.chain import CONFLICT, History, replay, sound
from orchestrator.core.record.record import FileData
from tests.record_factory import STORY, Made, make


def entry(number: int, source: str, target: str, *parents: Made, **changes: object) -> Made:
    """A small entry; `parents` are named by their full hash."""
    digests = tuple(parent.digest for parent in parents)
    return make(lamport=number, from_=source, to=target, parents=digests, **changes)


def files(*made: Made) -> dict[str, bytes]:
    """The files of a log."""
    return {f"{one.name}.json": one.raw for one in made}


def reasons(history: History) -> str:
    """Every flaw in one text."""
    return "\n".join(f"{flaw.file}: {flaw.what}" for flaw in history.flaws)


FIRST = entry(1, "DESIGNED", "IMPLEMENTED")
SECOND = entry(2, "IMPLEMENTED", "REVIEWED", FIRST)
THIRD = entry(3, "REVIEWED", "VERIFIED", SECOND)
OTHER = entry(2, "IMPLEMENTED", "DESIGNED", FIRST, tag="rollback")
RESOLVED = entry(3, CONFLICT, "REVIEWED", SECOND, OTHER, kind="resolve")


def test_an_empty_log_says_nothing() -> None:
    history = replay(STORY, {})
    assert (history.entries, history.heads, history.state, history.lamport) == ((), (), None, 0)


def test_a_line_of_entries_ends_in_the_last_state() -> None:
    history = sound(replay(STORY, files(FIRST, SECOND, THIRD)))
    assert [one.record.lamport for one in history.entries] == [1, 2, 3]
    assert history.state == "VERIFIED"
    assert history.heads == (THIRD.digest,)
    assert history.lamport == 3


@given(st.permutations([FIRST, SECOND, OTHER, THIRD, RESOLVED]), st.integers(1, 5))
@settings(max_examples=60)
def test_the_answer_does_not_depend_on_the_order_of_the_files(made: list, count: int) -> None:
    chosen = made[:count]
    shuffled = random.Random(count).sample(chosen, count)
    assert replay(STORY, files(*chosen)) == replay(STORY, files(*shuffled))


def test_two_heads_that_both_move_are_a_conflict() -> None:
    history = sound(replay(STORY, files(FIRST, SECOND, OTHER)))
    assert history.state == CONFLICT
    assert history.conflict
    assert set(history.heads) == {SECOND.digest, OTHER.digest}


def test_a_resolve_that_names_both_heads_ends_the_conflict() -> None:
    history = sound(replay(STORY, files(FIRST, SECOND, OTHER, RESOLVED)))
    assert history.state == "REVIEWED"
    assert not history.conflict


def test_two_first_entries_are_a_conflict_too() -> None:
    again = entry(1, "DESIGNED", "IMPLEMENTED", decided_at="2026-04-01T00:00:00Z")
    assert replay(STORY, files(FIRST, again)).state == CONFLICT


def test_a_head_that_moves_nothing_does_not_count() -> None:
    note = entry(2, "IMPLEMENTED", "IMPLEMENTED", FIRST, kind="annotate")
    research = entry(2, "IMPLEMENTED", "IMPLEMENTED", FIRST, tag="research", files=())
    assert sound(replay(STORY, files(FIRST, SECOND, note, research))).state == "REVIEWED"
    joined = entry(3, "REVIEWED", "VERIFIED", SECOND, note)
    assert sound(replay(STORY, files(FIRST, SECOND, note, joined))).state == "VERIFIED"


def test_upgrades_on_two_branches_are_a_conflict_although_no_state_changes() -> None:
    """Both say what stands there, and only one of them can be right."""
    brought = (
        FileData(
            path="a.py", change="update", sha256="0" * 64, pristine="0" * 40, executable=False
        ),
    )
    up, again, out = (
        entry(2, "IMPLEMENTED", to, FIRST, files=brought, decided_at=f"2026-04-0{day}T00:00:00Z")
        for day, to in ((1, "IMPLEMENTED"), (2, "IMPLEMENTED"), (3, "DESIGNED"))
    )
    assert replay(STORY, files(FIRST, up)).state == "IMPLEMENTED"
    assert replay(STORY, files(FIRST, up, again)).state == CONFLICT
    assert replay(STORY, files(FIRST, up, out)).state == CONFLICT


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (files(SECOND), f"its parent {FIRST.digest[:16]} is missing"),
        (files(FIRST, THIRD), f"its parent {SECOND.digest[:16]} is missing"),
        ({"000001-0000000000000000.json": FIRST.raw}, "its content is named"),
        ({**files(FIRST), "copy.json": FIRST.raw}, "its content is named"),
        ({**files(FIRST), "000009-x.json": b"{}"}, "not a record"),
        ({f"{FIRST.name}.json": FIRST.raw + b"\n"}, "not canonical"),
        (files(FIRST, entry(3, "IMPLEMENTED", "REVIEWED", FIRST)), "its parents make it 2"),
        (files(FIRST, entry(1, "IMPLEMENTED", "REVIEWED", FIRST)), "not below its own"),
        (files(entry(2, "DESIGNED", "IMPLEMENTED")), "its parents make it 1"),
        (files(FIRST, entry(2, "DESIGNED", "REVIEWED", FIRST)), "its parents ended in IMPLEMENTED"),
        (files(FIRST, entry(2, "IMPLEMENTED", "X", FIRST, FIRST)), "a parent twice"),
        (files(FIRST, SECOND, OTHER, entry(3, "REVIEWED", "X", SECOND, OTHER)), "only a resolve"),
        (files(FIRST, entry(2, "IMPLEMENTED", "X", FIRST, kind="resolve")), "not in conflict"),
        (
            files(FIRST, SECOND, OTHER, entry(3, "A", "REVIEWED", SECOND, OTHER, kind="resolve")),
            f"its parents are in {CONFLICT}",
        ),
        (
            files(FIRST, SECOND, OTHER, entry(3, CONFLICT, "X", SECOND, OTHER, kind="resolve")),
            "none of its parents ended",
        ),
        (
            files(FIRST, entry(2, "IMPLEMENTED", "X", FIRST, kind="annotate")),
            "annotate entry moves",
        ),
        (files(entry(1, "A", "A", kind="annotate")), "cannot begin"),
        (files(entry(1, "A", "A", kind="attempt")), "no place in a log"),
        (files(entry(1, "A", "B", story="OTHER-1")), "belongs to the story OTHER-1"),
    ],
)
def test_what_does_not_hold_together_is_named(broken: dict[str, bytes], reason: str) -> None:
    history = replay(STORY, broken)
    assert reason in reasons(history)
    with pytest.raises(IntegrityBroken, match="does not hold together"):
        sound(history)


def test_a_long_line_is_replayed_without_recursion() -> None:
    made = [FIRST]
    for number in range(2, 300):
        made.append(entry(number, "IMPLEMENTED", "IMPLEMENTED", made[-1]))
    assert sound(replay(STORY, files(*made))).lamport == 299
