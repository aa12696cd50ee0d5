"""Runs at the same time: one story has one runner, two stories both land, nothing is lost."""

from __future__ import annotations

import subprocess

import pytest
from small_world import STORY, STORY_FILE, WORDS, Said, World, left_behind

pytestmark = pytest.mark.slow
OTHER = "GREET-002"


def ended(process: subprocess.Popen[str]) -> Said:
    out, err = process.communicate(timeout=300)
    return Said(process.returncode, out, err)


def wait_for(process: subprocess.Popen[str], step: str) -> None:
    """Read the steps that a run tells until this one."""
    assert process.stderr
    for line in process.stderr:
        if line.startswith(f"- {step}"):
            return
    raise AssertionError(f"the run ended before {step}")


def test_a_second_run_on_one_story_is_told_who_has_it(world: World) -> None:
    first = world.start("exec", f"story={STORY}", *WORDS)
    wait_for(first, "rendering")
    second = world.execute("--json")
    done = ended(first)
    assert second.code == 4
    assert f"story {STORY} is in use by process {first.pid} on" in second.err
    assert second.document["diagnostics"][0]["fix"]
    assert done.code == 0, done.err
    assert world.git("rev-list", "--count", "HEAD").strip() == "2"
    assert world.git("status", "--porcelain") == ""


def test_of_two_runs_that_start_together_exactly_one_goes_on(world: World) -> None:
    words = ("exec", f"story={STORY}", *WORDS)
    both = [ended(one) for one in [world.start(*words), world.start(*words)]]
    assert sorted(one.code for one in both) in ([0, 1], [0, 4]), both
    assert world.git("rev-list", "--count", "HEAD").strip() == "2"
    assert world.run("verify", "--no-progress").code == 0


def test_two_stories_at_once_both_land_or_one_is_told_to_run_again(world: World) -> None:
    text = (world.root / STORY_FILE).read_text(encoding="utf-8")
    renamed = text.replace("GREET-001", OTHER).replace("GREET-REQ", "OTHER-REQ")
    world.write(f"stories/{OTHER}.md", renamed)
    world.commit()
    runs = {story: world.start("exec", f"story={story}", *WORDS) for story in (STORY, OTHER)}
    done = {story: ended(one) for story, one in runs.items()}
    late = [story for story, said in done.items() if said.code != 0]
    assert len(late) <= 1, done
    for story in late:
        assert done[story].code == 4
        assert "HEAD moved" in done[story].err
        assert "try: run the command again" in done[story].err
        again = world.execute(story=story)
        assert again.code == 0, again.err
    assert world.git("rev-list", "--count", "HEAD").strip() == "4"
    assert world.git("status", "--porcelain") == ""
    assert world.run("verify", "--no-progress").code == 0
    assert left_behind(world) == []
