"""What becomes of each file of an upgrade; every row is one case of new, recorded and present."""

from __future__ import annotations

import pytest

from orchestrator.core.change.changes import File
from orchestrator.core.change.merging import End, Merged, in_conflict, marked, upgraded
from orchestrator.core.change.pristine import Original

OLD, NEW, MINE, BOTH = b"old\n", b"new\n", b"mine\n", b"both\n"


def merge(base: bytes, ours: bytes, theirs: bytes) -> Merged:
    return Merged(BOTH, 0)


def clash(base: bytes, ours: bytes, theirs: bytes) -> Merged:
    return Merged(b"<<<<<<< yours\nmine\n=======\nnew\n>>>>>>> the new render\n", 2)


ROWS: list[tuple[bytes | None, bytes | None, bytes | None, End, bytes | None]] = [
    (NEW, None, None, "written", NEW),
    (NEW, None, NEW, "written", NEW),
    (NEW, OLD, OLD, "written", NEW),
    (NEW, OLD, NEW, "written", NEW),
    (OLD, OLD, OLD, "written", OLD),
    (OLD, OLD, MINE, "kept", MINE),
    (NEW, OLD, MINE, "kept", BOTH),
    (NEW, None, MINE, "kept", BOTH),
    (NEW, OLD, None, "dropped", None),
    (None, OLD, OLD, "gone", None),
    (None, OLD, None, "gone", None),
    (None, OLD, MINE, "released", MINE),
]


@pytest.mark.parametrize(("new", "old", "now", "end", "left"), ROWS)
def test_every_case_ends_in_its_own_way(
    new: bytes | None, old: bytes | None, now: bytes | None, end: End, left: bytes | None
) -> None:
    (one,) = upgraded(
        {"a": File(new)} if new else {},
        {"a": Original(None, old)} if old else {},
        {"a": File(now)} if now else {},
        merge,
    )
    assert one.end == end
    assert (one.file.content if one.file else None) == left
    assert (one.pristine.content if one.pristine else None) == new
    assert bool(one.because) is (end not in ("written", "gone"))


def test_a_conflict_is_marked_counted_and_named() -> None:
    found = upgraded({"a": File(NEW)}, {"a": Original(None, OLD)}, {"a": File(MINE)}, clash)
    (one,) = in_conflict(found)
    assert one.because == "changed on both sides in 2 places"
    assert one.file is not None
    assert marked(one.file.content)


def test_a_settled_file_stands_as_it_is_unless_markers_are_left() -> None:
    new, old = {"a": File(NEW)}, {"a": Original(None, OLD)}
    settled = frozenset({"a"})
    (one,) = upgraded(new, old, {"a": File(MINE)}, clash, settled=settled)
    assert (one.end, one.file) == ("kept", File(MINE))
    left = File(b"x\n>>>>>>> the new render\n")
    (one,) = upgraded(new, old, {"a": left}, clash, settled=settled)
    assert (one.end, one.file) == ("conflict", left)


@pytest.mark.parametrize(
    ("text", "is_marked"),
    [
        (b"<<<<<<< yours\n", True),
        (b"a\n>>>>>>>\r\n", True),
        (b"Title\n=======\n", False),
        (b"x = '<<<<<<< yours'\n", False),
        (b"<<<<<<<<< nine\n", False),
    ],
)
def test_markers_are_known_at_the_start_of_a_line_only(text: bytes, is_marked: bool) -> None:
    assert marked(text) is is_marked


def test_the_executable_bit_is_the_one_that_stands() -> None:
    (one,) = upgraded({"a": File(NEW)}, {"a": Original(None, OLD)}, {"a": File(OLD, True)}, merge)
    assert one.file == File(NEW, True)


def test_what_became_a_link_is_a_persons() -> None:
    for new, old in (({"x": NEW}, {"x": OLD}), ({}, {"x": OLD}), ({"x": NEW}, {})):
        (found,) = upgraded(new, old, {}, merge, links=frozenset({"x"}))
        assert (found.end, found.file, found.pristine) == ("released", None, None)
        assert "it became a link" in found.because
