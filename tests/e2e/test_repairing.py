"""A flawed version of jwt-auth is found out, upgraded by merge, and taken out without a trace."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from older_patterns import ADVISORY, NEW, OLD, REPAIRED, plant_new, plant_old
from small_world import World, make_world, snapshot, trust_folder

STORY = "AUTH-IMPLEMENT-001"
HOST = Path(__file__).parents[1] / "hosts" / "single_file"
WORDS = (f"story={STORY}", "skill=code-development", "quality_gate=standard", "--no-progress")

pytestmark = [pytest.mark.slow, pytest.mark.whole]


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A host with a committed story and the flawed pattern, trusted."""
    made = replace(make_world(tmp_path / "made"), patience=1500)
    shutil.rmtree(made.root)
    shutil.copytree(HOST, made.root, ignore=shutil.ignore_patterns("__pycache__"))
    made.git("init", "-q", "-b", "main")
    made.git("config", "user.name", "Ada")
    made.git("config", "user.email", "ada@example.org")
    trust_folder(made, plant_old(made.root))
    assert made.run("new", STORY, "--pattern", "jwt-auth").code == 0
    made.commit()
    return made


def attacked(world: World) -> int:
    """Attack the module with the property that the flaw is about."""
    return world.run("attack", "--only", f"{REPAIRED},TOK-01", "--no-progress").code


def tree(world: World) -> dict[str, tuple[object, ...]]:
    ours = (".git", ".orchestrator", "stories", "templates")
    whole = snapshot(world.root, times=False)
    return {path: seen for path, seen in whole.items() if path.split("/")[0] not in ours}


def test_a_planted_flaw_is_repaired_by_an_upgrade_that_keeps_edits(world: World) -> None:
    before = tree(world)
    done = world.run("exec", *WORDS)
    assert done.code == 0, done.err
    assert attacked(world) == 1
    (settings,) = world.root.glob("**/auth/settings.py")
    path = settings.relative_to(world.root).as_posix()
    world.write(path, settings.read_text(encoding="utf-8") + "\n\nOURS = True\n")
    world.commit("ours")

    trust_folder(world, plant_new(world.root))
    world.commit("the newer pattern")
    (one,) = world.run("outdated", "--json").document["outdated"]
    assert (one["used"], one["available"], one["repairs"]) == (OLD, NEW, [REPAIRED, ADVISORY])
    done = world.run("exec", "operation_type=upgrade", *WORDS)
    assert done.code == 0, done.err
    assert "OURS = True" in settings.read_text(encoding="utf-8")
    assert attacked(world) == 0
    assert world.run("outdated").code == 0
    assert world.run("verify", "--no-progress").code == 0

    world.write(path, settings.read_text(encoding="utf-8").replace("\n\nOURS = True\n", ""))
    world.commit("not ours any more")
    done = world.run("exec", "operation_type=remove", *WORDS)
    assert done.code == 0, done.err
    assert tree(world) == before
