"""Measuring again believes the list of files at most, and tells what is not as recorded."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from gate_trees import HOST, Silent, bundled_policy, plant
from gate_trees import OURS as OURS_FILES
from record_factory import STORY, STORY_TEXT, commit, make, ports_of, publish

from orchestrator.adapters.git.repository import GitRepository
from orchestrator.app.trust.regate import _other_figures, regate, scope_at
from orchestrator.compose import House
from orchestrator.core.errors import CannotAnswer, UsageProblem
from orchestrator.core.gate.check import CheckResult, Figure, Outcome
from orchestrator.core.record.record import FileData, Record
from orchestrator.core.story.story import parse_story
from orchestrator.report.gate import gate_text

TOLD = parse_story(f"stories/{STORY}.md", STORY_TEXT.encode())
FILES = ("src/auth/tokens.py", "src/auth/words.txt", "tests/auth/test_tokens.py")


def file(path: str, **changes: Any) -> FileData:
    given = {"change": "create", "sha256": "0" * 64, "pristine": "0" * 40, **changes}
    return FileData(path=path, **given)


def record_with(*files: FileData) -> Record:
    answers = {"package_import": "src.auth", "tests_path": "tests/auth"}
    return make(files=files, answers=answers).record


def tracked(*paths: str) -> dict[str, str]:
    return dict.fromkeys(paths, "100644 0")


OURS = record_with(*map(file, FILES), file("src/main.py", change="update", region=True))


def test_the_scope_is_what_the_record_lists_and_the_tree_has() -> None:
    scope, told = scope_at(OURS, tracked(*FILES, "src/main.py", "other.py"), TOLD, ())
    assert scope.package == "src.auth"
    assert scope.sources == ("src/auth/tokens.py",)
    assert scope.tests == ("tests/auth/test_tokens.py",)
    assert scope.changed == (*FILES[:2], "src/main.py", FILES[2])
    assert scope.requirements == ("AUTH-001", "AUTH-002")
    assert not [one for one in told if "tree" in one or "beside" in one]


def test_a_listed_file_that_is_gone_is_told() -> None:
    scope, told = scope_at(OURS, tracked(*FILES[1:], "src/main.py"), TOLD, ())
    assert scope.sources == ()
    assert "src/auth/tokens.py is recorded and not in the tree" in told


def test_python_that_lies_beside_ours_is_measured_and_told() -> None:
    there = tracked(*FILES, "src/main.py", "src/auth/hidden.py", "tests/auth/conftest.py")
    scope, told = scope_at(OURS, there, TOLD, ())
    assert "src/auth/hidden.py" in scope.sources
    assert "tests/auth/conftest.py" in scope.tests
    assert "src/auth/hidden.py lies beside our files and is not recorded" in told


def test_the_requirements_are_the_storys_not_the_records() -> None:
    story = replace(TOLD, requirements=TOLD.requirements[:1])
    scope, told = scope_at(OURS, tracked(*FILES), story, ())
    assert scope.requirements == ("AUTH-001",)
    recorded = {one.id for one in OURS.requirements}
    assert ("AUTH-002" in recorded) is any("AUTH-002" in one for one in told)


def test_a_figure_that_is_not_the_recorded_one_is_told() -> None:
    check = OURS.checks[0]
    same = CheckResult(
        Outcome(check.outcome),
        "",
        1,
        1,
        tuple(Figure(one.id, one.num, one.den) for one in check.figures),
    )
    first = same.figures[0]
    other = replace(same, figures=(replace(first, num=first.num + 1), *same.figures[1:]))
    assert list(_other_figures(OURS, {check.name: same})) == []
    assert [one.split(":")[0] for one in _other_figures(OURS, {check.name: other})] == [
        f"{check.name}.{first.id}"
    ]
    errored = replace(same, outcome=Outcome.ERRORED, figures=())
    assert "now errored" in next(iter(_other_figures(OURS, {check.name: errored})))


def test_the_commit_before_is_the_parent_or_where_the_branch_began(tmp_path: Path) -> None:
    ports_of(tmp_path)
    publish(tmp_path, make())
    commit(tmp_path)
    repository = GitRepository(tmp_path)
    first = repository.head()
    (tmp_path / "more.txt").write_text("more", encoding="utf-8")
    commit(tmp_path)
    assert repository.before(repository.head()) == first
    assert repository.before(first) is None or repository.before(first) != first


def repository_with(root: Path, files: Mapping[str, str]) -> Path:
    """A host, our files, a story and its record, in one commit after another."""
    settings = f"environment: {sys.executable}\nhost_tests: python -m pytest tests\n"
    plant(root, {**HOST, "orchestrator.yaml": settings})
    commit(root)
    listed = tuple(file(path) for path in sorted(OURS_FILES))
    answers = {"package_import": "shop", "tests_path": "tests/shop"}
    plant(publish(root, make(files=listed, answers=answers)), files)
    commit(root)
    return root


@pytest.mark.slow
def test_what_is_committed_is_measured_and_not_what_was_recorded(tmp_path: Path) -> None:
    honest = regate(House(repository_with(tmp_path / "a", OURS_FILES), Silent()), STORY, "basic")
    assert honest.run.verdict.passed, gate_text("honest", honest.run.results, honest.run.verdict)
    assert any(one.startswith("tests.passed: recorded") for one in honest.differs)
    failing = {**OURS_FILES, "shop/cart.py": OURS_FILES["shop/cart.py"].replace("sum(", "max(")}
    broken = regate(House(repository_with(tmp_path / "b", failing), Silent()), STORY, "basic")
    assert not broken.run.verdict.passed
    assert broken.run.results["tests"].findings[0].rule == "test-failed"


@pytest.mark.slow
def test_a_clone_without_the_commit_before_cannot_answer(tmp_path: Path) -> None:
    full = repository_with(tmp_path / "full", OURS_FILES)
    words = ["git", "clone", "--quiet", "--depth=1", f"file://{full}", str(tmp_path / "shallow")]
    subprocess.run(words, check=True)
    with pytest.raises(CannotAnswer, match="the commit before") as caught:
        regate(House(tmp_path / "shallow", Silent()), STORY, "basic")
    assert "fetch" in caught.value.remedy


def test_an_unknown_level_and_a_story_without_record_are_named(tmp_path: Path) -> None:
    root = repository_with(tmp_path, OURS_FILES)
    with pytest.raises(UsageProblem, match="no level `strict`"):
        regate(House(root, Silent()), STORY, "strict")
    with pytest.raises(CannotAnswer, match="no transition of OTHER-001"):
        regate(House(root, Silent()), "OTHER-001")


@pytest.mark.parametrize("level", ["basic", "standard", "comprehensive"])
def test_every_level_of_the_bundled_policy_measures_the_tests(level: str) -> None:
    assert "tests" in bundled_policy().checks(level)
