"""A part of a pattern counts only where its condition holds, and a wrong condition is named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pattern_folders import MANIFEST, write_pattern

from orchestrator.adapters.patterns.manifest import read_pattern
from orchestrator.core.errors import CannotAnswer
from orchestrator.core.pattern.active import active, inactive
from orchestrator.core.pattern.pattern import Pattern

LIST = """\
doors: {type: str, multiselect: true, choices: [front, back], default: []}
"""
HELLO = "WHEN a visitor asks for a greeting THEN the system SHALL answer 200 with a hello\n"


def conditional(folder: Path, **whens: str) -> Pattern:
    """The small pattern, each part of it with a condition of its own."""
    text = MANIFEST + LIST
    for before, part in (
        (HELLO, "provides"),
        ("      checked_on: 2026-01-01\n", "documents"),
        ("call: install_hello({app})\n", "edits"),
    ):
        if part in whens:
            text = text.replace(before, f'{before}      when: "{whens[part]}"\n')
    for before, part in (
        ("why: many tongues", "dependencies"),
        ("bytes: 48", "env"),
        ("source: https://example.org/hello}", "recommendations"),
    ):
        if part in whens:
            end = "}" if before.endswith("}") else ""
            kept = before.removesuffix("}")
            text = text.replace(before, f'{kept}, when: "{whens[part]}"{end}')
    return read_pattern(write_pattern(folder, manifest=text))


PARTS = ("documents", "dependencies", "edits", "env", "recommendations", "provides")


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize(
    ("when", "answers", "kept"),
    [
        ("answers.loud", {"loud": True}, True),
        ("answers.loud", {}, False),
        ("answers.tone == 'warm'", {}, True),
        ("'back' in answers.doors", {"doors": ["back"]}, True),
        ("'back' in answers.doors", {"doors": ["front"]}, False),
    ],
)
def test_a_part_counts_where_its_condition_holds(
    tmp_path: Path, part: str, when: str, answers: dict[str, Any], kept: bool
) -> None:
    pattern = conditional(tmp_path, **{part: when})
    before, after = (
        len(getattr(one.manifest, part)) for one in (pattern, active(pattern, answers))
    )
    assert after == before - (not kept)


@pytest.mark.parametrize(
    ("when", "remedy"),
    [
        ("answers.loud", "answer loud=true"),
        ("answers.doors", "answer doors=[front]"),
        ("'back' in answers.doors", "answer doors=[back]"),
        ("answers.doors != []", "answer doors=[front]"),
        ("answers.tone == 'cold'", "answer tone=cold"),
        ("answers.tone != 'warm'", "answer tone=cold"),
        ("answers.tone == 'warm' and answers.loud", "answer loud=true"),
        ("answers.tone == 'cold' and answers.loud", "answer tone=cold and loud=true"),
        ("answers.loud or answers.doors", "answer loud=true"),
        ("answers.tests_are_package", "it takes a repository with tests are package"),
    ],
)
def test_a_promise_that_is_left_out_says_what_would_bring_it_in(
    tmp_path: Path, when: str, remedy: str
) -> None:
    found = inactive(conditional(tmp_path, provides=when), {})
    assert found.keys() == {"greet.hello"}
    assert found["greet.hello"].endswith(remedy)


def test_a_promise_that_counts_is_not_among_those_left_out(tmp_path: Path) -> None:
    assert inactive(conditional(tmp_path, provides="answers.loud"), {"loud": True}) == {}


@pytest.mark.parametrize(
    ("when", "problem"),
    [
        ("answers.nobody", "names answers.nobody, which the pattern does not ask for"),
        ("figures.tests.skipped > 0", "names figures.tests.skipped, which"),
        ("answers.tone == 'hot'", "names hot, which is no choice of tone"),
        ("'side' in answers.doors", "names side, which is no choice of doors"),
        ("loud", "cannot be read"),
    ],
)
@pytest.mark.parametrize("part", PARTS)
def test_a_pattern_with_a_wrong_condition_is_refused(
    tmp_path: Path, part: str, when: str, problem: str
) -> None:
    with pytest.raises(CannotAnswer) as caught:
        conditional(tmp_path, **{part: when})
    assert problem in caught.value.problem
    assert "copier.yml" in caught.value.problem
    assert part in caught.value.problem


def test_a_risk_may_depend_on_what_the_gate_measured(tmp_path: Path) -> None:
    measured = (
        "  risks:\n    - {id: a, text: t, owner: o, mitigation: m, when: WHEN}\n  recommendations:"
    )
    for number, when in enumerate(("figures.tests.skipped > 0", "network_off == false")):
        text = MANIFEST.replace("  recommendations:", measured.replace("WHEN", when))
        folder = write_pattern(tmp_path, f"fine{number}", text)
        assert read_pattern(folder).manifest.risks[0].when == when
    text = MANIFEST.replace("  recommendations:", measured.replace("WHEN", "weather.rain > 0"))
    with pytest.raises(CannotAnswer, match=r"names weather\.rain"):
        read_pattern(write_pattern(tmp_path, "odd", text))
