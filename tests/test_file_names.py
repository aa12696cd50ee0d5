"""Test files have names of their own: pytest imports them by name, and the second would be lost."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

HERE = Path(__file__).parent
NOT_COLLECTED = {"build", "cases", "dist", "hosts", "snapshots"}


def twice(folder: Path) -> list[str]:
    """The names that more than one collected test file below a folder has."""
    names = Counter(
        path.name
        for path in folder.rglob("test_*.py")
        if NOT_COLLECTED.isdisjoint(path.relative_to(folder).parts)
    )
    return sorted(name for name, count in names.items() if count > 1)


def test_no_two_test_files_share_a_name() -> None:
    assert twice(HERE) == []


@pytest.mark.parametrize(
    ("other", "found"),
    [("b/test_x.py", ["test_x.py"]), ("b/test_y.py", []), ("b/cases/test_x.py", [])],
)
def test_a_shared_name_is_seen_where_tests_are_collected(
    tmp_path: Path, other: str, found: list[str]
) -> None:
    for path in ("a/test_x.py", other):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).touch()
    assert twice(tmp_path) == found
