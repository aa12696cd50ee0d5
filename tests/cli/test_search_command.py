"""`search`: scores with their parts, over patterns, documents and committed code."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from cli_said import document, said

from orchestrator.adapters.git.repository import GitRepository
from orchestrator.adapters.publishing.runs import FileRuns
from tests.record_factory import STORY, make


@pytest.mark.usefixtures("repository")
def test_a_search_shows_what_it_was_taken_to_mean_and_every_part_of_a_score(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code, out, err = said(capsys, "search", "auth jwt", "--framework", "fastapi")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[:2] == [
        "query: auth jwt, framework fastapi",
        "taken to mean: auth authentication jwt",
    ]
    score = next(line for line in lines if line.startswith("  score "))
    assert all(part in score for part in ("text ", "framework 1/1", "freshness "))
    code = lines.index("code: function sign_jwt at src/tokens.py:1")
    assert lines[code + 1].startswith("  score ")
    assert not any("paint" in line for line in lines)
    assert any(line.startswith("document: RFC 7519") for line in lines)
    assert any(line.startswith("  advice: ") for line in lines)


@pytest.mark.usefixtures("repository")
def test_the_score_of_a_search_is_the_mean_of_its_parts(capsys: pytest.CaptureFixture[str]) -> None:
    found = document(capsys, "search", "jwt authentication")
    assert (found["kind"], found["meaning"]) == ("search", ["jwt", "authentication"])
    for hit in found["patterns"]:
        mean = sum(part["num"] / part["den"] for part in hit["parts"]) / len(hit["parts"])
        assert hit["score"]["num"] == int(mean * hit["score"]["den"] + 1e-9)


def test_use_is_counted_from_the_log_and_the_attempts(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    FileRuns(GitRepository(repository).common_dir).keep(STORY, {"record.json": make().raw})
    (hit,) = [
        one
        for one in document(capsys, "search", "jwt")["patterns"]
        if one["name"] == make().record.patterns[0].name
    ]
    assert hit["used"] == [
        {"outcome": "landed as IMPLEMENTED", "times": 1},
        {"outcome": "refused by the gate", "times": 1},
    ]


def test_an_entry_that_nobody_can_read_is_said_and_not_counted(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (entry,) = (repository / ".orchestrator/log" / STORY).iterdir()
    entry.write_text("{}")
    found = document(capsys, "search", "jwt")
    assert found["unread"] == [f"{STORY}/{entry.name}"]
    assert found["patterns"][0]["used"] == []


@pytest.mark.usefixtures("repository")
def test_a_search_for_what_nobody_has_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = said(capsys, "search", "zeppelin")
    assert code == 0
    assert "no pattern is about this" in out


@pytest.mark.usefixtures("repository")
@pytest.mark.parametrize("query", [["the", "of"], ["--", "!?"]])
def test_a_search_for_nothing_is_refused_with_an_example(
    query: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = said(capsys, "search", *query)
    assert (code, out) == (2, "")
    assert "try: " in err


def test_a_search_changes_nothing(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said(capsys, "search", "jwt")
    command = ["git", "status", "--porcelain"]
    assert subprocess.run(command, cwd=repository, capture_output=True, check=True).stdout == b""
