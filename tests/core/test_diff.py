"""A diff of changes is one that git itself can apply."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from orchestrator.core.change.changes import Change, File
from orchestrator.core.change.diff import unified


def _applied(folder: Path, diff: str) -> None:
    subprocess.run(["git", "init", "-q", "."], cwd=folder, check=True)
    subprocess.run(["git", "apply", "-"], cwd=folder, input=diff.encode(), check=True)


@pytest.mark.parametrize(
    "after",
    [
        b"one\n",
        b"one\ntwo\n",
        b"no end",
        "naïve — “text”\n".encode(),
        b"one\r\ntwo\r\n",
        b"a\x0cb\n",
    ],
)
def test_git_applies_a_created_file(tmp_path: Path, after: bytes) -> None:
    _applied(tmp_path, unified([Change("a/b.py", "create", None, File(after))]))
    assert (tmp_path / "a/b.py").read_bytes() == after


@pytest.mark.parametrize(
    ("before", "after"),
    [(b"a\nb\nc\n", b"a\nB\nc\n"), (b"a\nb", b"a\nb\n"), (b"a\r\nb\r\n", b"a\r\nc\r\n")],
)
def test_git_applies_an_update(tmp_path: Path, before: bytes, after: bytes) -> None:
    (tmp_path / "f.txt").write_bytes(before)
    _applied(tmp_path, unified([Change("f.txt", "update", File(before), File(after))]))
    assert (tmp_path / "f.txt").read_bytes() == after


def test_git_applies_a_deletion(tmp_path: Path) -> None:
    (tmp_path / "f.txt").write_bytes(b"gone\n")
    _applied(tmp_path, unified([Change("f.txt", "delete", File(b"gone\n"), None)]))
    assert not (tmp_path / "f.txt").exists()


def test_git_applies_an_executable_bit(tmp_path: Path) -> None:
    _applied(tmp_path, unified([Change("run.sh", "create", None, File(b"#!/bin/sh\n", True))]))
    assert (tmp_path / "run.sh").stat().st_mode & 0o100


def test_binary_content_is_only_named() -> None:
    said = unified([Change("x.bin", "create", None, File(b"\xff\x00"))])
    assert "Binary files" in said
    assert "\x00" not in said


def test_what_is_the_same_is_left_out() -> None:
    assert unified([Change("same.py", "same", File(b"x"), File(b"x"))]) == ""
