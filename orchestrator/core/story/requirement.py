"""EARS requirements: find them in lines, parse each sentence; never judges what code does."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

Kind = Literal["ubiquitous", "event", "state", "unwanted", "optional", "complex"]

REQUIREMENT_ID = re.compile(
    r"[A-Z][A-Z0-9]*(?:-[A-Z0-9]+)*-[0-9]+(?:[/.][A-Za-z0-9](?:[A-Za-z0-9_-]*[A-Za-z0-9])?)*"
)
PROVIDES_KEY = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z0-9_]+)*")

_KINDS: Mapping[str, Kind] = {
    "WHEN": "event",
    "WHILE": "state",
    "IF": "unwanted",
    "WHERE": "optional",
}
_BULLET = re.compile(
    r"(?P<indent>[ \t]*)(?:[-*+]|[0-9]+[.)])[ \t]+(?:\[[ xX]\][ \t]+)?(?P<rest>.*)"
)
_HEAD = re.compile(
    rf"(?:\*\*|`)?(?P<id>{REQUIREMENT_ID.pattern})(?:\*\*|`)?(?:[ \t]*\[(?P<key>[^\]]*)\])?"
    r"[ \t]*(?::|\u2014|\u2013|-(?=[ \t]))(?:\*\*)?[ \t]*(?P<text>.*)",
    re.DOTALL,
)
_QUOTED = re.compile(r"\"[^\"]*\"|“[^”]*”|`[^`]*`|(?<!\w)'[^']*'(?!\w)")
_SHALL = re.compile(r"\bSHALL\b", re.IGNORECASE)
_LEAD = re.compile(r"(?:WHEN|WHILE|IF|WHERE)\b", re.IGNORECASE)
_CLAUSE = re.compile(r"\b(?:WHEN|WHILE|IF|WHERE)\b")
_LATE = re.compile(r"\b(?:WHEN|WHILE|IF|WHERE|THEN)\b")
_SUBJECT = re.compile(r"(?:the|an?|each|every|all|any)\s+\S+(?:\s+\S+){0,7}", re.IGNORECASE)
_THEN = re.compile(r"(?:\s*,)?\s+THEN\s+", re.IGNORECASE)
_BARE_SUBJECT = re.compile(r"\s+(?=the\s+system$)", re.IGNORECASE)

Broken = tuple[str, str]
"""What is wrong, and the cure."""


@dataclass(frozen=True)
class Requirement:
    """One EARS sentence. `key` is the pattern key it names itself (`AUTH-001 [login.success]: …`);
    `verified_by` is a test of the host's own that verifies it (a pytest node id)."""

    id: str
    text: str
    kind: Kind
    trigger: str
    response: str
    key: str | None = None
    verified_by: str | None = None
    line: int = 0


@dataclass(frozen=True)
class Problem:
    """What is wrong with one requirement: its line, its id (or ""), the rule, and the cure."""

    line: int
    id: str
    rule: str
    message: str
    fix: str

    def __str__(self) -> str:
        subject = f"{self.id}: " if self.id else ""
        return f"line {self.line}: {subject}{self.message} ({self.fix})"


@dataclass(frozen=True)
class Sentence:
    """The parts of an EARS sentence; `trigger` (without its first keyword) may be empty."""

    kind: Kind
    trigger: str
    subject: str
    response: str


def read_requirements(
    lines: Iterable[tuple[int, str]],
) -> tuple[tuple[Requirement, ...], tuple[Problem, ...]]:
    """Read the requirements of numbered lines: list items `- ID: sentence` or `- ID [key]: …`.

    Indented lines continue an item; a deeper item without id is a note. Every other item is
    either a requirement or a problem, in the order of the lines.
    """
    read = [_read_item(item) for item in _items(lines)]
    return (
        tuple(one for one in read if isinstance(one, Requirement)),
        tuple(one for one in read if isinstance(one, Problem)),
    )


def read_requirement(text: str, line: int = 0) -> Requirement | Problem:
    """Read one item without its bullet, such as `AUTH-001: The system SHALL …`."""
    head = _HEAD.fullmatch(text.strip())
    if head is None:
        return Problem(line, "", "id", f"no id in: {_start(text)}", "write `- AUTH-001: …`")
    id_, key = head["id"], head["key"]
    if key is not None and not PROVIDES_KEY.fullmatch(key):
        return Problem(
            line, id_, "key", f"`[{key}]` is not a key", "write one like `[login.success]`"
        )
    sentence = " ".join(head["text"].split())
    parts, broken = split_sentence(sentence), _first_broken(sentence)
    if parts is None or broken is not None:
        rule, (message, fix) = broken or ("ears", _NOT_EARS)
        return Problem(line, id_, rule, message, fix)
    return Requirement(id_, sentence, parts.kind, parts.trigger, parts.response, key, None, line)


