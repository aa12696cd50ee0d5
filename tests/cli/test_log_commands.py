"""`log`, `log parse`, `show` and `verify` in a real repository, with the real linter check."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cli_said import said

from orchestrator.checks import lint
from orchestrator.core.gate.check import Completed, Scope
from orchestrator.core.gate.policy import Policy, judge
from orchestrator.core.record import testimony
from orchestrator.core.record.record import GateData
from tests.record_factory import SOURCE, STORY, Made, commit, make, publish

SCOPE = Scope(package="auth", sources=("src/auth/login.py",))
POLICY = Policy.model_validate(
    {
        "schema": "story-orchestrator/policy/1",
        "levels": {"basic": [{"id": "lint", "metric": "lint.findings", "op": "==", "value": 0}]},
    }
)
STDOUT = {"lint": b"[]", "lint_unsilenced": b"[]", "lint_files": b"src/auth/login.py\n"}


def linted() -> Made:
    """A record whose only check is the real linter's, from output as ruff gives it."""
    runs = {one.name: Completed(one, 0, STDOUT[one.name]) for one in lint.commands(SCOPE)}
    results = {"lint": lint.parse(SCOPE, runs)}
    reads = {"lint": tuple(runs)}
    gathered = testimony.testify(
        testimony.Witness("a" * 40, "b" * 64, SCOPE, POLICY, runs, reads), results
    )
    verdict = judge(POLICY, "basic", results)
    plain = make()
    made = make(
        gate=GateData(
            level="basic",
            policy=gathered.policy,
            passed=verdict.passed,
            conditions=tuple(testimony.condition_data(one) for one in verdict.judged),
        ),
        checks=(testimony.check_data("lint", results["lint"], gathered.statements["lint"]),),
        subject=plain.record.subject.model_copy(update={"scope": gathered.scope}),
        evidence=gathered.names,
        requirements=(),
    )
    return Made(made.record, gathered.blobs)


MADE = linted()


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A committed repository in which one transition was recorded."""
    publish(tmp_path, MADE)
    commit(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def document(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, Any]:
    """Exit code and the one document of a command."""
    code, out, _ = said(capsys, *words)
    return code, json.loads(out)


@pytest.mark.usefixtures("repository")
def test_log_lists_what_happened(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = said(capsys, "log")
    assert code == 0
    assert out.startswith(
        f"{STORY}  IMPLEMENTED\n  {MADE.name}  DESIGNED -> IMPLEMENTED  tech-lead"
    )
    assert said(capsys, "log", STORY) == (0, out, "")
    code, answer = document(capsys, "log", STORY, "--json")
    assert (code, answer["schema"], answer["kind"]) == (0, "story-orchestrator/cli/1", "log")
    assert answer["stories"][0]["entries"][0]["digest"] == MADE.digest


@pytest.mark.usefixtures("repository")
def test_log_lists_attempts_when_asked(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = said(capsys, "log", "--attempts")
    assert code == 0
    assert out.endswith("no attempts are kept\n")
    assert document(capsys, "log", "--attempts", "--json")[1]["attempts"] == []


@pytest.mark.usefixtures("repository")
def test_a_story_without_log_is_a_problem_with_a_remedy(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for command in ("log", "verify", "show"):
        code, out, err = said(capsys, command, "AUTH-IMPLEMENT-002")
        assert (code, out) == (4, ""), command
        assert "try: " in err


def test_the_story_itself_can_be_parsed(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, answer = document(capsys, "log", "parse", f"stories/{STORY}.md")
    assert (code, answer["unreadable"]) == (0, [])
    (entry,) = answer["entries"]
    assert (entry["from"], entry["to"]) == ("DESIGNED", "IMPLEMENTED")
    assert document(capsys, "log", "parse", f"stories/{STORY}.md", "--json")[1] == answer


def test_parse_names_the_line_that_it_cannot_read(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (repository / "log.txt").write_text("\n[TRANSITION code] by me\n")
    code, out, err = said(capsys, "log", "parse", "log.txt")
    assert code == 1
    assert json.loads(out)["unreadable"] == [{"line": 2, "text": "[TRANSITION code] by me"}]
    assert err == "line 2: cannot read: [TRANSITION code] by me\n"


def test_parse_refuses_what_is_no_text(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (repository / "log.txt").write_bytes(b"\xff\xfe")
    code, _, err = said(capsys, "log", "parse", "log.txt")
    assert code == 4
    assert "UTF-8" in err
    assert said(capsys, "log", "parse", "absent.txt")[0] == 2


def test_show_prints_the_report_as_it_stands_in_the_story(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = said(capsys, "show", STORY)
    assert code == 0
    assert out in (repository / f"stories/{STORY}.md").read_text()
    assert said(capsys, "show", MADE.name) == (0, out, "")
    code, answer = document(capsys, "show", STORY, "--format", "json")
    assert (code, answer["name"]) == (0, MADE.name)
    assert answer["record"]["story"] == STORY


@pytest.mark.usefixtures("repository")
def test_show_gives_the_evidence_that_a_report_quotes(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = said(capsys, "show", f"{MADE.name}#lint")
    assert code == 0
    assert json.loads(out)["predicate"]["result"] == "PASSED"
    code, _, err = said(capsys, "show", f"{MADE.name}#lnit")
    assert code == 2
    assert "did you mean `lint`?" in err


@pytest.mark.usefixtures("repository")
def test_verify_holds_in_a_fresh_repository(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = said(capsys, "verify", "--no-progress")
    assert (code, err) == (0, "")
    assert out.endswith("holds: every figure was derived again and agrees\n")
    code, answer = document(capsys, "verify", STORY, "--json", "--no-progress")
    assert (code, answer["holds"], answer["problems"]) == (0, True, [])
    assert answer["checked"]["figures"] == 2


def test_verify_says_stale_and_forged_apart(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (repository / "src/auth/login.py").write_bytes(SOURCE + b"# edited\n")
    code, out, err = said(capsys, "verify", "--no-progress")
    assert code == 1
    assert "stale" in out
    assert "src/auth/login.py" in out
    assert "run the gate again" in err
    blob = next((repository / ".orchestrator/evidence").rglob("*/*"))
    blob.write_bytes(blob.read_bytes() + b"x")
    code, answer = document(capsys, "verify", "--json", "--no-progress")
    assert code == 5
    assert {problem["kind"] for problem in answer["problems"]} >= {"forged", "stale"}


def test_verify_without_any_log_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    publish(tmp_path)
    commit(tmp_path)
    monkeypatch.chdir(tmp_path)
    code, out, _ = said(capsys, "verify", "--no-progress")
    assert (code, out) == (0, "nothing to verify: no story has a log\n")


@pytest.mark.parametrize("words", [("log",), ("log", "parse"), ("show",), ("verify",)])
def test_every_command_explains_itself_with_an_example(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = said(capsys, *words, "--help")
    assert code == 0
    assert f"orchestrator {' '.join(words)}" in out
    assert "Example" in out
