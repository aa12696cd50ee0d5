"""The wording of requirements: each rule with cases that break it and cases that do not."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestrator.core.story.ears_lint import VAGUE, WORDING_RULES, lint, vague_word
from orchestrator.core.story.requirement import Requirement, read_requirement
from orchestrator.core.text.yaml_text import read_yaml

CASES = read_yaml(
    (Path(__file__).parents[1] / "cases" / "ears_lint.yaml").read_bytes(), "cases"
).data
BAD = [(rule, text) for rule in CASES for text in CASES[rule]["bad"]]
GOOD = [(rule, text) for rule in CASES for text in CASES[rule]["good"]]


def requirement(text: str, id_: str = "A-1", line: int = 1) -> Requirement:
    found = read_requirement(f"{id_}: {text}", line)
    assert isinstance(found, Requirement)
    return found


def test_every_rule_has_cases_that_break_it_and_cases_that_do_not() -> None:
    assert list(CASES) == list(WORDING_RULES)
    assert all(case["bad"] and case["good"] for case in CASES.values())


@pytest.mark.parametrize(("rule", "text"), BAD)
def test_wording_that_cannot_be_measured_is_told(rule: str, text: str) -> None:
    problems = lint([requirement(text, line=4)])
    assert [(one.rule, one.id, one.line) for one in problems] == [(rule, "A-1", 4)]
    assert problems[0].message
    assert problems[0].fix


@pytest.mark.parametrize(("rule", "text"), GOOD)
def test_wording_that_can_be_measured_is_left_alone(rule: str, text: str) -> None:
    assert WORDING_RULES[rule](text) is None
    assert lint([requirement(text)]) == ()


@pytest.mark.parametrize("word", VAGUE)
def test_every_vague_word_is_found_in_any_case_and_only_as_a_word(word: str) -> None:
    assert vague_word(f"The system SHALL {word} answer") is not None
    assert vague_word(f"The system SHALL answer {word.upper()}.") is not None
    assert vague_word(f"The system SHALL x{word}x answer") is None
    assert vague_word(f'The system SHALL print "{word}"') is None


def test_a_repeated_id_is_told_once_for_each_repetition() -> None:
    text = "The system SHALL wait"
    problems = lint([requirement(text, "A-1", 3), requirement(text, "A-1", 5)])
    assert [(one.rule, one.line) for one in problems] == [("repeated_id", 5)]
    assert "line 3" in problems[0].message


def test_ids_that_differ_are_no_repetition() -> None:
    text = "The system SHALL wait"
    assert lint([requirement(text, "A-1"), requirement(text, "A-1.1"), requirement(text)][:2]) == ()
