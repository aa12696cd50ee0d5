"""Every question gets one answer with its origin, or a reason why it has none."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.core.pattern.answers import Answer, BadAnswer, read_answer, settle
from orchestrator.core.pattern.pattern import Question

PREFIX = Question(name="prefix", type="str", default="/auth")
FORM = Question(name="login_form", type="bool", default=False)
LOCKOUT = Question(name="lockout", type="str", default="ip", choices=("ip", "off"))
DOORS = Question(name="doors", type="str", default=[], choices=("front", "back"), multiselect=True)
FRAMEWORK = Question(name="framework", type="str", default="flask", choices=("fastapi", "flask"))
PLACE = Question(name="package_path", type="str", default="src/auth", computed=True)
NAMED = Question(name="title", type="str", default="{{ project }} API")


def test_given_beats_detected_beats_default() -> None:
    good, bad = settle(
        [PREFIX, FORM, FRAMEWORK], {"prefix": ("/a", "command line")}, {"framework": "fastapi"}
    )
    assert bad == ()
    assert good == (
        Answer("prefix", "/a", "command line"),
        Answer("login_form", False, "default"),
        Answer("framework", "fastapi", "detected"),
    )


def test_a_given_answer_beats_a_detected_one() -> None:
    (one,), _ = settle([FRAMEWORK], {"framework": ("flask", "story")}, {"framework": "fastapi"})
    assert one == Answer("framework", "flask", "story")


def test_an_answer_to_no_question_is_bad_and_names_the_nearest() -> None:
    _, (bad,) = settle([PREFIX], {"prefx": ("/a", "story")}, {})
    assert bad.name == "prefx"
    assert "story" in bad.because
    assert "`prefix`" in bad.remedy


def test_a_computed_question_cannot_be_answered_from_outside() -> None:
    good, bad = settle([PLACE], {"package_path": ("/etc", "story")}, {})
    assert good == ()
    assert [one.name for one in bad] == ["package_path"]


def test_a_default_that_is_a_template_is_left_to_the_renderer() -> None:
    assert settle([NAMED], {}, {}) == ((), ())
    assert settle([NAMED], {"title": ("X", "story")}, {})[0] == (Answer("title", "X", "story"),)


@pytest.mark.parametrize(
    ("question", "value", "read"),
    [
        (FORM, True, True),
        (LOCKOUT, "off", "off"),
        (PREFIX, "/x", "/x"),
        (PREFIX, 3, "3"),
        (Question(name="n", type="int", default=1), 2, 2),
        (Question(name="n", type="int", default=1, choices=(1, 2)), "2", 2),
        (Question(name="n", type="float", default=1.0), 2, 2),
        (Question(name="n", type="yaml", default=None), ["a"], ["a"]),
        (DOORS, [], []),
        (DOORS, ["back", "front", "back"], ["front", "back"]),
    ],
)
def test_a_fitting_value_is_read_as_the_questions_type(
    question: Question, value: Any, read: Any
) -> None:
    found = read_answer(question, value)
    assert isinstance(found, Answer)
    assert found.value == read
    assert type(found.value) is type(read)


@pytest.mark.parametrize(
    ("question", "value", "remedy"),
    [
        (FORM, "maybe", "login_form=<bool>"),
        (FORM, 1, "login_form=<bool>"),
        (LOCKOUT, "of", "`off`"),
        (DOORS, "back", "doors=[back]"),
        (DOORS, ["bak"], "`back`"),
        (PREFIX, True, "prefix=<str>"),
        (PREFIX, ["/a"], "prefix=<str>"),
        (Question(name="n", type="int", default=1), True, "n=<int>"),
        (Question(name="n", type="int", default=1), "2", "n=<int>"),
        (Question(name="n", type="float", default=1.0), "x", "n=<float>"),
        (Question(name="n", type="path", default="a"), 1, "n=<path>"),
    ],
)
def test_a_value_that_does_not_fit_is_bad_with_a_remedy(
    question: Question, value: Any, remedy: str
) -> None:
    found = read_answer(question, value)
    assert isinstance(found, BadAnswer)
    assert remedy in found.remedy
