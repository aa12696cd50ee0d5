"""Disk full, broken or read-only at every call of a publish: refused with a remedy, or finished."""

from __future__ import annotations

import errno
from collections.abc import Callable
from typing import Any

import pytest

Drive = Callable[..., list[dict[str, Any]]]
CASES = [
    pytest.param(errno.ENOSPC, "forever", 1, id="the disk is full and stays so"),
    pytest.param(errno.EIO, "once", 1, id="the disk fails once"),
    pytest.param(errno.EROFS, "forever", 3, id="the disk turns read-only"),
]


@pytest.mark.parametrize(("code", "how", "stride"), CASES)
def test_a_failing_disk_leaves_old_or_new_and_says_which(
    drive: Drive, old: dict[str, Any], new: dict[str, Any], code: int, how: str, stride: int
) -> None:
    rows = drive("errors", code, how, stride)
    assert len(rows) > 20
    assert rows[-1]["problem"] is None
    for row in rows:
        at, problem = row["at"], row["problem"]
        assert row["recovered"] in (old, new), at
        if problem is None:
            assert row["recovered"] == new, at
            continue
        assert problem["kind"] == "cannot", problem["problem"]
        assert problem["remedy"], at
        if row["interrupted"] is None:
            assert row["picture"]["files"] == old["files"], at
            assert row["recovered"] == old, at
        else:
            assert "orchestrator recover" in problem["remedy"] or row["recovered"] == old, at
    assert any(row["problem"] for row in rows)
