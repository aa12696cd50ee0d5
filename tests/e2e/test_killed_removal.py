"""A removal that dies when its commit is made and its `.env` still lies there, unhidden."""

from __future__ import annotations

import pytest
from small_world import World, trust_folder

REMOVE = "operation_type=remove"
DIES = """\
import os, signal
replace = os.replace

def dying(source, target, **more):
    if "/retired/" in os.fspath(target):
        os.kill(os.getpid(), signal.SIGKILL)
    return replace(source, target, **more)

os.replace = dying
"""


@pytest.fixture
def dead(world: World) -> World:
    """The commit of the removal is there, and git shows a `.env` full of secrets."""
    manifest = (world.root / "templates/greeting/copier.yml").read_text()
    lines = 'lines: ["hello.db*", ".env"]'
    text = manifest.replace('lines: ["hello.db*"]', lines).replace(
        "  documents: []\n",
        "  documents: []\n  env: [{name: HELLO_SECRET, kind: secret, bytes: 32}]\n",
    )
    world.write("templates/greeting/copier.yml", text)
    trust_folder(world, world.root / "templates/greeting")
    world.commit("a secret")
    assert world.execute().code == 0
    place = world.write(".git/dies/sitecustomize.py", DIES).parent
    done = world.execute(REMOVE, PYTHONPATH=str(place))
    assert done.code == -9, done.err
    assert world.git("status", "--porcelain") == "?? .env\n"
    return world


def test_recover_moves_what_the_dead_run_had_promised_to_move(dead: World) -> None:
    secret = (dead.root / ".env").read_text()
    done = dead.run("recover")
    assert done.code == 0, done.err
    assert "moved .env" in done.out
    (kept,) = (dead.root / ".git/orchestrator/retired").iterdir()
    assert kept.read_text() == secret
    assert dead.git("status", "--porcelain") == ""
    assert "nothing to recover" in dead.run("recover").out


def test_the_next_run_moves_it_as_well(dead: World) -> None:
    done = dead.execute(REMOVE)
    assert "already DESIGNED" in done.err
    assert not (dead.root / ".env").exists()


def test_a_person_who_went_on_with_it_keeps_it_and_is_told(dead: World) -> None:
    mine = (dead.root / ".env").read_text() + "MINE=1\n"
    dead.write(".env", mine)
    done = dead.run("recover")
    assert "take HELLO_SECRET out by hand" in done.out
    assert (dead.root / ".env").read_text() == mine
