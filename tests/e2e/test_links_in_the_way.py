"""Symbolic links where the tool would write: named before the gate runs, never followed."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_world import World, snapshot


@pytest.mark.parametrize("path", [".gitignore", ".orchestrator", ".orchestrator/log", "main.py"])
def test_a_link_in_the_way_is_named_and_not_followed(
    world: World, tmp_path: Path, path: str
) -> None:
    outside = tmp_path / "outside"
    place = world.root / path
    if place.is_file():
        outside.write_bytes(place.read_bytes())
        place.unlink()
    else:
        outside.mkdir()
        place.parent.mkdir(exist_ok=True)
    place.symlink_to(outside)
    world.commit("a link")
    before, around = world.head(), snapshot(tmp_path / "outside")
    done = world.execute("--dry-run")
    if path == "main.py":
        assert "app_found" in done.err
    else:
        assert done.code == 4, done.out
        assert f"{path} is a symbolic link" in done.err
    assert world.execute().code == done.code
    assert world.head() == before
    assert snapshot(tmp_path / "outside") == around
