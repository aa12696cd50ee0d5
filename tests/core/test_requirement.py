"""EARS requirements are found in list items, parsed, or told as problems."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.core.story.requirement import (
    SENTENCE_RULES,
    Problem,
    Requirement,
    read_requirement,
    read_requirements,
    split_sentence,
    without_quotes,
)
from orchestrator.core.text.yaml_text import read_yaml

CASES = read_yaml(
    (Path(__file__).parents[1] / "cases" / "ears_sentences.yaml").read_bytes(), "cases"
).data
FORMS = CASES.pop("forms")
BAD = [(rule, text) for rule in CASES for text in CASES[rule]["bad"]]
GOOD = [(rule, text) for rule in CASES for text in CASES[rule]["good"]]


def read(text: str) -> tuple[tuple[Requirement, ...], tuple[Problem, ...]]:
    return read_requirements(enumerate(text.split("\n"), 1))


def test_every_rule_has_cases_that_break_it_and_cases_that_do_not() -> None:
    assert list(CASES) == list(SENTENCE_RULES)
    assert all(case["bad"] and case["good"] for case in CASES.values())


@pytest.mark.parametrize(("rule", "text"), BAD)
def test_a_sentence_that_breaks_a_rule_is_a_problem_of_that_rule(rule: str, text: str) -> None:
    found = read_requirement(f"A-1: {text}", 7)
    assert isinstance(found, Problem)
    assert (found.rule, found.id, found.line) == (rule, "A-1", 7)
    assert found.message
    assert found.fix
    assert SENTENCE_RULES[rule](text) is not None


@pytest.mark.parametrize(("rule", "text"), GOOD)
def test_a_sentence_that_keeps_the_rules_is_a_requirement(rule: str, text: str) -> None:
    assert SENTENCE_RULES[rule](text) is None
    assert isinstance(read_requirement(f"A-1: {text}"), Requirement)


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form["text"])
def test_every_form_of_ears_is_taken_apart(form: dict[str, object]) -> None:
    parts = split_sentence(str(form["text"]))
    assert parts is not None
    assert [parts.kind, parts.trigger, parts.subject, parts.response] == form["is"]


@pytest.mark.parametrize(
    ("item", "id_", "key"),
    [
        ("AUTH-001: {}", "AUTH-001", None),
        ("AUTH-001 [login.success]: {}", "AUTH-001", "login.success"),
        ("AUTH-001[login]:{}", "AUTH-001", "login"),
        ("**AUTH-001**: {}", "AUTH-001", None),
        ("**AUTH-001:** {}", "AUTH-001", None),
        ("`AUTH-001`: {}", "AUTH-001", None),
        ("[x] AUTH-001: {}", "AUTH-001", None),
        ("[ ] AUTH-001 [a_b.c2]: {}", "AUTH-001", "a_b.c2"),
        ("AUTH-001 - {}", "AUTH-001", None),
        ("AUTH-001 \u2014 {}", "AUTH-001", None),
        ("AUTH-IMPL-2-01: {}", "AUTH-IMPL-2-01", None),
        ("AUTH-001/2: {}", "AUTH-001/2", None),
        ("AUTH-001.1: {}", "AUTH-001.1", None),
        ("AUTH-001/login-x.2 [k]: {}", "AUTH-001/login-x.2", "k"),
    ],
)
@pytest.mark.parametrize("bullet", ["- ", "* ", "+ ", "1. ", "2) ", "  - "])
def test_an_item_is_read_with_its_id_and_key(
    bullet: str, item: str, id_: str, key: str | None
) -> None:
    (one,), problems = read(f"\n{bullet}{item.format('The system SHALL answer 200')}")
    assert (one.id, one.key, one.text, one.line) == (id_, key, "The system SHALL answer 200", 2)
    assert problems == ()


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("- The system SHALL answer", "id"),
        ("- auth-001: The system SHALL answer", "id"),
        ("- AUTH: The system SHALL answer", "id"),
        ("- AUTH-001 The system SHALL answer", "id"),
        ("- AUTH-001/../x: The system SHALL answer", "id"),
        ('- AUTH-001": The system SHALL answer', "id"),
        ("- AUTH-001 [Login]: The system SHALL answer", "key"),
        ("- AUTH-001 [a b]: The system SHALL answer", "key"),
        ("- AUTH-001 []: The system SHALL answer", "key"),
        ("AUTH-001: The system SHALL answer", "bullet"),
        ("- see the notes", "id"),
        ("  - it SHALL also do this", "id"),
    ],
)
def test_an_item_that_cannot_be_read_is_a_problem_with_a_fix(line: str, rule: str) -> None:
    requirements, (problem,) = read(line)
    assert requirements == ()
    assert (problem.rule, problem.line) == (rule, 1)
    assert problem.fix


def test_indented_lines_continue_an_item_and_notes_do_not() -> None:
    text = """Some words.

- AUTH-001: WHEN a user
  logs in
\tTHEN the system SHALL answer
      200
  - a note about it
    over two lines

- AUTH-002: The system SHALL wait

  not part of it
### Deeper
- AUTH-003: The system SHALL rest
"""
    requirements, problems = read(text)
    assert [(one.id, one.line, one.text) for one in requirements] == [
        ("AUTH-001", 3, "WHEN a user logs in THEN the system SHALL answer 200"),
        ("AUTH-002", 10, "The system SHALL wait"),
        ("AUTH-003", 14, "The system SHALL rest"),
    ]
    assert problems == ()


def test_a_problem_reads_as_one_line() -> None:
    assert str(Problem(3, "A-1", "r", "wrong", "mend it")) == "line 3: A-1: wrong (mend it)"
    assert str(Problem(3, "", "r", "wrong", "mend it")) == "line 3: wrong (mend it)"


@given(st.text("abc '\"`“”_SHALL\n", max_size=40))
def test_masking_quotes_keeps_every_place(text: str) -> None:
    hidden = without_quotes(text)
    assert len(hidden) == len(text)
    assert all(a in (b, "_") for a, b in zip(hidden, text, strict=True))


def test_an_apostrophe_opens_no_quote() -> None:
    assert without_quotes("a user's token SHALL be the user's") == (
        "a user's token SHALL be the user's"
    )


@given(st.text(max_size=80) | st.text("-A1: []WHENTISLthe sym,\n", max_size=60))
def test_any_lines_are_requirements_or_problems(text: str) -> None:
    requirements, problems = read(text)
    lines = text.split("\n")
    told = [one.line for one in requirements] + [one.line for one in problems]
    assert all(lines[line - 1].strip() for line in told)
