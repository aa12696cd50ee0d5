"""Ctrl-C, a polite end and kill -9 while `exec` runs: nothing lost, nothing left behind."""

from __future__ import annotations

import os
import pty
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest
from small_world import (
    COMMAND,
    STORY,
    STORY_FILE,
    WORDS,
    Said,
    World,
    left_behind,
    processes_of,
    visible,
)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="needs /proc"),
]
SLEEPER = '"""Of the host."""\n\nimport time\n\n\ndef test_patience():\n    time.sleep(100)\n'
POLITE = [signal.SIGINT, signal.SIGTERM]
NO_CHILD = 15.0


def died(world: World, step: str, number: signal.Signals, delay: float, **env: str) -> Said:
    """A run that gets a signal some seconds after it told a step."""
    process = world.start("exec", f"story={STORY}", *WORDS, **env)
    assert process.stderr
    told = []
    for line in process.stderr:
        told.append(line)
        if line.startswith(f"- {step}"):
            break
    time.sleep(delay)
    process.send_signal(number)
    out, err = process.communicate(timeout=100)
    return Said(process.returncode, out, "".join(told) + err)


def childless(world: World) -> bool:
    """No process of the run is left, or they are all about to go."""
    until = time.monotonic() + NO_CHILD
    while processes_of(world) and time.monotonic() < until:
        time.sleep(0.05)
    return processes_of(world) == []


def lands(world: World) -> None:
    """The next run does what the one that died should have done; nothing of that is left."""
    head = world.head()
    state = world.run("recover")
    assert state.code == 0, state.err
    if world.head() == head and "state: DESIGNED" in (world.root / STORY_FILE).read_text():
        done = world.execute()
        assert done.code == 0, done.err
    assert world.git("status", "--porcelain") == ""
    assert world.git("worktree", "list").count("\n") == 1
    assert world.git("rev-list", "--count", f"{STORY}..HEAD").strip() == "1"
    assert left_behind(world) == []
    assert world.run("verify", "--no-progress").code == 0


@pytest.fixture
def marked(world: World) -> World:
    """The world, with a tag where it began."""
    world.git("tag", STORY)
    return world


STEPS = [
    ("reading", 0.0),
    ("rendering", 0.2),
    ("environment with", 0.0),
    ("tests", 0.1),
]


@pytest.mark.parametrize("number", POLITE)
@pytest.mark.parametrize(("step", "delay"), STEPS)
def test_a_polite_end_is_one_line_and_leaves_everything_as_it_was(
    world: World, step: str, delay: float, number: signal.Signals
) -> None:
    before = visible(world.root)
    done = died(world, step, number, delay)
    assert (done.code, done.out) == (130, "")
    assert done.err.splitlines()[-1] == "interrupted; nothing is half-done"
    assert [line for line in done.err.splitlines() if not line.startswith("- ")] == [
        "interrupted; nothing is half-done"
    ]
    assert visible(world.root) == before
    assert left_behind(world) == []
    assert childless(world)


@pytest.mark.parametrize("number", [*POLITE, signal.SIGKILL])
def test_tests_that_run_are_ended_with_the_run(marked: World, number: signal.Signals) -> None:
    marked.write("tests/test_host.py", SLEEPER)
    marked.commit()
    before = visible(marked.root)
    done = died(marked, "host tests", number, 1.0)
    assert done.code == (130 if number in POLITE else -signal.SIGKILL)
    assert childless(marked)
    assert visible(marked.root) == before
    if number in POLITE:
        assert left_behind(marked) == []
    assert marked.execute("--dry-run").code == 0
    assert marked.run("recover").code == 0
    assert left_behind(marked) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_an_environment_that_is_half_made_is_made_again(
    marked: World, number: signal.Signals, tmp_path: Path
) -> None:
    cache = {"ORCHESTRATOR_CACHE": str(tmp_path / "cache")}
    done = died(marked, "environment of", number, 0.5, **cache)
    assert done.code == (130 if number in POLITE else -signal.SIGKILL)
    if number in POLITE:
        assert left_behind(marked) == []
        assert [entry.name for entry in (tmp_path / "cache/environments").iterdir()] == []
    again = marked.execute(**cache)
    assert again.code == 0, again.err
    assert left_behind(marked) == []


@pytest.mark.parametrize(("step", "delay"), [("rendering", 0.2), ("tests", 0.1)])
def test_after_kill_9_before_publishing_everything_is_old_and_the_next_run_lands(
    marked: World, step: str, delay: float
) -> None:
    before = visible(marked.root)
    assert died(marked, step, signal.SIGKILL, delay).code == -signal.SIGKILL
    assert childless(marked)
    assert visible(marked.root) == before
    assert marked.git("status", "--porcelain") == ""
    lands(marked)


@pytest.mark.parametrize("number", POLITE)
@pytest.mark.parametrize("delay", [0.0, 0.06, 0.12])
def test_a_polite_end_while_publishing_is_in_time_or_too_late(
    world: World, number: signal.Signals, delay: float
) -> None:
    head = world.head()
    done = died(world, "publishing", number, delay)
    assert done.code in (0, 130), done.err
    assert ("committed" in done.err) is (done.code == 0) is (world.head() != head)
    assert ("interrupted" in done.err) is (done.code == 130)
    assert world.git("status", "--porcelain") == ""
    assert left_behind(world) == []


@pytest.mark.parametrize("delay", [0.0, 0.06])
def test_a_publish_that_is_killed_is_all_or_nothing_after_recovering(
    marked: World, delay: float
) -> None:
    died(marked, "publishing", signal.SIGKILL, delay)
    lands(marked)


def test_ctrl_c_on_a_terminal_ends_the_run_and_its_children(world: World) -> None:
    setsid = shutil.which("setsid")
    if setsid is None:
        pytest.skip("no setsid here")
    before = visible(world.root)
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [setsid, "--ctty", "--wait", str(COMMAND), "exec", f"story={STORY}", *WORDS],
        cwd=world.root,
        env={**world.env, "TERM": "xterm"},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    shown = b""
    while b"lint" not in shown:
        shown += os.read(ours, 4096)
    os.write(ours, b"\x03")
    shown += _rest(ours)
    assert process.wait(timeout=100) == 130
    assert shown.count(b"interrupted; nothing is half-done") == 1
    assert b"Traceback" not in shown
    assert shown.rstrip().endswith(b"interrupted; nothing is half-done")
    assert visible(world.root) == before
    assert left_behind(world) == []
    assert childless(world)


def _rest(terminal: int) -> bytes:
    """All that is still shown; reading fails when nobody holds the other side."""
    shown = b""
    try:
        while chunk := os.read(terminal, 4096):
            shown += chunk
    except OSError:
        pass
    os.close(terminal)
    return shown
