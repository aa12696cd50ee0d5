"""Others at work in the same repository: the user's editor, the user's git, more publishers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import crash_faults
import crash_host
import pytest

from orchestrator.adapters.publishing import placement
from orchestrator.core.errors import CannotAnswer

Drive = Callable[..., list[dict[str, Any]]]


class Died(BaseException):
    """Stands for a death: nothing of ours catches it, and nothing of ours runs after it."""


@pytest.fixture
def half_way(template: Path, place: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A host whose publish died after the commit point, when the first file was in place."""
    root = crash_host.copy(template, place / "host")
    advanced = placement.Placement._advance

    def advance(self: placement.Placement, step: Any) -> None:
        advanced(self, step)
        raise Died

    with monkeypatch.context() as patched:
        patched.setattr(placement.Placement, "_advance", advance)
        with pytest.raises(Died):
            crash_host.publish(root)
    assert crash_host.interrupted(root) is not None
    return root


def test_an_untouched_host_is_finished(half_way: Path, new: dict[str, Any]) -> None:
    assert "finished" in (crash_host.recover(half_way) or "")
    assert crash_host.picture(half_way) == new


@pytest.mark.parametrize("path", ["app/main.py", "app/old/gone.py", "app/auth/deep/token.py"])
def test_an_edit_between_crash_and_recovery_is_kept_and_named(half_way: Path, path: str) -> None:
    (half_way / path).write_bytes(b"mine\n")
    before = crash_host.picture(half_way)
    with pytest.raises(CannotAnswer, match=f"CONFLICT: {path} .*") as refused:
        crash_host.recover(half_way)
    assert refused.value.code == 4
    assert "orchestrator recover" in refused.value.remedy
    assert crash_host.picture(half_way) == before


def test_after_the_edit_is_put_aside_recovery_finishes(half_way: Path, new: dict[str, Any]) -> None:
    (half_way / "app/main.py").write_bytes(b"mine\n")
    with pytest.raises(CannotAnswer):
        crash_host.recover(half_way)
    crash_host.git(half_way, "checkout", "HEAD", "--", "app/main.py")
    assert "finished" in (crash_host.recover(half_way) or "")
    assert crash_host.picture(half_way) == new


def test_staged_files_that_a_clean_removed_are_made_again(
    half_way: Path, new: dict[str, Any]
) -> None:
    crash_host.git(half_way, "clean", "-fdq", "-e", "app/auth/__init__.py")
    assert "finished" in (crash_host.recover(half_way) or "")
    assert crash_host.picture(half_way) == new


def test_a_branch_that_moved_meanwhile_takes_the_files_back(
    half_way: Path, old: dict[str, Any]
) -> None:
    tree = crash_host.git(half_way, "rev-parse", "HEAD^{tree}").strip()
    other = crash_host.git(half_way, "commit-tree", tree, "-p", "HEAD", "-m", "theirs").strip()
    crash_host.git(half_way, "update-ref", "refs/heads/main", other)
    assert "undid" in (crash_host.recover(half_way) or "")
    assert crash_host.picture(half_way) == {**old, "subject": "theirs", "commits": 2}


def test_a_branch_that_was_switched_meanwhile_takes_the_files_back(
    half_way: Path, old: dict[str, Any]
) -> None:
    crash_host.git(half_way, "branch", "other")
    crash_host.git(half_way, "symbolic-ref", "HEAD", "refs/heads/other")
    assert "undid" in (crash_host.recover(half_way) or "")
    picture = crash_host.picture(half_way)
    assert picture["files"] == old["files"]
    assert picture["unclean"] == ""


def test_the_next_publish_recovers_first_and_then_sees_that_head_moved(
    half_way: Path, new: dict[str, Any]
) -> None:
    repository = crash_host.GitRepository(half_way)
    change = crash_host.plan_changes({"next.txt": crash_host.File(b"1")}, {})
    publisher = crash_host.GitPublisher(repository)
    with pytest.raises(CannotAnswer, match="HEAD moved"):
        publisher.publish(change, base=repository.head(), message="next")
    assert crash_host.picture(half_way) == new


def test_the_locks_of_a_git_that_died_with_us_are_removed(
    half_way: Path, new: dict[str, Any]
) -> None:
    for lock in ("HEAD.lock", "refs/heads/main.lock"):
        (half_way / ".git" / lock).touch()
    assert "finished" in (crash_host.recover(half_way) or "")
    assert crash_host.picture(half_way) == new


def test_the_lock_of_a_private_index_does_not_stop_recovery(
    half_way: Path, new: dict[str, Any]
) -> None:
    (half_way / ".git/orchestrator/journal/main/index.new.lock").touch()
    assert "finished" in (crash_host.recover(half_way) or "")
    assert crash_host.picture(half_way) == new


def test_a_lock_with_a_strangers_content_stays(half_way: Path) -> None:
    lock = half_way / ".git/refs/heads/main.lock"
    lock.write_text("0123456789012345678901234567890123456789\n")
    with pytest.raises(CannotAnswer):
        crash_host.recover(half_way)
    assert lock.exists()


def test_a_file_that_appears_at_the_last_moment_is_not_overwritten(
    template: Path, place: Path, monkeypatch: pytest.MonkeyPatch, old: dict[str, Any]
) -> None:
    root = crash_host.copy(template, place / "host")
    unchanged = placement.Placement._unchanged

    def late(self: placement.Placement, step: Any) -> None:
        unchanged(self, step)
        if step.path == "tests/run_it.sh":
            (root / step.path).write_bytes(b"mine\n")

    monkeypatch.setattr(placement.Placement, "_unchanged", late)
    with pytest.raises(CannotAnswer, match=r"CONFLICT: tests/run_it\.sh"):
        crash_host.publish(root)
    assert (root / "tests/run_it.sh").read_bytes() == b"mine\n"
    (root / "tests/run_it.sh").unlink()
    (root / "tests").rmdir()
    assert crash_host.picture(root) == old


def test_twenty_publishers_at_once_all_get_in_one_after_another(
    drive: Drive, template: Path
) -> None:
    ends = drive("parallel", 20)
    assert [end["status"] for end in ends] == [0] * 20
    picture = crash_host.picture(template)
    assert picture["commits"] == 21
    assert picture["unclean"] == picture["differing"] == ""
    assert picture["leftovers"] == []
    assert sum(path.startswith("many/") for path in picture["files"]) == 20


def test_the_shim_counts_what_it_should(tmp_path: Path) -> None:
    with crash_faults.failing(5, 2, forever=False) as faults:
        (tmp_path / "first").mkdir()
        with pytest.raises(OSError, match="error"):
            (tmp_path / "second").mkdir()
        (tmp_path / "third").mkdir()
    assert faults.calls == 3
