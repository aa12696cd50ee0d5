"""Taking our lines out of a host's file: exactly ours, wherever a person wrote around them."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.core.changes import File
from orchestrator.core.merging import Merged
from orchestrator.core.pristine import Original
from orchestrator.core.removal import Kept, Leaving, Without, leaving, without_ours

BEFORE = b"import os\n\napp = make()\n"
AFTER = b"import os\nfrom auth import install\n\napp = make()\ninstall(app)\n"
EDIT = Original(BEFORE, AFTER)


def never(base: bytes, ours: bytes, theirs: bytes) -> Merged:
    """A merge that always finds a conflict, so that only the lines themselves can help."""
    return Merged(b"<<<<<<< yours\n", 1)


def always(base: bytes, ours: bytes, theirs: bytes) -> Merged:
    return Merged(b"merged\n", 0)


def test_an_untouched_file_is_what_it_was() -> None:
    assert without_ours(File(AFTER), EDIT, never) == Without(File(BEFORE))
    assert without_ours(File(AFTER, True), EDIT, never) == Without(File(BEFORE, True))


def test_a_file_that_we_made_is_gone_again() -> None:
    made = Original(None, b"auth.db\n")
    assert without_ours(File(b"auth.db\n"), made, never) == Without(None)
    assert without_ours(File(b"auth.db\nmine\n"), made, never) == Without(File(b"mine\n"))


def test_a_merge_without_conflict_is_taken() -> None:
    assert without_ours(File(b"other\n"), EDIT, always) == Without(File(b"merged\n"))


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
    assert without_ours(File(now), EDIT, never) == Without(File(left))


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
    assert isinstance(without_ours(File(now), EDIT, never), str)


LINES = st.lists(st.sampled_from([b"a\n", b"b\n", b"\n", b"  c\r\n", b"d"]), max_size=6)


@given(before=LINES, ours=LINES, at=st.integers(0, 6), more=LINES)
def test_what_a_person_appended_is_never_lost(
    before: list[bytes], ours: list[bytes], at: int, more: list[bytes]
) -> None:
    after = [*before[:at], *ours, *before[at:]]
    original = Original(b"".join(before), b"".join(after))
    mine = b"# mine\n" + b"".join(more)
    now = b"".join(after) + b"\n" + mine
    found = without_ours(File(now), original, never)
    assert isinstance(found, str) or (found.file is not None and mine in found.file.content)


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
