"""Taking a story out again: add then remove is the original tree; what a person wrote stays."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_world import (
    MANIFEST,
    STORY,
    STORY_FILE,
    World,
    left_behind,
    snapshot,
    trust_folder,
)

from orchestrator.core.record.record import FileData, decode, encode, entry_name

REMOVE = "operation_type=remove"


def tree(world: World) -> dict[str, tuple[object, ...]]:
    """Everything but git's own folder, the log and the story."""
    ours = (".git", ".orchestrator", "stories")
    whole = snapshot(world.root, times=False)
    return {path: seen for path, seen in whole.items() if path.split("/")[0] not in ours}


def test_add_then_remove_is_the_original_tree_byte_for_byte(original: World, after: World) -> None:
    assert tree(after) != tree(original)
    done = after.execute(REMOVE, "--json")
    assert done.code == 0, done.err
    assert tree(after) == tree(original)
    assert after.git("status", "--porcelain") == ""
    assert left_behind(after) == []
    assert (done.document["from"], done.document["to"]) == ("IMPLEMENTED", "DESIGNED")
    told = after.git("log", "-1", "--format=%s")
    assert told == f"{STORY}: code removal, IMPLEMENTED to DESIGNED\n"
    changes = {one["path"]: one["change"] for one in done.document["files"]}
    assert changes["auth/hello.py"] == "delete"
    assert changes["main.py"] == "cut"
    assert changes[".gitignore"] == "cut"


def test_what_was_removed_verifies_and_can_be_implemented_again(after: World) -> None:
    before = tree(after)
    assert after.execute(REMOVE).code == 0
    assert after.run("verify", "--no-progress").code == 0
    assert "DESIGNED" in after.run("status").out
    again = after.execute()
    assert again.code == 0, again.err
    assert tree(after) == before
    assert after.run("verify", "--no-progress").code == 0


def test_nothing_is_removed_twice_or_before_it_was_there(world: World, after: World) -> None:
    early = world.execute(REMOVE)
    assert early.code == 1
    assert "code.remove starts from" in early.err
    assert "`orchestrator log`" in early.err
    assert after.execute(REMOVE).code == 0
    late = after.execute(REMOVE)
    assert late.code == 1
    assert "already DESIGNED" in late.err


def test_an_edited_file_stays_and_is_listed(after: World) -> None:
    after.edit("auth/hello.py", "hello from", "hullo from")
    after.commit("ours")
    done = after.execute(REMOVE)
    assert done.code == 0, done.err
    assert "hullo from" in (after.root / "auth/hello.py").read_text()
    assert not (after.root / "auth/__init__.py").exists()
    assert "auth/hello.py" in done.out
    assert "it was edited since it was written" in " ".join(done.out.split())
    assert after.run("verify", "--no-progress").code == 0


def test_what_became_a_link_stays_and_is_told_as_one(after: World) -> None:
    for path, target in (("auth/hello.py", "../real.py"), (".gitignore", "ignored")):
        place = after.root / path
        place.rename(place.parent / target)
        place.symlink_to(target)
    after.commit("links")
    done = after.execute(REMOVE, "--json")
    assert done.code == 0, done.err
    assert (after.root / "auth/hello.py").is_symlink()
    assert (after.root / "real.py").is_file()
    changes = {one["path"]: one["change"] for one in done.document["files"]}
    assert (changes["auth/hello.py"], changes[".gitignore"]) == ("release", "release")
    report = " ".join(after.run("show", STORY).out.split())
    assert "it became a link, which is not followed: it is yours now|ref=auth/hello.py" in report
    assert "our lines stay in the file that it leads to|ref=.gitignore" in report
    assert after.run("verify", "--no-progress").code == 0


def test_lines_that_a_person_wrote_around_ours_stay(after: World) -> None:
    after.edit("main.py", '"""The host."""\n', '"""The host."""\n\nimport os\n')
    after.write("main.py", (after.root / "main.py").read_text() + "\n\nNAME = os.name\n")
    after.commit("ours")
    assert after.execute(REMOVE).code == 0
    text = (after.root / "main.py").read_text()
    assert "import os" in text
    assert "NAME = os.name" in text
    assert "hello" not in text


def test_code_that_the_host_uses_is_not_taken_from_under_it(after: World) -> None:
    after.write("other.py", "from auth import hello\n\nprint(hello)\n")
    after.write("tests/test_other.py", "def test_it():\n    from auth.hello import install_hello\n")
    after.commit("ours")
    head = after.head()
    done = after.execute(REMOVE)
    assert done.code == 1
    assert "missing_inputs=[nothing_depends]" in " ".join(done.out.split())
    assert "other.py:1" in done.err
    assert "tests/test_other.py:2" in done.err
    assert after.head() == head


