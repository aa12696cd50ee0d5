"""Log and evidence as bytes: from a folder or a commit, the same answers, and no link followed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from orchestrator.adapters.publishing.logstore import FolderLog, TreeLog
from orchestrator.core.errors import CannotAnswer
from tests.record_factory import STORY, make, publish


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A working copy with one recorded transition."""
    return publish(tmp_path / "work", make())


def tree(root: Path) -> TreeLog:
    """The same files as a commit would show them."""
    found = (path for path in root.rglob("*") if path.is_symlink() or path.is_file())
    files = {
        path.relative_to(root).as_posix(): "120000 x" if path.is_symlink() else "100644 x"
        for path in found
    }
    return TreeLog(files, lambda path: (root / path).read_bytes())


@pytest.mark.parametrize("log", [FolderLog, tree])
def test_folder_and_commit_give_the_same_log(root: Path, log) -> None:
    made = make()
    store = log(root)
    assert store.stories() == (STORY,)
    assert dict(store.entries(STORY)) == {f"{made.name}.json": made.raw}
    assert store.evidence_names() == tuple(sorted(made.blobs))
    assert {name: store.evidence(name) for name in made.blobs} == made.blobs
    assert store.strangers() == ()
    assert store.file("uv.lock") == (root / "uv.lock").read_bytes()


@pytest.mark.parametrize("log", [FolderLog, tree])
def test_what_is_not_there_is_none(root: Path, log) -> None:
    store = log(root)
    assert store.evidence("0" * 64) is None
    assert store.file("src/nothing.py") is None
    assert dict(store.entries("OTHER-1")) == {}


@pytest.mark.parametrize("log", [FolderLog, tree])
def test_a_symbolic_link_is_a_stranger_and_is_not_read(root: Path, log) -> None:
    outside = root.parent / "outside.json"
    outside.write_text("{}")
    link = root / ".orchestrator/log" / STORY / "000002-0123456789abcdef.json"
    link.symlink_to(outside)
    store = log(root)
    assert len(store.entries(STORY)) == 1
    assert [path for path, _ in store.strangers()] == [link.relative_to(root).as_posix()]
    assert store.file(link.relative_to(root).as_posix()) is None


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        (f".orchestrator/log/{STORY}/notes.json", "does not belong there"),
        (".orchestrator/log/loose.json", "does not belong there"),
        (".orchestrator/evidence/zz/x", "does not belong there"),
        (f".orchestrator/evidence/ff/{'0' * 64}", "does not belong there"),
    ],
)
@pytest.mark.parametrize("log", [FolderLog, tree])
def test_a_file_with_a_name_that_we_never_write_is_a_stranger(
    root: Path, path: str, reason: str, log
) -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text("x")
    store = log(root)
    assert store.strangers() == ((path, reason),)
    assert path.rpartition("/")[2] not in store.evidence_names()


def test_pipes_and_folders_are_strangers_and_nothing_waits_for_them(root: Path) -> None:
    pipe = root / ".orchestrator/log" / STORY / "000002-0123456789abcdef.json"
    os.mkfifo(pipe)
    (root / ".orchestrator/evidence/00").mkdir(exist_ok=True)
    (root / ".orchestrator/evidence/00" / ("0" * 64)).mkdir()
    store = FolderLog(root)
    assert sorted(reason for _, reason in store.strangers()) == ["is a folder", "is a pipe"]
    assert len(store.entries(STORY)) == 1
    assert store.file(pipe.relative_to(root).as_posix()) is None
    assert store.evidence("0" * 64) is None


@pytest.mark.parametrize("folder", [".orchestrator", ".orchestrator/log"])
def test_a_log_behind_a_link_is_not_read(root: Path, folder: str) -> None:
    aside = root.parent / "aside"
    (root / folder).rename(aside)
    (root / folder).symlink_to(aside)
    store = FolderLog(root)
    assert store.stories() == ()
    assert (folder, "is a symbolic link") in store.strangers()


@pytest.mark.parametrize("path", ["../secret", "/etc/hostname", "src/../../secret", "", "src"])
def test_nothing_outside_the_root_is_read(root: Path, path: str) -> None:
    (root.parent / "secret").write_text("x")
    assert FolderLog(root).file(path) is None


@pytest.mark.parametrize("story", ["../log", "a/b", "", "."])
def test_a_story_name_cannot_leave_the_log(root: Path, story: str) -> None:
    assert dict(FolderLog(root).entries(story)) == {}


def test_an_empty_repository_has_no_log(tmp_path: Path) -> None:
    store = FolderLog(tmp_path)
    assert (store.stories(), store.evidence_names(), store.strangers()) == ((), (), ())


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_said_to_be(root: Path) -> None:
    (root / "uv.lock").chmod(0)
    with pytest.raises(CannotAnswer, match=r"uv\.lock cannot be read"):
        FolderLog(root).file("uv.lock")
