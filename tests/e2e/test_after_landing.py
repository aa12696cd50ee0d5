"""What was committed: it holds in a fresh clone, is refused a second time, shows tampering."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_world import STORY, STORY_FILE, World

pytestmark = pytest.mark.slow


def clone(world: World, tmp_path: Path) -> World:
    place = tmp_path / "clone"
    world.git("clone", "-q", ".", str(place))
    return World(place, world.env)


def flip(path: Path) -> None:
    """Change one byte of a file, near its end."""
    content = bytearray(path.read_bytes())
    content[-min(40, len(content))] ^= 1
    path.write_bytes(bytes(content))


def test_a_fresh_clone_verifies_and_measures_the_same(after: World, tmp_path: Path) -> None:
    fresh = clone(after, tmp_path)
    verified = fresh.run("verify", "--no-progress")
    assert verified.code == 0, verified.out + verified.err
    measured = fresh.run("gate", "--story", STORY, "--no-progress")
    assert measured.code == 0, measured.out + measured.err
    assert fresh.git("status", "--porcelain") == ""


def test_a_second_run_is_refused_as_done(after: World) -> None:
    done = after.execute("--json")
    assert done.code == 1
    assert "already IMPLEMENTED" in done.err
    assert done.document["outcome"] == "refused"
    assert after.git("status", "--porcelain") == ""


def test_a_state_that_was_edited_by_hand_breaks_integrity(after: World) -> None:
    after.edit(STORY_FILE, "state: IMPLEMENTED", "state: DESIGNED")
    after.commit()
    head = after.head()
    done = after.execute()
    assert done.code == 5
    assert done.err.splitlines()[0].endswith("but its log ends in IMPLEMENTED")
    assert done.err.splitlines()[1].startswith("try: restore `state: IMPLEMENTED`")
    assert after.head() == head
    assert after.run("status").code == 5
    assert after.run("verify", "--no-progress").code == 5


def test_a_generated_file_that_was_edited_is_stale_and_no_forgery(after: World) -> None:
    after.edit("auth/hello.py", "hello from", "hullo from")
    done = after.run("verify", "--no-progress")
    assert done.code == 1, done.err
    assert "auth/hello.py" in done.out + done.err


@pytest.mark.parametrize(
    "where", [".orchestrator/log/*/*.json", ".orchestrator/evidence/*/*", STORY_FILE]
)
def test_one_byte_that_differs_is_named_as_forged(after: World, where: str) -> None:
    path = sorted(after.root.glob(where))[0]
    flip(path)
    done = after.run("verify", "--no-progress", "--json")
    assert done.code == 5, done.out
    assert path.stem[:12] in done.out + done.err
