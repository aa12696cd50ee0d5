"""Everything of a pattern's folder is read, in bounds, and nothing that leads out of it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from orchestrator.adapters.patterns.bundled import bundled
from orchestrator.adapters.patterns.template_folder import digest_of, read_folder
from orchestrator.core.change.changes import File
from orchestrator.core.errors import CannotAnswer


def test_files_are_read_with_their_bits_and_caches_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "a" / "__pycache__").mkdir(parents=True)
    (tmp_path / "a" / "__pycache__" / "x.pyc").write_bytes(b"0")
    (tmp_path / "a" / "one").write_bytes(b"1")
    (tmp_path / "two").write_bytes(b"2")
    (tmp_path / "two").chmod(0o755)
    assert read_folder(tmp_path) == {"a/one": File(b"1"), "two": File(b"2", executable=True)}


@pytest.mark.parametrize("kind", ["link", "folder link", "fifo"])
def test_what_is_no_plain_file_is_refused(tmp_path: Path, kind: str) -> None:
    if kind == "fifo":
        os.mkfifo(tmp_path / "odd")
    else:
        (tmp_path / "odd").symlink_to("/etc" if kind == "folder link" else "/etc/hostname")
    with pytest.raises(CannotAnswer, match="odd"):
        read_folder(tmp_path)


def test_a_folder_that_is_too_large_is_refused(tmp_path: Path) -> None:
    (tmp_path / "big").write_bytes(b"0" * 5_000_001)
    with pytest.raises(CannotAnswer, match="more than"):
        read_folder(tmp_path)


def test_the_digest_does_not_confuse_names_and_content() -> None:
    one = digest_of({"a": File(b"b"), "c": File(b"d")})
    two = digest_of({"a": File(b"d"), "c": File(b"b")})
    assert one != two
    assert one == digest_of({"c": File(b"d"), "a": File(b"b")})


@pytest.mark.parametrize("name", ["skills", "templates"])
def test_bundled_folders_are_found(name: str) -> None:
    assert any(bundled(name).iterdir())
