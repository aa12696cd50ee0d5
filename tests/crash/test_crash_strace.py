"""The same deaths by strace, which knows nothing of our code, and deaths of git while we live."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

Drive = Callable[..., list[dict[str, Any]]]


def why_not() -> str:
    """The reason that strace cannot run here, or nothing."""
    if shutil.which("strace") is None:
        return "strace is not installed; the shim alone was tried"
    probe = ["strace", "-qq", "-e", "inject=rename:signal=SIGKILL", "-o", "/dev/null", "true"]
    done = subprocess.run(probe, capture_output=True, text=True)
    return f"strace may not trace here: {done.stderr.strip()}" if done.returncode else ""


REASON = why_not()
pytestmark = [pytest.mark.slow, pytest.mark.skipif(bool(REASON), reason=REASON)]


@pytest.mark.parametrize(
    ("calls", "stride"),
    [
        ("fsync", 1),
        ("rename,renameat,renameat2", 1),
        ("link,linkat", 1),
        ("rmdir", 1),
        ("mkdir,mkdirat", 2),
        ("write", 2),
        ("unlink,unlinkat", 3),
    ],
)
def test_killed_by_strace_it_recovers_to_fully_old_or_fully_new(
    drive: Drive, old: dict[str, Any], new: dict[str, Any], calls: str, stride: int
) -> None:
    rows = drive("strace", calls, stride)
    ends, repeats = rows[::2], rows[1::2]
    assert ends[-1]["status"] == 0, ends[-1]["said"]
    assert len(ends) > 1
    for end, repeat in zip(ends, repeats, strict=True):
        assert "Traceback" not in end["said"], end["said"]
        assert end["picture"] in (old, new), end["at"]
        assert repeat["same"], end["at"]
        assert repeat["second"] is None, end["at"]


@pytest.mark.parametrize(
    "command", ["hash-object", "read-tree", "update-index", "write-tree", "commit-tree"]
)
def test_git_killed_before_the_commit_point_changes_nothing(
    drive: Drive, old: dict[str, Any], command: str
) -> None:
    rows = drive("git-killed", command)
    told, after = rows[::2], rows[1::2]
    assert len(told) > 1
    for row, later in zip(told[:-1], after[:-1], strict=True):
        assert row["status"] == 4, row["said"]
        if later["waiting"] is None:
            assert row["alone"]["files"] == old["files"], row["at"]
            assert later["picture"] == old, row["at"]


@pytest.mark.parametrize("command", ["checkout-index", "update-ref"])
def test_git_killed_while_it_writes_leaves_old_or_new_at_once(
    drive: Drive, old: dict[str, Any], new: dict[str, Any], command: str
) -> None:
    rows = drive("git-killed", command)
    assert len(rows) > 2
    for row, later in zip(rows[::2], rows[1::2], strict=True):
        assert row["alone"] == (new if row["status"] == 0 else old), (row["at"], row["said"])
        assert later["waiting"] is None
        assert later["picture"] == row["alone"]
