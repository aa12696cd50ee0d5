"""A disk that is really full and one that is really read-only, in a mount name space of its own."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

Drive = Callable[..., list[dict[str, Any]]]


def why_not() -> str:
    """The reason that nothing can be mounted here, or nothing."""
    if shutil.which("unshare") is None:
        return "unshare is not installed; the shim alone was tried"
    probe = ["unshare", "-rm", "sh", "-c", "mount -t tmpfs -o size=1m tmpfs /mnt"]
    done = subprocess.run(probe, capture_output=True, text=True)
    return f"nothing may be mounted here: {done.stderr.strip()}" if done.returncode else ""


REASON = why_not()
pytestmark = [pytest.mark.slow, pytest.mark.skipif(bool(REASON), reason=REASON)]


def test_a_full_disk_refuses_until_there_is_room(
    drive: Drive, old: dict[str, Any], new: dict[str, Any]
) -> None:
    *refused, done = drive("full-disk", on_disk="3m")
    assert done["problem"] is None
    assert done["picture"] == new
    assert len(refused) > 3
    for row in refused:
        assert row["problem"]["kind"] == "cannot", row["problem"]["problem"]
        assert row["problem"]["remedy"], row["at"]
        assert row["picture"] in (old, new), row["at"]


def test_a_read_only_disk_refuses_and_says_so(drive: Drive, old: dict[str, Any]) -> None:
    (row,) = drive("read-only-disk", on_disk="20m")
    assert "Read-only file system" in row["problem"]["problem"]
    assert "writable" in row["problem"]["remedy"]
    assert row["picture"] == old