def split_sentence(text: str) -> Sentence | None:
    """The parts of one EARS sentence, or None when it is not one.

    `<subject> SHALL <response>`, after none or more of WHEN, WHILE, IF, WHERE with THEN or a comma
    before the subject (neither is needed before `the system`).
    """
    words = " ".join(text.split())
    hidden = without_quotes(words)
    shalls = list(_SHALL.finditer(hidden))
    if len(shalls) != 1:
        return None
    left, response = words[: shalls[0].start()].rstrip(), words[shalls[0].end() :].strip()
    halves = _condition_and_subject(left, hidden[: len(left)])
    if halves is None or not response.strip(" .;:,"):
        return None
    condition, subject = halves
    return Sentence(_kind(condition), _LEAD.sub("", condition, count=1).strip(), subject, response)


def without_quotes(text: str) -> str:
    """The text with everything quoted (and the quotes) masked by `_`; the length stays."""
    return _QUOTED.sub(lambda match: "_" * len(match[0]), text)


def _condition_and_subject(left: str, hidden: str) -> tuple[str, str] | None:
    cut = (0, 0)
    if _LEAD.match(hidden):
        found = [(m.start(), m.end()) for m in _THEN.finditer(hidden)][-1:]
        comma = hidden.rfind(",")
        found = found or ([(comma, comma + 1)] if comma > 0 else [])
        found = found or [(m.start(), m.end()) for m in _BARE_SUBJECT.finditer(hidden)]
        if not found:
            return None
        cut = found[0]
    condition, subject = left[: cut[0]].strip(" ,"), left[cut[1] :].strip()
    well_formed = _SUBJECT.fullmatch(subject) and not _LATE.search(hidden[cut[1] :])
    empty = bool(_LEAD.fullmatch(condition))
    return (condition, subject) if well_formed and not empty else None


def _kind(condition: str) -> Kind:
    lead = _LEAD.match(condition)
    if lead is None:
        return "ubiquitous"
    if _CLAUSE.search(without_quotes(condition), lead.end()):
        return "complex"
    return _KINDS[lead[0].upper()]


@dataclass
class _Item:
    line: int
    indent: int
    parts: list[str]
    bullet: bool = True

    @property
    def text(self) -> str:
        return " ".join(self.parts)

    @property
    def is_note(self) -> bool:
        named = _HEAD.fullmatch(self.text) or _SHALL.search(without_quotes(self.text))
        return self.indent >= 2 and not named


def _items(lines: Iterable[tuple[int, str]]) -> list[_Item]:
    items: list[_Item] = []
    is_open = False
    for number, raw in lines:
        bullet = _BULLET.fullmatch(raw.rstrip())
        if bullet is not None:
            items.append(_Item(number, len(bullet["indent"].expandtabs(4)), [bullet["rest"]]))
            is_open = True
        elif is_open and raw.strip() and raw[0] in " \t":
            items[-1].parts.append(raw.strip())
        else:
            is_open = False
            if _HEAD.fullmatch(raw.rstrip()):
                items.append(_Item(number, 0, [raw.rstrip()], bullet=False))
    return [item for item in items if not item.is_note]


def _read_item(item: _Item) -> Requirement | Problem:
    if item.bullet:
        return read_requirement(item.text, item.line)
    message = f"no list item: {_start(item.text)}"
    return Problem(item.line, "", "bullet", message, "start the line with `- `")


def _first_broken(sentence: str) -> tuple[str, Broken] | None:
    for rule, broken in SENTENCE_RULES.items():
        found = broken(sentence)
        if found is not None:
            return rule, found
    return None


def _start(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}…"


_NOT_EARS: Broken = (
    "not an EARS sentence",
    "write `The system SHALL …`, or WHEN, WHILE, IF or WHERE with THEN before `the system SHALL`",
)


def no_shall(sentence: str) -> Broken | None:
    """A requirement says what the system SHALL do."""
    if _SHALL.search(without_quotes(sentence)):
        return None
    return "no SHALL", "say what the system SHALL do"


def two_shalls(sentence: str) -> Broken | None:
    """One requirement, one SHALL: two promises need two ids."""
    if len(_SHALL.findall(without_quotes(sentence))) < 2:
        return None
    return "more than one SHALL", "make it two requirements"


def empty_response(sentence: str) -> Broken | None:
    """Something measurable follows SHALL."""
    found = _SHALL.search(without_quotes(sentence))
    if found is None or sentence[found.end() :].strip(" .;:,"):
        return None
    return "nothing follows SHALL", "say what can be observed"


def late_condition(sentence: str) -> Broken | None:
    """Conditions stand before SHALL, where a reader and a test look for them."""
    hidden = without_quotes(sentence)
    found = _SHALL.search(hidden)
    late = _LATE.search(hidden, found.end()) if found else None
    if late is None:
        return None
    return f"{late[0]} stands after SHALL", "put the condition before `the system SHALL`"


def not_ears(sentence: str) -> Broken | None:
    """The sentence has one of the EARS forms."""
    return None if split_sentence(sentence) else _NOT_EARS


SENTENCE_RULES: Mapping[str, Callable[[str], Broken | None]] = {
    "no_shall": no_shall,
    "two_shalls": two_shalls,
    "empty_response": empty_response,
    "late_condition": late_condition,
    "ears": not_ears,
}
"""Rules of one sentence, in the order in which they are tried; the first broken one is told."""