def test_a_region_that_cannot_be_cut_blocks_with_its_place(after: World) -> None:
    path = after.root / "main.py"
    call = next(line for line in path.read_text().splitlines() if line.startswith("install_hello"))
    after.edit("main.py", call, f"GREETER = {call}")
    after.commit("ours")
    done = after.execute(REMOVE)
    assert done.code == 1
    assert "main.py:" in done.err


def test_a_dry_run_of_a_removal_writes_nothing(after: World) -> None:
    before = snapshot(after.root)
    done = after.execute(REMOVE, "--dry-run", "--json")
    assert done.code == 0, done.err
    assert {"path": "auth/hello.py", "change": "delete", "sha256": None} in done.document["files"]
    assert snapshot(after.root) == before


def test_a_removal_that_breaks_a_test_of_the_host_is_not_published(after: World) -> None:
    text = "import importlib\n\n\ndef test_it():\n    importlib.import_module('auth.hello')\n"
    after.write("tests/test_dynamic.py", text)
    after.commit("ours")
    head = after.head()
    done = after.execute(REMOVE)
    assert done.code == 1, done.err
    assert "host-tests" in done.err
    assert after.head() == head


@pytest.mark.parametrize("path", ["main.py", "auth/hello.py"])
def test_uncommitted_work_in_the_way_stops_a_removal(after: World, path: str) -> None:
    after.write(path, (after.root / path).read_text() + "\n# mine\n")
    done = after.execute(REMOVE)
    assert done.code == 4
    assert path in done.err


def test_removal_survives_line_ends_and_a_missing_last_one(world: World) -> None:
    raw = b'"""The host."""\r\n\r\nfrom fastapi import FastAPI\r\n\r\napp = FastAPI()'
    (world.root / "main.py").write_bytes(raw)
    world.write(".gitattributes", "* -text\n")
    world.commit()
    before = tree(world)
    assert world.execute().code == 0
    assert (world.root / "main.py").read_bytes() != raw
    done = world.execute(REMOVE)
    assert done.code == 0, done.err
    assert tree(world) == before


