"""Taking our lines out of a host's file: exactly ours, wherever a person wrote around them."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.core.change.changes import File
from orchestrator.core.change.merging import Merged
from orchestrator.core.change.pristine import Original
from orchestrator.core.change.removal import Kept, Leaving, Without, leaving, without_ours

BEFORE = b"import os\n\napp = make()\n"
AFTER = b"import os\nfrom auth import install\n\napp = make()\ninstall(app)\n"
EDIT = Original(BEFORE, AFTER)
PATH = "notes.txt"


def never(base: bytes, ours: bytes, theirs: bytes) -> Merged:
    """A merge that always finds a conflict, so that only the lines themselves can help."""
    return Merged(b"<<<<<<< yours\n", 1)


def always(base: bytes, ours: bytes, theirs: bytes) -> Merged:
    return Merged(b"merged\n", 0)


def test_an_untouched_file_is_what_it_was() -> None:
    assert without_ours(PATH, File(AFTER), EDIT, never) == Without(File(BEFORE))
    assert without_ours(PATH, File(AFTER, True), EDIT, never) == Without(File(BEFORE, True))


def test_a_file_that_we_made_is_gone_again() -> None:
    made = Original(None, b"auth.db\n")
    assert without_ours(PATH, File(b"auth.db\n"), made, never) == Without(None)
    assert without_ours(PATH, File(b"auth.db\nmine\n"), made, never) == Without(File(b"mine\n"))


def test_a_merge_without_conflict_is_taken() -> None:
    assert without_ours(PATH, File(b"other\n"), EDIT, always) == Without(File(b"merged\n"))


@pytest.mark.parametrize(
    ("now", "left"),
    [
        (AFTER + b"more()\n", BEFORE + b"more()\n"),
        (b"import re\n" + AFTER, b"import re\n" + BEFORE),
        (
            AFTER.replace(b"install(app)\n", b"install(app)\nmore(app)\n"),
            BEFORE + b"more(app)\n",
        ),
    ],
)
def test_lines_beside_ours_stay_where_no_merge_can_tell_them_apart(now: bytes, left: bytes) -> None:
    assert without_ours(PATH, File(now), EDIT, never) == Without(File(left))


@pytest.mark.parametrize(
    "now",
    [
        AFTER.replace(b"install(app)", b"x = install(app)"),
        AFTER.replace(b"install(app)\n", b""),
        AFTER + b"install(app)\n",
    ],
    ids=["changed", "moved away", "twice"],
)
def test_lines_that_are_not_there_exactly_once_are_not_cut(now: bytes) -> None:
    assert isinstance(without_ours(PATH, File(now), EDIT, never), str)


@pytest.mark.parametrize(
    ("before", "now", "left"),
    [
        (b"import a\nimport b\n\nx\n", b"import a\n\nours\n\nx\n", b"import a\n\nx\n"),
        (b"import a\n\nx\n", b"import a\n\n\nours\n\nx\n", b"import a\n\n\nx\n"),
        (b"import a\n\n\nx\n", b"mine\n\nours\n\nx\n", b"mine\n\n\nx\n"),
    ],
    ids=["another change went", "more above", "there were blanks"],
)
def test_blank_lines_on_both_sides_become_those_of_one_unless_there_were_both(
    before: bytes, now: bytes, left: bytes
) -> None:
    head, gap, rest = before.rpartition(b"\nx\n")
    edit = Original(before, head + b"ours\n" + gap + rest)
    assert without_ours(PATH, File(now), edit, never) == Without(File(left))


LINES = st.lists(st.sampled_from([b"a\n", b"b\n", b"\n", b"  c\r\n", b"d"]), max_size=6)


@given(before=LINES, ours=LINES, at=st.integers(0, 6), more=LINES)
def test_what_a_person_appended_is_never_lost(
    before: list[bytes], ours: list[bytes], at: int, more: list[bytes]
) -> None:
    after = [*before[:at], *ours, *before[at:]]
    original = Original(b"".join(before), b"".join(after))
    mine = b"# mine\n" + b"".join(more)
    now = b"".join(after) + b"\n" + mine
    found = without_ours(PATH, File(now), original, never)
    assert isinstance(found, str) or (found.file is not None and mine in found.file.content)
    assert isinstance(found, str) or not found.file or _begins_a_line(mine, found.file.content)


def _begins_a_line(text: bytes, whole: bytes) -> bool:
    return b"\n" + text in b"\n" + whole


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_lines_below_ours_do_not_run_into_the_last_one_of_the_host(end: bytes) -> None:
    """The host's file had no line end at its end, so our edit brought one."""
    original = Original(b"app = make()", end.join((b"app = make()", b"install(app)")))
    now = original.after + end + b"X = 1"
    found = without_ours(PATH, File(now), original, never)
    assert found == Without(File(end.join((b"app = make()", b"X = 1"))))


