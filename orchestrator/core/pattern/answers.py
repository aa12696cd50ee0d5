"""Settle a pattern's questions: the given answer, else what was found, else the default."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from orchestrator.core.errors import CannotAnswer
from orchestrator.core.pattern.pattern import Question
from orchestrator.core.text.nearest import did_you_mean


@dataclass(frozen=True)
class Answer:
    """A settled answer and where it came from: command line, story, detected or default."""

    name: str
    value: Any
    origin: str


@dataclass(frozen=True)
class BadAnswer:
    """An answer that cannot stand: why, and what to do about it."""

    name: str
    because: str
    remedy: str


class AnswerRefused(CannotAnswer):
    """A pattern's own rule says no to an answer; `name` is the question."""

    def __init__(self, name: str, value: Any, why: str) -> None:
        super().__init__(f"{name}={value}: {why}", remedy=f"give another answer to {name}")
        self.name = name


def settle(
    questions: Iterable[Question],
    given: Mapping[str, tuple[Any, str]],
    detected: Mapping[str, Any],
) -> tuple[tuple[Answer, ...], tuple[BadAnswer, ...]]:
    """Answer every question once, in order; an answer that no question asks for is bad.

    `given` are values with their origin. A default that is itself a template is left to the
    renderer and not among the answers.
    """
    asked = {question.name: question for question in questions if not question.computed}
    good: list[Answer] = []
    bad = [
        _unasked(name, origin, asked) for name, (_, origin) in given.items() if name not in asked
    ]
    for name, question in asked.items():
        value, origin = given.get(name) or _otherwise(question, detected)
        if isinstance(value, str) and "{{" in value and origin == "default":
            continue
        read = read_answer(question, value)
        if isinstance(read, BadAnswer):
            bad.append(BadAnswer(name, f"{read.because} ({origin})", read.remedy))
        else:
            good.append(Answer(name, read.value, origin))
    return tuple(good), tuple(bad)


def read_answer(question: Question, value: Any) -> Answer | BadAnswer:
    """A value as the question's type, if it has it and is one of the choices.

    A list of choices comes back in the order of the choices, each once.
    """
    name = question.name
    if question.multiselect:
        return _read_list(question, value)
    if question.choices:
        known = {str(choice): choice for choice in question.choices}
        if str(value) not in known:
            remedy = did_you_mean(str(value), list(known))
            return BadAnswer(name, f"{name}={value} is not a choice", remedy)
        return Answer(name, known[str(value)], "")
    fits = _TYPES.get(question.type)
    if fits is not None and not fits(value):
        remedy = f"write {name}=<{question.type}>, e.g. {name}={_example(question)}"
        return BadAnswer(name, f"{name}={value} is not of type {question.type}", remedy)
    return Answer(name, str(value) if question.type in ("str", "path") else value, "")


def _read_list(question: Question, value: Any) -> Answer | BadAnswer:
    name, known = question.name, {str(choice): choice for choice in question.choices}
    if not isinstance(value, list | tuple):
        return BadAnswer(name, f"{name}={value} is not a list", f"write {name}=[{value}]")
    for item in map(str, value):
        if item not in known:
            remedy = did_you_mean(item, list(known))
            return BadAnswer(name, f"{name}: {item} is not a choice", remedy)
    given = {str(item) for item in value}
    return Answer(name, [choice for text, choice in known.items() if text in given], "")


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


_TYPES: Mapping[str, Callable[[Any], bool]] = {
    "bool": lambda value: isinstance(value, bool),
    "int": _is_whole,
    "float": lambda value: _is_whole(value) or isinstance(value, float),
    "str": lambda value: isinstance(value, str) or _is_whole(value),
    "path": lambda value: isinstance(value, str),
}


def _example(question: Question) -> str:
    value = question.default
    return str(value).lower() if isinstance(value, bool) else str(value)


def _otherwise(question: Question, detected: Mapping[str, Any]) -> tuple[Any, str]:
    if question.name in detected:
        return detected[question.name], "detected"
    return question.default, "default"


def _unasked(name: str, origin: str, asked: Mapping[str, Question]) -> BadAnswer:
    remedy = f"{did_you_mean(name, list(asked))} Otherwise remove it"
    return BadAnswer(name, f"no pattern of this story asks for {name} ({origin})", remedy)
