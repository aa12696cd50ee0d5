"""Read a request of `key=value` words and write it canonically; knows no skill's inputs."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from orchestrator.core.errors import UsageProblem
from orchestrator.core.story.workflow import MODES, Mode
from orchestrator.core.text.nearest import did_you_mean, nearest
from orchestrator.core.text.value import (
    Incomplete,
    Malformed,
    Value,
    read_value,
    show_value,
    unquoted,
)

COMMON_KEYS = ("story", "skill", "mode", "branch_id", "actor")
ALIASES: Mapping[str, str] = {"patterns": "search_patterns"}
MAX_CHARACTERS = 65536

STORY_ID = re.compile(r"[A-Z0-9]+(-[A-Z0-9]+)*-[0-9]+")
_KEY = re.compile(r"[a-z][a-z0-9_]*")
_SKILL = re.compile(r"[a-z][a-z0-9]*([._-][a-z0-9]+)*")
_BRANCH = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+)*")
_ACTOR = re.compile(r"[a-z][a-z0-9]*([_-][a-z0-9]+)*")

_QUOTED = r"""(?:"(?:\\["\\]|\\(?!["\\])|[^"\\])*"|'[^']*')"""
_LIST = rf"""\[\s*(?:(?:{_QUOTED}\s*|[^\s,\[\]"'][^,\[\]]*)(?:,\s*|(?=\])))*\]"""
_WORD = re.compile(
    rf"#[^\n]*|(?P<quoted>{_QUOTED})(?!\S)|(?P<word>[^\s=]*=(?:{_LIST}|{_QUOTED})?\S*|\S+)",
    re.ASCII,
)
_LIST_BLANKS = re.compile(rf"(?P<quoted>{_QUOTED})|\s+", re.ASCII)


@dataclass(frozen=True)
class Request:
    """What a user asked for.

    `inputs` are the skill's own keys in the order given, an alias under its real name. `words` are
    the words as given in canonical spelling, an alias under its own name; two requests are equal
    whatever the order and spelling of their words.
    """

    story: str
    skill: str
    mode: Mode = "strict"
    branch_id: str | None = None
    actor: str | None = None
    inputs: Mapping[str, Value] = field(default_factory=dict)
    words: tuple[str, ...] = field(default=(), compare=False)


def parse_request(words: Sequence[str]) -> Request:
    """Read the words of a request, in any order, as a shell hands them over.

    Words are joined again from an open `[` to its `]`, `-` and `_` in keys are equal, the first
    `=` splits. Raises UsageProblem for everything else, naming the word and what to write.
    """
    given: dict[str, tuple[str, Value]] = {}
    for word, value in _pairs(words):
        key = ALIASES.get(word, word)
        if key in given:
            raise _twice(key, given[key][0], word)
        given[key] = (word, value)
    return _request(given)


