"""Which parts of a pattern count for given answers; a part left out promises nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Protocol, TypeVar

from orchestrator.core.pattern.condition import Term, read_condition
from orchestrator.core.pattern.pattern import Pattern, PatternManifest, Question

_MEASURED = re.compile(r"figures\.[a-z_]+\.[a-z0-9_]+|outcomes\.[a-z_]+|network_off")
PARTS = ("documents", "dependencies", "edits", "env", "recommendations", "follow_ups", "removal")


class _Conditional(Protocol):
    @property
    def when(self) -> str: ...


C = TypeVar("C", bound=_Conditional)


def active(pattern: Pattern, answers: Mapping[str, Any]) -> Pattern:
    """The pattern with only what counts for these answers; its risks stay, they are judged later.

    A question that is not answered counts with its default.
    """
    facts = answered(pattern, answers)
    manifest = pattern.manifest
    kept: dict[str, Any] = {name: _holding(getattr(manifest, name), facts) for name in PARTS}
    kept["provides"] = {
        key: one for key, one in manifest.provides.items() if read_condition(one.when).holds(facts)
    }
    return pattern.model_copy(update={"manifest": manifest.model_copy(update=kept)})


def answered(pattern: Pattern, answers: Mapping[str, Any]) -> dict[str, Any]:
    """The facts `answers.<name>` that a condition of this pattern may name."""
    return {
        f"answers.{question.name}": answers.get(question.name, question.default)
        for question in pattern.questions
    }


def inactive(pattern: Pattern, answers: Mapping[str, Any]) -> dict[str, str]:
    """The promises that these answers leave out, each with the answers that would bring it in."""
    kept = active(pattern, answers).manifest.provides
    facts = answered(pattern, answers)
    return {
        key: _remedy(one.when, pattern.questions, facts)
        for key, one in pattern.manifest.provides.items()
        if key not in kept
    }


def questions_named(pattern: Pattern) -> set[str]:
    """The questions that decide a condition of the pattern."""
    whens = [when for _, when in _conditions(pattern.manifest)]
    return {term.answer for when in whens for term in read_condition(when).terms if term.answer}


def odd_conditions(manifest: PatternManifest, questions: Iterable[Question]) -> Iterator[str]:
    """What is wrong with the conditions: an answer nobody asks for, a value that is no choice.

    Only a risk may depend on what the gate measured.
    """
    known = {question.name: question for question in questions}
    for place, when in _conditions(manifest):
        for term in read_condition(when).terms:
            measured = place.startswith("risks") and _MEASURED.fullmatch(term.place)
            problem = None if measured else _problem(term, known)
            if problem:
                yield f"{place}: the condition {when!r} {problem}"


def _conditions(manifest: PatternManifest) -> Iterator[tuple[str, str]]:
    for key, one in manifest.provides.items():
        yield f"provides.{key}", one.when
    for name in (*PARTS, "risks"):
        for number, part in enumerate(getattr(manifest, name), 1):
            yield f"{name} {number}", part.when


def _problem(term: Term, known: Mapping[str, Question]) -> str | None:
    question = known.get(term.answer or "")
    if question is None:
        return f"names {term.place}, which the pattern does not ask for"
    choices = [_word(one) for one in question.choices]
    if choices and term.value not in ("", "[]", *choices):
        return f"names {term.value}, which is no choice of {question.name}"
    return None


def _holding(parts: Iterable[C], facts: Mapping[str, Any]) -> tuple[C, ...]:
    return tuple(part for part in parts if read_condition(part.when).holds(facts))


def _remedy(when: str, questions: Iterable[Question], facts: Mapping[str, Any]) -> str:
    """How a user gets a promise: the answers of the first alternative that do not hold yet."""
    asked = {question.name: question for question in questions}
    first = read_condition(when).any_of[0]
    wanting = [term for term in first if not term.holds(facts)]
    questioned = [asked[term.answer or ""] for term in wanting]
    if any(question.computed for question in questioned):
        names = (question.name.replace("_", " ") for question in questioned if question.computed)
        return f"it takes a repository with {' and '.join(names)}"
    pairs = zip(wanting, questioned, strict=True)
    return f"answer {' and '.join(_wanted(term, question) for term, question in pairs)}"


def _wanted(term: Term, question: Question) -> str:
    if term.op in ("==", "in"):
        return f"{question.name}={f'[{term.value}]' if question.multiselect else term.value}"
    others = [_word(one) for one in question.choices if _word(one) not in ("none", term.value)]
    other = others[0] if others else "true" if question.type == "bool" else "…"
    return f"{question.name}={f'[{other}]' if question.multiselect else other}"


def _word(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
