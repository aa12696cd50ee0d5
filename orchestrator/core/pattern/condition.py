"""A condition of a manifest as data: read once, then true or false of plain facts; never code."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, cast

from pydantic import AfterValidator

ALWAYS = "always"
FORMS = (
    "`always`, `answers.x`, `answers.x == 'v'`, `answers.x != 'v'` or `'v' in answers.x`, "
    "joined by ` and ` or ` or `"
)

Operator = Literal["==", "!=", ">", "<", ">=", "<=", "in", "true"]

_PLACE = r"(?P<place>[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_-]*)*)"
_VALUE = r"'(?P<quoted>[^']*)'|(?P<bare>true|false|\[\]|-?[0-9]+)"
_TERMS = (
    re.compile(rf"{_PLACE} (?P<op>==|!=) (?:{_VALUE})"),
    re.compile(rf"{_PLACE} (?P<op>>=|<=|>|<) (?P<bare>-?[0-9]+)"),
    re.compile(rf"'(?P<quoted>[^']*)' (?P<op>in) {_PLACE}"),
    re.compile(rf"(?=[a-z]+\.){_PLACE}"),
)
_JOIN = re.compile(r" (and|or) (?=(?:[^']*'[^']*')*[^']*$)")


@dataclass(frozen=True)
class Term:
    """One comparison of the fact at `place`; `true` compares with no value."""

    place: str
    op: Operator
    value: str = ""

    @property
    def answer(self) -> str | None:
        """The answer that this is about, if it is about one."""
        room, _, name = self.place.partition(".")
        return name if room == "answers" else None

    def holds(self, facts: Mapping[str, Any]) -> bool:
        """Whether it is true; text compares as text, a figure that nobody measured as nothing.

        Raises KeyError for an unknown answer.
        """
        if self.place not in facts and self.answer is None:
            return False
        found = facts[self.place]
        match self.op:
            case "true":
                return found not in (False, None, "", "none", 0) and _text(found) != "[]"
            case "in":
                return self.value in [_text(item) for item in found or ()]
            case "==":
                return _text(found) == self.value
            case "!=":
                return _text(found) != self.value
        return _COMPARED[self.op](int(found), int(self.value))


@dataclass(frozen=True)
class Condition:
    """Alternatives, each of terms that must all hold; one alternative without terms is `always`."""

    any_of: tuple[tuple[Term, ...], ...]

    @property
    def terms(self) -> tuple[Term, ...]:
        """Every comparison, in order."""
        return tuple(term for terms in self.any_of for term in terms)

    def holds(self, facts: Mapping[str, Any]) -> bool:
        """Whether one alternative is true of the facts. Raises KeyError for an unknown answer."""
        return any(all(term.holds(facts) for term in terms) for terms in self.any_of)


def read_condition(text: str) -> Condition:
    """Read `always`, or terms joined by ` and ` and ` or `, of which `and` binds tighter.

    Raises ValueError with the forms that can be read.
    """
    if text.strip() == ALWAYS:
        return Condition(((),))
    alternatives: list[list[Term]] = [[]]
    for part in _JOIN.split(text.strip()):
        if part == "or":
            alternatives.append([])
        elif part != "and":
            alternatives[-1].append(_term(part, text))
    return Condition(tuple(tuple(terms) for terms in alternatives))


def _term(part: str, text: str) -> Term:
    for form in _TERMS:
        found = form.fullmatch(part)
        if found is not None:
            parts = found.groupdict()
            value = parts.get("quoted") or parts.get("bare") or ""
            op = cast("Operator", parts.get("op") or "true")
            return Term(parts["place"], op, value)
    raise ValueError(f"the condition {text!r} cannot be read; write {FORMS}")


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


_COMPARED: Mapping[str, Callable[[int, int], bool]] = {
    ">": operator.gt,
    "<": operator.lt,
    ">=": operator.ge,
    "<=": operator.le,
}


def _readable(text: str) -> str:
    read_condition(text)
    return text


When = Annotated[str, AfterValidator(_readable)]
"""A condition in a manifest: kept as written, refused when it cannot be read."""