def parse_request_text(text: str) -> Request:
    """Read a request from a file: the same words, with quotes, over several lines.

    A backslash ends a line that goes on, `#` at the start of a word begins a comment, and a
    leading `orchestrator exec` is skipped. Raises UsageProblem.
    """
    if len(text) > MAX_CHARACTERS:
        raise UsageProblem(
            f"a request of more than {MAX_CHARACTERS} characters",
            remedy="check that the file holds a request",
        )
    words = _split(text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\\\n", " "))
    if words[:1] == ["orchestrator"]:
        words = words[1:]
    return parse_request(words[1:] if words[:1] == ["exec"] else words)


def render_request(request: Request) -> str:
    """The canonical line of a request: common keys first, defaults left out, inputs as given.

    `parse_request_text` reads it back to an equal request.
    """
    common: dict[str, Value] = {"story": request.story, "skill": request.skill}
    if request.mode != "strict":
        common["mode"] = request.mode
    if request.branch_id is not None:
        common["branch_id"] = request.branch_id
    if request.actor is not None:
        common["actor"] = request.actor
    pairs = {**common, **request.inputs}.items()
    return " ".join(f"{key}={show_value(value)}" for key, value in pairs)


def check_story_id(text: str) -> str:
    """The id itself, when it is `<WORD>(-<WORD>)*-<NUMBER>`; else UsageProblem with the near form.

    Such an id holds only upper-case letters, digits and `-`, so it is safe in a path.
    """
    if len(text) <= 100 and STORY_ID.fullmatch(text):
        return text
    near = re.sub(r"[^A-Z0-9]+", "-", text.upper().removesuffix(".MD")).strip("-")[:90]
    if near and not STORY_ID.fullmatch(near):
        near = f"{near}-001"
    hint = f"did you mean `{near}`?" if STORY_ID.fullmatch(near) else "write one like `AUTH-001`"
    raise UsageProblem(
        f"`{_shown(text)}` is not a story id (upper-case words, `-`, and a number at the end)",
        remedy=hint,
    )


def _request(given: Mapping[str, tuple[str, Value]]) -> Request:
    inputs = {key: value for key, (_, value) in given.items() if key not in COMMON_KEYS}
    texts = {key: _text(given[key][1]) for key in COMMON_KEYS if key in given}
    for key in ("story", "skill"):
        if key not in texts:
            near = nearest(key, inputs)
            remedy = f"write `{key}=` for `{near}=`" if near else f"add `{key}=…`"
            raise UsageProblem(f"the request names no {key}", remedy=remedy)
    mode = _mode(texts.get("mode", "strict"))
    if "branch_id" in texts and mode != "branch":
        raise UsageProblem(
            f"branch_id={texts['branch_id']} has a meaning only with mode=branch",
            remedy="add `mode=branch` or leave branch_id out",
        )
    return Request(
        story=check_story_id(texts["story"]),
        skill=_named("skill", texts, _SKILL, "code-development") or "",
        mode=mode,
        branch_id=_named("branch_id", texts, _BRANCH, "main"),
        actor=_named("actor", texts, _ACTOR, "tech-lead"),
        inputs=inputs,
        words=tuple(f"{word}={show_value(value)}" for word, value in given.values()),
    )


def _text(value: Value) -> str:
    return value if isinstance(value, str) else show_value(value)


def _mode(text: str) -> Mode:
    for mode in MODES:
        if mode == text:
            return mode
    raise UsageProblem(f"unknown mode `{text}`", remedy=did_you_mean(text, MODES))


def _named(key: str, texts: Mapping[str, str], form: re.Pattern[str], example: str) -> str | None:
    if key not in texts:
        return None
    text = texts[key]
    if len(text) <= 100 and form.fullmatch(text) and not text.endswith(".lock"):
        return text
    raise UsageProblem(
        f"`{text}` cannot be used as {key}", remedy=f"use a plain word, such as `{key}={example}`"
    )


def _pairs(words: Sequence[str]) -> Iterator[tuple[str, Value]]:
    at = 0
    while at < len(words):
        word = _readable(words[at])
        key = _key(word)
        text, at = _value_text(words, at, key)
        yield key, _value(key, text)


def _value_text(words: Sequence[str], at: int, key: str) -> tuple[str, int]:
    text = words[at].split("=", 1)[1]
    at += 1
    if not text:
        raise _blank(key, words[at] if at < len(words) else "")
    if not (text.startswith("[") and _is_open(text)):
        return text, at
    parts = [text]
    for word in words[at:]:
        parts.append(_readable(word))
        if "]" in word and not _is_open(" ".join(parts)):
            break
    return " ".join(parts), at + len(parts) - 1


def _is_open(text: str) -> bool:
    try:
        read_value(text)
    except Incomplete:
        return True
    except Malformed:
        return False
    return False


def _value(key: str, text: str) -> Value:
    try:
        return read_value(text)
    except Malformed as error:
        raise UsageProblem(
            f"{key}={_shown(text)}: {error}", remedy=f'write it like `{key}=["one", "two"]`'
        ) from error


def _key(word: str) -> str:
    if "=" not in word:
        raise UsageProblem(
            f"`{_shown(word)}` is not a `key=value` word",
            remedy="write `key=value` without blanks around `=`; quote a value that has blanks",
        )
    written = word.split("=", 1)[0]
    key = written.replace("-", "_")
    if _KEY.fullmatch(key):
        return key
    near = key.strip("_").lower()
    hint = f"write `{near}=`" if _KEY.fullmatch(near) else "use letters, digits and `_`"
    raise UsageProblem(f"`{_shown(written)}` cannot be a key", remedy=hint)


def _blank(key: str, follower: str) -> UsageProblem:
    if follower and "=" not in follower:
        return UsageProblem(
            f"`{key}=` is followed by a blank, so it has no value",
            remedy=f"write `{key}={_shown(follower)}` without the blank",
        )
    return UsageProblem(f"`{key}=` has no value", remedy=f"give {key} a value or leave it out")


def _twice(key: str, first: str, second: str) -> UsageProblem:
    if first != second:
        return UsageProblem(
            f"`{second}` is another name of `{first}`; both are given", remedy="give one of them"
        )
    return UsageProblem(f"`{key}` is given twice", remedy="keep one of the two")


def _readable(word: str) -> str:
    for char in word:
        if unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp"):
            raise UsageProblem(
                f"`{_shown(word)}` holds the control character U+{ord(char):04X}",
                remedy="remove it",
            )
    return word


def _shown(text: str) -> str:
    printable = "".join(char if char.isprintable() else "?" for char in text)
    return printable if len(printable) <= 80 else f"{printable[:77]}…"


def _split(text: str) -> list[str]:
    """Words of a text: blanks inside quotes and lists do not split, and quotes stay in values."""
    words = []
    for match in _WORD.finditer(text):
        quoted, word = match.group("quoted", "word")
        if quoted is not None:
            words.append(unquoted(quoted))
        elif word is not None:
            words.append(_LIST_BLANKS.sub(_blank_or_quoted, word) if "=[" in word else word)
    return words


def _blank_or_quoted(match: re.Match[str]) -> str:
    return match.group("quoted") or " "
