"""Reports as people wrote them: every form is a case, and what cannot be read is named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from orchestrator.report.entry import Blocked, Entry
from orchestrator.report.json import parsed_document
from orchestrator.report.parse import parse_log
from orchestrator.report.text import render_entry, render_report
from tests.record_factory import STORY_TEXT, make

CASES = sorted((Path(__file__).parent.parent / "cases/log").glob("*.txt"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_a_form_that_people_use_is_read(case: Path) -> None:
    read, unreadable = parse_log(case.read_bytes().decode())
    expected = json.loads(case.with_suffix(".json").read_text())
    assert parsed_document(read, unreadable) == expected


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_every_form_has_a_canonical_one_that_is_stable(case: Path) -> None:
    read, _ = parse_log(case.read_bytes().decode())
    for entry in read:
        if isinstance(entry, Entry):
            once = render_entry(entry)
            (again,), unreadable = parse_log(once)
            assert unreadable == ()
            assert isinstance(again, Entry)
            assert render_entry(again) == once


def test_there_are_cases() -> None:
    assert len(CASES) >= 9


@pytest.mark.parametrize("fence", ["```text\n{}```\n", "~~~~\n{}~~~~\n", "{}\n", "> no\n\n{}"])
def test_entries_are_found_in_a_whole_story(fence: str) -> None:
    made = make()
    text = STORY_TEXT + "## Lifecycle Log\n\n" + fence.format(render_report(made.record, made.name))
    read, unreadable = parse_log(text + "\n## After\n\n- a list of its own\n")
    assert unreadable == ()
    assert [entry.tag for entry in read if isinstance(entry, Entry)] == ["code-development"]
    assert isinstance(read[0], Entry)
    assert text.split("\n")[read[0].line - 1].startswith("[TRANSITION|")
    assert len(read[0].follow_ups) == 1


@pytest.mark.parametrize("text", ["", "\n", "# A story\n\nprose: with a colon\n- and a list\n"])
def test_a_text_without_entries_has_nothing_to_read(text: str) -> None:
    assert parse_log(text) == ((), ())


def test_a_blocked_line_is_an_entry_of_its_own() -> None:
    read, unreadable = parse_log("x\nBLOCKED(missing_inputs=[a, b], unblock_steps=[do a, do b])\n")
    assert read == (Blocked(("a", "b"), ("do a", "do b")),)
    assert unreadable == ()


@pytest.mark.parametrize("line", ["[TRANSITION|a b", "[PROGRESS] by qa", "BLOCKED(nothing)"])
def test_a_line_that_only_looks_like_an_entry_is_named(line: str) -> None:
    read, unreadable = parse_log(f"\n{line}\n")
    assert read == ()
    assert [(one.line, one.text) for one in unreadable] == [(2, line)]
