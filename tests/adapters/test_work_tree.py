"""The user's files: listed, read and created, never overwritten."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from orchestrator.adapters.files.work_tree import FileWorkTree, repository_root
from orchestrator.core.errors import CannotAnswer


@pytest.fixture
def tree(tmp_path: Path) -> FileWorkTree:
    return FileWorkTree(tmp_path)


def test_the_repository_is_found_upwards(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "a" / "b").mkdir(parents=True)
    assert repository_root(tmp_path / "a" / "b") == tmp_path


def test_a_linked_worktree_is_a_repository_too(tmp_path: Path) -> None:
    (tmp_path / ".git").write_text("gitdir: elsewhere\n", encoding="utf-8")
    assert repository_root(tmp_path) == tmp_path


def test_outside_a_repository_the_remedy_is_told(tmp_path: Path) -> None:
    with pytest.raises(CannotAnswer, match="not inside a git repository") as caught:
        repository_root(tmp_path)
    assert "git init" in caught.value.remedy


def test_openings_are_sorted_and_short(tree: FileWorkTree) -> None:
    (tree.root / "s").mkdir()
    for name in ("b.md", "a.md", "c.txt"):
        (tree.root / "s" / name).write_text(f"{name} and more", encoding="utf-8")
    (tree.root / "s" / "d.md").mkdir()
    assert list(tree.openings("s", ".md", 4)) == [("s/a.md", b"a.md"), ("s/b.md", b"b.md")]


def test_an_absent_folder_has_no_openings_and_no_names(tree: FileWorkTree) -> None:
    assert list(tree.openings("s", ".md", 4)) == []
    assert tree.names("s") == ()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_file_is_told_as_such(tree: FileWorkTree) -> None:
    (tree.root / "s").mkdir()
    (tree.root / "s" / "a.md").touch(mode=0)
    assert list(tree.openings("s", ".md", 4)) == [("s/a.md", None)]


def test_an_absent_file_is_none_and_a_folder_is_refused(tree: FileWorkTree) -> None:
    assert tree.read("a") is None
    (tree.root / "a").mkdir()
    with pytest.raises(CannotAnswer):
        tree.read("a")


def test_a_file_is_created_with_its_folders(tree: FileWorkTree) -> None:
    assert tree.create("a/b/c.md", b"text")
    assert tree.read("a/b/c.md") == b"text"
    assert tree.names("a/b") == ("c.md",)


def test_a_file_is_never_overwritten(tree: FileWorkTree) -> None:
    tree.create("c.md", b"first")
    assert not tree.create("c.md", b"second")
    assert tree.read("c.md") == b"first"
    assert tree.names(".") == ("c.md",)


def test_a_dangling_link_is_not_written_through(tree: FileWorkTree) -> None:
    (tree.root / "c.md").symlink_to(tree.root / "elsewhere")
    assert not tree.create("c.md", b"text")
    assert not (tree.root / "elsewhere").exists()


def test_a_folder_that_is_a_link_is_refused(tree: FileWorkTree, tmp_path: Path) -> None:
    (tree.root / "real").mkdir()
    (tree.root / "s").symlink_to(tree.root / "real")
    with pytest.raises(CannotAnswer, match="s is a symbolic link"):
        tree.create("s/a.md", b"text")
    assert list((tree.root / "real").iterdir()) == []


def test_a_folder_is_created_once(tree: FileWorkTree) -> None:
    assert tree.create("a/b", None)
    assert not tree.create("a/b", None)


def test_a_file_in_the_way_of_a_folder_is_said(tree: FileWorkTree) -> None:
    tree.create("a", b"")
    with pytest.raises(CannotAnswer):
        tree.create("a", None)
    with pytest.raises(CannotAnswer):
        tree.create("a/b", b"text")


def test_a_bare_repository_is_none_to_work_in_even_inside_a_checkout(tmp_path: Path) -> None:
    for folder in (tmp_path / ".git", tmp_path / "bare.git"):
        for name in ("objects", "refs"):
            (folder / name).mkdir(parents=True)
        (folder / "HEAD").write_text("ref: refs/heads/main\n", encoding="utf-8")
    with pytest.raises(CannotAnswer, match="is a bare git repository"):
        repository_root(tmp_path / "bare.git" / "refs")
    assert repository_root(tmp_path / ".git" / "refs") == tmp_path


def test_a_link_in_the_path_is_refused_and_a_plain_path_is_not(tree: FileWorkTree) -> None:
    tree.create("s/a.md", b"text")
    (tree.root / "s/b.md").symlink_to("a.md")
    (tree.root / "t").symlink_to("s")
    tree.refuse_links("s/a.md")
    tree.refuse_links("s/none.md")
    for path in ("s/b.md", "t/a.md"):
        with pytest.raises(CannotAnswer, match="is a symbolic link"):
            tree.refuse_links(path)
