"""Hosts whose checkout has other line ends than their commits, as git on Windows sets them."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_world import STORY_FILE, World, snapshot, trust_folder

AUTO = ("core.autocrlf", "true")


def tree(world: World) -> dict[str, tuple[object, ...]]:
    whole = snapshot(world.root, times=False)
    ours = (".git", ".orchestrator", "stories")
    return {path: seen for path, seen in whole.items() if path.split("/")[0] not in ours}


def checked_out_again(world: World) -> None:
    """Every file as a fresh clone would have it; the pattern is trusted as it lies there then."""
    world.git("rm", "-q", "--cached", "-r", ".")
    world.git("reset", "-q", "--hard")
    trust_folder(world, world.root / "templates/greeting")


def verified(world: World) -> None:
    done = world.run("verify", "--no-progress")
    assert done.code == 0, done.out + done.err
    assert world.git("status", "--porcelain") == ""


def ends(path: Path) -> tuple[int, int]:
    raw = path.read_bytes()
    return raw.count(b"\r\n"), raw.count(b"\n")


@pytest.mark.parametrize("how", ["autocrlf", "attributes"])
def test_add_edit_upgrade_and_remove_where_the_checkout_has_other_line_ends(
    world: World, how: str
) -> None:
    if how == "autocrlf":
        world.git("config", *AUTO)
    else:
        world.write(".gitattributes", "* text=auto eol=crlf\n")
        world.commit("line ends")
    checked_out_again(world)
    before = tree(world)
    assert ends(world.root / STORY_FILE)[0] > 0
    done = world.execute()
    assert done.code == 0, done.err
    verified(world)
    crlf, lines = ends(world.root / "main.py")
    assert crlf == lines
    module = world.root / "auth/hello.py"
    assert ends(module)[0] == ends(module)[1] > 0
    module.write_bytes(module.read_bytes().replace(b"knows nobody", b"knows somebody"))
    assert world.run("verify", "--no-progress").code == 1
    world.commit("ours")
    upgraded = world.execute("operation_type=upgrade", "prefix=/hi")
    assert upgraded.code == 0, upgraded.err
    assert b"knows somebody" in module.read_bytes()
    verified(world)
    module.write_bytes(module.read_bytes().replace(b"knows somebody", b"knows nobody"))
    world.commit("not ours any more")
    removed = world.execute("operation_type=remove")
    assert removed.code == 0, removed.err
    verified(world)
    assert tree(world) == before


def test_line_ends_that_a_person_committed_are_a_change(after: World) -> None:
    after.git("config", "core.autocrlf", "false")
    module = after.root / "auth/hello.py"
    module.write_bytes(module.read_bytes().replace(b"\n", b"\r\n"))
    after.commit("other line ends")
    done = after.run("verify", "--no-progress")
    assert done.code == 1
    assert "auth/hello.py" in done.out