def test_the_pristine_renders_are_covered_by_verify(after: World) -> None:
    stored = [path for path in after.root.glob(".orchestrator/evidence/*/*") if _is_pack(path)]
    (pack,) = stored
    raw = bytearray(pack.read_bytes())
    raw[len(raw) // 2] ^= 1
    pack.write_bytes(bytes(raw))
    done = after.run("verify", "--no-progress")
    assert done.code == 5
    after.commit("forged")
    refused = after.execute(REMOVE)
    assert refused.code == 5, refused.err


def _is_pack(path: Path) -> bool:
    import zlib

    return b"story-orchestrator/pristine/1" in zlib.decompress(path.read_bytes())


def test_the_story_keeps_both_reports(after: World) -> None:
    assert after.execute(REMOVE).code == 0
    text = " ".join((after.root / STORY_FILE).read_text().split())
    assert text.count("[TRANSITION|code-development]") == 2
    report = text.rpartition("[TRANSITION|")[2]
    assert "implementation taken out: 3 removed, 2 cut" in report
    assert "requirement" not in report


def with_secret(world: World) -> None:
    """The pattern wants a secret in a `.env` that git ignores, and leaves a step for removal."""
    text = MANIFEST.replace('["hello.db*"]', '["hello.db*", ".env"]').replace(
        "  documents: []\n",
        "  documents: []\n"
        "  env: [{name: HELLO_SECRET, kind: secret, bytes: 32}]\n"
        "  removal: [{action: 'drop the table of {{ package_import }}', owner: qa, due_days: 3}]\n",
    )
    world.write("templates/greeting/copier.yml", text)
    trust_folder(world, world.root / "templates/greeting")
    world.commit("a secret")


def test_a_secret_of_ours_leaves_the_working_copy_and_is_not_lost(world: World) -> None:
    with_secret(world)
    before = tree(world)
    assert world.execute().code == 0
    secret = (world.root / ".env").read_text()
    done = world.execute(REMOVE, "--json")
    assert done.code == 0, done.err
    assert tree(world) == before
    (kept,) = (world.root / ".git/orchestrator/retired").iterdir()
    assert kept.read_text() == secret
    assert kept.stat().st_mode & 0o077 == 0
    assert secret.partition("=")[2].strip() not in done.out + done.err
    (step,) = done.document["follow_ups"]
    assert step["action"] == "drop the table of auth"
    assert step["owner"] == "qa"


def test_secrets_of_the_users_own_stay_and_stay_hidden(world: World) -> None:
    with_secret(world)
    assert world.execute().code == 0
    mine = (world.root / ".env").read_text() + "MINE=1\n"
    world.write(".env", mine)
    done = world.execute(REMOVE)
    assert done.code == 0, done.err
    assert (world.root / ".env").read_text() == mine
    assert world.git("status", "--porcelain") == ""
    assert "take HELLO_SECRET out by hand" in done.err
    assert ".gitignore" in done.out


def test_what_another_story_needs_stays_and_both_can_leave(original: World, after: World) -> None:
    made = after.run("new", "GREET-002", "--pattern", "greeting")
    assert made.code == 0, made.err
    after.commit("a second story")
    second = after.execute(story="GREET-002")
    assert second.code == 0, second.err
    done = after.execute(REMOVE)
    assert done.code == 0, done.err
    text = (after.root / "main.py").read_text()
    assert "from auth.hello import" not in text
    assert "install_hello_module(app)" in text
    assert "GREET-002 needs it as well" in " ".join(done.out.split())
    assert "hello.db*" in (after.root / ".gitignore").read_text()
    assert after.run("verify", "--no-progress").code == 0
    last = after.execute(REMOVE, story="GREET-002")
    assert last.code == 0, last.err
    for path in ("main.py", ".gitignore"):
        assert (after.root / path).read_text() == (original.root / path).read_text()
    assert after.run("verify", "--no-progress").code == 0


def test_what_python_compiled_of_our_modules_leaves_with_their_folders(after: World) -> None:
    for folder, name in (("auth", "hello.cpython-311"), ("tests/auth", "test_hello.cp-pytest-8")):
        after.write(f"{folder}/__pycache__/{name}.pyc", "compiled")
    mine = after.write("tests/__pycache__/test_host.cpython-311.pyc", "compiled")
    assert after.execute(REMOVE).code == 0
    assert not (after.root / "auth").exists()
    assert not (after.root / "tests/auth").exists()
    assert mine.exists()


def test_a_persons_files_in_our_folder_stay_and_may_not_rest_on_ours(after: World) -> None:
    after.write("auth/mine.py", "X = 1\n")
    after.write("auth/other.py", "from auth.mine import X\nfrom .hello import install_hello\n")
    after.commit("ours")
    done = after.execute(REMOVE)
    assert done.code == 1
    assert "auth/other.py:2" in done.err
    assert "auth/other.py:1" not in done.err
    after.write("auth/other.py", "from .mine import X\n")
    after.write("auth/notes.txt", "not even committed\n")
    after.git("add", "auth/other.py")
    after.git("commit", "-q", "-m", "free of it")
    assert after.execute(REMOVE).code == 0
    left = sorted(path.name for path in (after.root / "auth").iterdir())
    assert left == ["mine.py", "notes.txt", "other.py"]


@pytest.mark.parametrize("kind", ["link", "folder", "branch"])
def test_a_secret_that_stays_where_it_is_stays_hidden(world: World, kind: str) -> None:
    """Else the next `git add` would commit it."""
    with_secret(world)
    assert world.execute().code == 0
    env = world.root / ".env"
    words = []
    if kind == "link":
        env.rename(world.root.parent / "kept.env")
        env.symlink_to(world.root.parent / "kept.env")
    elif kind == "folder":
        env.unlink()
        world.write(".env/secret", "HELLO_SECRET=1\n")
    else:
        words.append("mode=branch")
    done = world.execute(REMOVE, *words)
    assert done.code == 0, done.err
    if kind == "branch":
        world.git(
            "merge", "-q", world.git("branch", "--list", "story/*", "--format=%(refname)").strip()
        )
    assert world.git("status", "--porcelain") == ""
    assert ".env" in (world.root / ".gitignore").read_text().splitlines()


@pytest.mark.parametrize(
    "path",
    [
        "../other.txt",
        ".git/config",
        ".orchestrator/policy.yaml",
        "orchestrator.yaml",
        STORY_FILE,
        "main.py",
        "conftest.py",
    ],
)
def test_a_forged_record_cannot_have_just_any_file_deleted(after: World, path: str) -> None:
    (entry,) = after.root.glob(f".orchestrator/log/{STORY}/*.json")
    record = decode(entry.read_bytes())
    listed = [one for one in record.files if one.path != path]
    mine = FileData(path=path, change="create", sha256="0" * 64, pristine="0" * 40)
    raw = encode(record.model_copy(update={"files": (*listed, mine)}))
    entry.unlink()
    entry.with_name(f"{entry_name(raw)}.json").write_bytes(raw)
    after.commit("forged")
    before = tree(after)
    for words in (REMOVE, "operation_type=upgrade"):
        done = after.execute(words)
        assert done.code == 5, done.err
        assert path in done.err
    assert tree(after) == before


def test_evidence_that_was_altered_stops_a_run_that_would_name_it_again(after: World) -> None:
    """Wherever the same bytes are evidence once more, it is their name that is wrong then."""
    (entry,) = after.root.glob(f".orchestrator/log/{STORY}/*.json")
    pristine = decode(entry.read_bytes()).pristine
    for path in after.root.glob(".orchestrator/evidence/*/*"):
        if path.name != pristine:
            path.write_bytes(path.read_bytes() + b"\n")
    after.commit("forged")
    head = after.head()
    done = after.execute(REMOVE)
    assert done.code == 5, done.err
    assert "is not what its name says" in done.err
    assert after.head() == head
