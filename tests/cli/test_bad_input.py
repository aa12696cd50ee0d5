"""Bad input to `exec` and its neighbours: a sentence, a remedy, the right code, nothing changed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from orchestrator.cli.boundary import run

ROOT = Path(__file__).parents[2]
STORY = "AUTH-IMPLEMENT-001"
GOOD = [f"story={STORY}", "skill=code-development"]


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The host repository with its story, committed."""
    place = tmp_path_factory.mktemp("host") / "taskflow"
    ignored = shutil.ignore_patterns("__pycache__", ".*_cache")
    shutil.copytree(ROOT / "stories/taskflow-api", place, ignore=ignored)
    (place / "stories").mkdir()
    shutil.copy(ROOT / f"stories/{STORY}.md", place / "stories")
    git(place, "init", "-q", "-b", "main")
    git(place, "config", "user.name", "Ada")
    git(place, "config", "user.email", "ada@example.org")
    commit(place)
    return place


@pytest.fixture
def host(original: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it, where we stand."""
    place = tmp_path / "taskflow"
    shutil.copytree(original, place)
    monkeypatch.chdir(place)
    return place


def git(place: Path, *words: str) -> str:
    done = subprocess.run(["git", *words], cwd=place, check=True, capture_output=True, text=True)
    return done.stdout


def commit(place: Path) -> None:
    git(place, "add", "-A")
    git(place, "commit", "-q", "--allow-empty", "-m", "all")


def refused(
    capsys: pytest.CaptureFixture[str], words: Sequence[str], code: int, *said: str
) -> None:
    """The command ends with the code; stderr has the words, a remedy and no traceback."""
    assert run(["exec", *words, "--no-progress"]) == code
    shown = capsys.readouterr()
    for text in said:
        assert text in shown.err
    assert "try: " in shown.err
    assert "Traceback" not in shown.err
    assert "bug" not in shown.err
    assert shown.out == ""


def edit_story(host: Path, old: str, new: str) -> None:
    path = host / "stories" / f"{STORY}.md"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    commit(host)


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["skill=code-development"], 2, "story"),
        ([f"story={STORY}"], 2, "skill"),
        (["story=AUTH-IMPLEMENT-002", GOOD[1]], 4, f"{STORY}"),
        (["story=auth-implement-001", GOOD[1]], 2, STORY),
        (["story=../../etc/passwd-1", GOOD[1]], 2, "is not a story id"),
        (["story=", STORY, GOOD[1]], 2, "is followed by a blank"),
        ([GOOD[0], "skill=code-developmnt"], 2, "did you mean `code-development`?"),
        ([*GOOD, "framwork=fastapi"], 2, "did you mean `framework`?"),
        ([*GOOD, "quality_gate=comprehensiv"], 2, "comprehensive"),
        ([*GOOD, "mode=strickt"], 2, "did you mean `strict`?"),
        ([*GOOD, "search_patterns=[jwt"], 2, "never closed"),
        ([*GOOD, "jwt"], 2, "jwt"),
        ([*GOOD, GOOD[0]], 2, "story"),
    ],
)
def test_a_wrong_word_is_named_with_the_nearest_right_one(
    host: Path, capsys: pytest.CaptureFixture[str], words: list[str], code: int, said: str
) -> None:
    before = git(host, "rev-parse", "HEAD")
    refused(capsys, words, code, said)
    assert git(host, "status", "--porcelain", "--ignored") == ""
    assert git(host, "rev-parse", "HEAD") == before


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("title: JWT", "title: [JWT", f"stories/{STORY}.md:"),
        ("owner: tech-lead\n", "owner: tech-lead\nowner: qa\n", "owner"),
        ("state: DESIGNED\n", "", "state"),
        ("state: DESIGNED", "state: DESINGED", "did you mean `DESIGNED`?"),
        ("id: AUTH-IMPLEMENT-001", "id: AUTH-IMPLEMENT-007", "AUTH-IMPLEMENT-007"),
        ("workflow: delivery", "workflow: delivry", "delivry"),
        ("owner: tech-lead", "ownr: tech-lead", "did you mean `owner`?"),
        ("---\nid:", "id:", "front matter"),
    ],
)
def test_a_story_that_cannot_be_read_is_named_with_its_line(
    host: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, said: str
) -> None:
    edit_story(host, old, new)
    refused(capsys, GOOD, 4, f"stories/{STORY}.md", said)
    assert git(host, "status", "--porcelain", "--ignored") == ""


def test_settings_that_cannot_be_read_are_named(
    host: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (host / "orchestrator.yaml").write_text("enviroment: isolated\n", encoding="utf-8")
    commit(host)
    refused(capsys, GOOD, 4, "orchestrator.yaml:1", "did you mean `environment`?")


def test_outside_a_repository_nothing_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    refused(capsys, GOOD, 4, "not inside a git repository", "git init")


def test_a_repository_without_a_commit_is_told_to_make_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    git(tmp_path, "init", "-q")
    monkeypatch.chdir(tmp_path)
    refused(capsys, GOOD, 4, "commit")


def test_a_failure_is_one_document_too(host: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["exec", "story=NO-1", "skill=code-development", "--json"]) == 4
    document = json.loads(capsys.readouterr().out)
    assert (document["kind"], document["exit_code"]) == ("error", 4)
    assert document["diagnostics"][0]["fix"]


def test_a_request_file_that_is_not_there_is_named(
    host: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    refused(capsys, ["--request", "missing.txt"], 4, "missing.txt")


def test_git_that_is_missing_is_named(host: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    done = subprocess.run(
        [sys.executable, "-m", "orchestrator", "exec", *GOOD, "--no-progress"],
        cwd=host,
        env={"PATH": str(empty), "PYTHONPATH": str(ROOT), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 4, done.stderr
    assert "git" in done.stderr
    assert "try: " in done.stderr


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everything")
def test_a_read_only_tree_is_named(host: Path, capsys: pytest.CaptureFixture[str]) -> None:
    host.chmod(0o555)
    try:
        refused(capsys, GOOD, 4)
    finally:
        host.chmod(0o755)
