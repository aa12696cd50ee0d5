"""A dry run says all and changes not one byte; what it shows is what would be committed."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from small_world import STORY_FILE, World, left_behind, snapshot

pytestmark = pytest.mark.slow


def test_a_dry_run_changes_not_a_byte_and_prints_plan_diff_and_gate(world: World) -> None:
    world.write("loose.txt", "untracked\n")
    before = snapshot(world.root)
    done = world.execute("--dry-run")
    assert done.code == 0, done.err
    assert snapshot(world.root) == before
    assert left_behind(world) == []
    for text in ("PLAN GREET-001: DESIGNED -> IMPLEMENTED", "create auth/hello.py", "GATE basic"):
        assert text in done.out
    assert "+++ b/auth/hello.py" in done.out


def test_a_dry_run_as_json_says_what_its_text_says(world: World) -> None:
    text, document = world.execute("--dry-run").out, world.execute("--dry-run", "--json").document
    for one in document["patterns"]:
        chosen = "chosen" if one["chosen"] else "not chosen"
        score = f"score {one['score']['num']}/{one['score']['den']}"
        assert f"pattern {one['name']}: {chosen}, {score}" in text
    assert [one["name"] for one in document["patterns"] if one["chosen"]] == ["greeting"]
    for one in document["observations"]:
        assert f"{one['subject']}: {one['decision']}, {one['because']} ({one['place']})" in text
    assert document["observations"]
    for name, value in document["answers"].items():
        assert f"answer {name}={value} ({document['origins'][name]})" in text
    assert {one["path"]: one["end"] for one in document["edits"]}["main.py"] == "done"


def test_a_refused_dry_run_changes_not_a_byte_either(world: World) -> None:
    world.edit("main.py", "The host", "My host")
    before = snapshot(world.root)
    assert world.execute("--dry-run").code == 4
    assert snapshot(world.root) == before


@pytest.mark.parametrize("as_json", [True, False])
def test_the_diff_of_a_dry_run_gives_exactly_the_files_of_the_commit(
    world: World, landed: World, tmp_path: Path, as_json: bool
) -> None:
    done = world.execute("--dry-run", *(["--json"] if as_json else []))
    patch = tmp_path / "change.diff"
    text = done.document["diff"] if as_json else done.out
    patch.write_bytes(text.encode("utf-8"))
    applied = ["git", "apply", "--index", str(patch)]
    subprocess.run(applied, cwd=world.root, env=world.env, check=True)
    ours = _files_of(landed.git("ls-tree", "-r", "HEAD"))
    assert _files_of(world.git("ls-files", "-s")) == ours


def _files_of(listing: str) -> dict[str, tuple[str, str]]:
    """Mode and blob of every file but the story and what the tool keeps."""
    found = {}
    for line in listing.splitlines():
        head, _, path = line.partition("\t")
        words = [word for word in head.split() if word not in ("blob", "0")]
        if path != STORY_FILE and not path.startswith(".orchestrator/"):
            found[path] = (words[0], words[1])
    return found
