"""`init`, `new`, `status` and `doctor` in a real repository."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from orchestrator.app.keeping.doctor import diagnose
from orchestrator.cli.boundary import run
from orchestrator.core.errors import CannotAnswer
from orchestrator.core.story.story import parse_story
from tests.record_factory import STORY, STORY_TEXT, make, publish

_NEW = ["new", "LOGIN-1", "--pattern", "jwt-auth"]


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def said(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, dict[str, Any]]:
    code = run([*words, "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_init_says_what_it_made_and_a_second_run_finds_it(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = ["orchestrator.yaml", "stories", ".orchestrator/.gitattributes"]
    code, document = said(capsys, "init")
    assert code == 0
    assert document["paths"] == [{"path": path, "did": "created"} for path in paths]
    assert (repository / ".orchestrator/.gitattributes").read_bytes() == b"* -text -merge\n"
    before = (repository / "orchestrator.yaml").read_bytes()
    assert run(["init"]) == 0
    assert capsys.readouterr().out.endswith("nothing to do\n")
    assert (repository / "orchestrator.yaml").read_bytes() == before


def test_init_keeps_what_the_user_wrote(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (repository / "orchestrator.yaml").write_text("stories: docs/stories\n", encoding="utf-8")
    assert run(["init"]) == 0
    assert (repository / "docs/stories").is_dir()
    assert (repository / "orchestrator.yaml").read_text(encoding="utf-8").startswith("stories: d")


def test_new_writes_a_story_with_the_patterns_requirements(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["new", "LOGIN-1", "--pattern", "AUTH-001", "--title", "Log in", "--owner", "qa"]
    assert run(words) == 0
    assert capsys.readouterr().out.startswith("created stories/LOGIN-1.md\n")
    raw = (repository / "stories/LOGIN-1.md").read_bytes()
    story = parse_story("stories/LOGIN-1.md", raw)
    assert (story.title, story.owner, story.problems) == ("Log in", "qa", ())
    assert story.requirements


def test_new_writes_the_answers_and_what_the_pattern_promises_for_them(repository: Path) -> None:
    answers = ("password_hash=argon2id", "oauth=[github, google]", "lockout=off")
    assert run([*_NEW, *(word for one in answers for word in ("--answer", one))]) == 0
    raw = (repository / "stories/LOGIN-1.md").read_bytes()
    story = parse_story("stories/LOGIN-1.md", raw)
    assert story.answers == {
        "password_hash": "argon2id",
        "oauth": ("github", "google"),
        "lockout": "off",
    }
    keys = {one.key for one in story.requirements}
    assert {"password.argon2id", "oauth.start"} <= keys
    assert not {"password.hash", "cookie.token"} & keys


def test_new_refuses_a_story_that_exists(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["new", "LOGIN-1", "--pattern", "jwt-auth"]
    assert run(words) == 0
    assert run(words) == 4
    assert "stories/LOGIN-1.md exists already\ntry: " in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said_so"),
    [
        (["new", "LOGIN-1", "--pattern", "jwt-aut"], "did you mean `jwt-auth`?"),
        (["new", "login-1", "--pattern", "jwt-auth"], "LOGIN-1"),
        (["new", "../x-1", "--pattern", "jwt-auth"], "not a story id"),
        (["new", "LOGIN-1"], "--pattern"),
        ([*_NEW, "--answer", "limitr=redis"], "did you mean `limiter`?"),
        ([*_NEW, "--answer", "limiter=radish"], "did you mean `redis`?"),
        ([*_NEW, "--answer", "oauth=google"], "write oauth=[google]"),
        ([*_NEW, "--answer", "oauth=[google"], "oauth=[google: "),
        ([*_NEW, "--answer", "redis"], "is not a `key=value` word"),
        ([*_NEW, "--answer", "claims=x"], "there is no answer claims"),
    ],
)
def test_new_names_what_is_wrong(
    repository: Path, capsys: pytest.CaptureFixture[str], words: list[str], said_so: str
) -> None:
    assert run(words) == 2
    assert said_so in capsys.readouterr().err
    assert not (repository / "stories").exists()


def test_status_says_that_there_is_no_story(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["status"]) == 0
    assert "no story in stories/" in capsys.readouterr().out


def test_status_lists_state_and_last_transition(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    publish(repository, make())
    assert run(["status"]) == 0
    line = capsys.readouterr().out
    assert line.split()[:2] == [STORY, "IMPLEMENTED"]
    assert "[code.implement 2026-03-01]" in line
    _, document = said(capsys, "status")
    (row,) = document["stories"]
    assert row["last"]["to"] == "IMPLEMENTED"
    assert row["problem"] is None
    assert document["diagnostics"] == []


def test_status_ends_with_5_when_story_and_log_disagree(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    publish(repository, make())
    (repository / f"stories/{STORY}.md").write_text(STORY_TEXT, encoding="utf-8")
    (repository / "stories/ODD-1.md").write_text("nothing\n", encoding="utf-8")
    assert run(["status"]) == 5
    shown = capsys.readouterr()
    assert "the story says DESIGNED, its log says IMPLEMENTED" in shown.out
    assert "ODD-1" in shown.out
    assert shown.err.startswith(f"{STORY}: ")
    assert "\ntry: `orchestrator verify`" in shown.err
    code, document = said(capsys, "status")
    assert code == 5
    assert [one["code"] for one in document["diagnostics"]] == ["integrity", "cannot_answer"]


def test_status_ends_with_4_when_a_story_cannot_be_read(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (repository / "stories").mkdir()
    (repository / "stories/ODD-1.md").write_text("nothing\n", encoding="utf-8")
    assert run(["status"]) == 4
    assert "ODD-1" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["init"], ["new", "A-1", "--pattern", "x"], ["status"]])
def test_outside_a_repository_the_remedy_is_told(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(words) == 4
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "not inside a git repository\ntry: run `git init`" in shown.err
    assert list(tmp_path.iterdir()) == []


def test_the_doctor_looks_at_everything(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, document = said(capsys, "doctor", "--offline")
    found = {one["subject"]: one["health"] for one in document["checks"]}
    assert code == 0
    assert found["git"] == found["uv"] == found["python"] == found["repository"] == "ok"
    assert "package index" not in found


class SickMachine:
    """A machine that has nothing."""

    def _nothing(self) -> str:
        raise CannotAnswer("it is missing", remedy="install it")

    git = uv = repository = identity = writable = cache = index = _nothing

    def pythons(self) -> tuple[str, ...]:
        return ()


def test_every_ill_has_a_remedy_and_one_hides_no_other() -> None:
    found = diagnose(SickMachine())
    assert [one.subject for one in found if one.health == "fail"] == [
        "git",
        "uv",
        "python",
        "cache",
    ]
    assert all(one.remedy for one in found if one.health != "ok")
    assert [one.subject for one in found][-1] == "package index"