def test_lines_of_ours_that_were_sorted_among_others_are_cut_one_by_one() -> None:
    original = Original(b"flask\n", b"flask\nargon2>=2\npyjwt>=2\n")
    mixed = b"argon2>=2\nflask\nhttpx\npyjwt>=2\n"
    assert without_ours(PATH, File(mixed), original, never) == Without(File(b"flask\nhttpx\n"))
    pinned = mixed.replace(b"pyjwt>=2", b"pyjwt==2.9")
    assert isinstance(without_ours(PATH, File(pinned), original, never), str)


def test_a_line_of_ours_that_was_moved_is_not_left_by_a_merge_without_conflict() -> None:
    now = BEFORE + b"more(app)\ninstall(app)\n"
    left = without_ours(
        PATH, File(now), Original(BEFORE, BEFORE + b"install(app)\n"), lambda *_: Merged(now, 0)
    )
    assert left == Without(File(BEFORE + b"more(app)\n"))


def test_a_module_that_would_be_no_python_any_more_stays() -> None:
    now = File(b"if loud:\n    install(app)\n")
    broken = without_ours("main.py", now, EDIT, lambda *_: Merged(b"if loud:\n", 0))
    assert broken == "without the lines of our change it would be no Python any more"
    assert without_ours(PATH, now, EDIT, lambda *_: Merged(b"if loud:\n", 0)) == Without(
        File(b"if loud:\n")
    )
    bad = File(b"if loud:\n")
    assert isinstance(without_ours("main.py", bad, EDIT, always), Without)


def leave(
    written: Mapping[str, bytes], edited: Mapping[str, bytes], needed: Mapping[str, str]
) -> Leaving:
    originals = {
        "auth/a.py": Original(None, b"a\n"),
        "auth/b.py": Original(None, b"b\n"),
        "main.py": EDIT,
    }
    now = {path: File(content) for path, content in {**written, **edited}.items()}
    paths = ["auth/a.py", "auth/b.py"]
    return leaving(paths, ["main.py"], originals, now, never, needed=needed)


def test_untouched_files_go_edited_ones_stay_and_missing_ones_need_nothing() -> None:
    found = leave({"auth/a.py": b"a\n"}, {"main.py": AFTER}, {})
    assert found == Leaving(("auth/a.py",), {"main.py": File(BEFORE)}, ())
    found = leave({"auth/a.py": b"a\n", "auth/b.py": b"mine\n"}, {}, {})
    assert found.gone == ("auth/a.py",)
    assert [one.path for one in found.kept] == ["auth/b.py"]


def test_what_is_needed_stays_although_it_is_untouched() -> None:
    needed = {"auth/a.py": "OTHER-1 needs it as well", "main.py": "OTHER-1 needs it as well"}
    found = leave({"auth/a.py": b"a\n"}, {"main.py": AFTER}, needed)
    assert found.gone == ()
    assert found.cut == {}
    assert [one.because for one in found.kept] == ["OTHER-1 needs it as well"] * 2


def test_a_region_that_stays_is_told_with_the_patch_that_takes_it_out() -> None:
    (kept,) = leave({}, {"main.py": AFTER.replace(b"install(app)", b"x = install(app)")}, {}).kept
    assert isinstance(kept, Kept)
    assert "-from auth import install\n" in kept.paste
    assert "-install(app)\n" in kept.paste


def test_what_became_a_link_stays_and_is_told() -> None:
    made = Original(None, b"x = 1\n")
    links = frozenset({"made.py", "main.py"})
    both = {"made.py": made, "main.py": EDIT}
    found = leaving(["made.py"], ["main.py"], both, {}, never, needed={}, links=links)
    assert (found.gone, found.cut) == ((), {})
    assert [one.path for one in found.kept] == ["made.py", "main.py"]
    assert all("it became a link, which is not followed" in one.because for one in found.kept)
    assert "-install(app)" in found.kept[1].paste
