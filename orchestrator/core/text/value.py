"""One value of a request as text and back; says what was written, never what it is for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import NoReturn

_INT = re.compile(r"0|-?[1-9][0-9]{0,17}")
_PERCENT = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)%")
_SUM = re.compile(r"[A-Za-z0-9_.-]+(\+[A-Za-z0-9_.-]+)+")
_BARE = re.compile(r"[A-Za-z0-9_./:@-]+")


class Malformed(ValueError):
    """The text is not a value; `str()` says why."""


class Incomplete(Malformed):
    """A list or a quoted text is still open at the end."""


@dataclass(frozen=True)
class Percent:
    """A percentage as written: `95%` has the number 95."""

    number: Decimal

    def __str__(self) -> str:
        return f"{self.number:f}%"


Value = bool | int | Percent | str | tuple[str, ...]


def read_value(text: str) -> Value:
    """Read `true|false`, an integer, `95%`, `[a, "b"]`, `a+b`, quoted text, or a word.

    List items and decimals stay text, since a shell makes `["1"]` and `[1]` alike. Double quotes
    know the escapes `\\"` and `\\\\`, single quotes none; a list in single quotes is a list.
    Raises Malformed, or Incomplete when more text could complete it.
    """
    if text.startswith("["):
        return _list(text)
    if text[:1] in ("'", '"'):
        content = unquoted(text)
        inner = text[0] == "'" and content.startswith("[") and content.endswith("]")
        return _list(content) if inner else content
    return _word(text)


def unquoted(text: str) -> str:
    """The content of a text that is quoted as a whole. Raises Malformed when it is not."""
    content, end = _quoted(text, 0)
    if end != len(text):
        raise Malformed(f"text after the closing quote: {text[end:]}")
    return content


def show_value(value: Value) -> str:
    """The canonical text of a value: `read_value(show_value(x)) == x`."""
    match value:
        case bool():
            return "true" if value else "false"
        case int() | Percent():
            return str(value)
        case str():
            bare = _BARE.fullmatch(value) and _word(value) == value
            return value if bare else _quote(value)
        case tuple():
            return f"[{', '.join(map(_item, value))}]"


def plain_value(value: Value) -> bool | int | str | list[str]:
    """A value for a model that knows no percentages: `95%` is 95, `92.5%` the text `92.5`."""
    match value:
        case Percent():
            whole = value.number == value.number.to_integral_value()
            return int(value.number) if whole else f"{value.number:f}"
        case tuple():
            return list(value)
        case _:
            return value


def _word(text: str) -> Value:
    if text in ("true", "false"):
        return text == "true"
    if _INT.fullmatch(text):
        return int(text)
    percent = _PERCENT.fullmatch(text)
    if percent:
        return Percent(Decimal(percent.group(1)))
    if _SUM.fullmatch(text):
        return tuple(text.split("+"))
    return text


def _quote(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _item(text: str) -> str:
    return text if _BARE.fullmatch(text) else _quote(text)


def _quoted(text: str, start: int) -> tuple[str, int]:
    content: list[str] = []
    quote, at = text[start], start + 1
    while at < len(text):
        char = text[at]
        if char == quote:
            return "".join(content), at + 1
        if quote == '"' and char == "\\" and text[at + 1 : at + 2] in ('"', "\\"):
            at += 1
            char = text[at]
        content.append(char)
        at += 1
    raise Incomplete(f"the quote {quote} is never closed")


def _list(text: str) -> tuple[str, ...]:
    items: list[str] = []
    at = _skip(text, 1)
    while text[at : at + 1] != "]":
        item, at = _list_item(text, at)
        items.append(item)
        at = _skip(text, at)
        if text[at : at + 1] == ",":
            at = _skip(text, at + 1)
        elif text[at : at + 1] != "]":
            _not_a_separator(text, at)
    if at + 1 != len(text):
        raise Malformed(f"text after the closing `]`: {text[at + 1 :]}")
    return tuple(items)


def _list_item(text: str, at: int) -> tuple[str, int]:
    if text[at : at + 1] in ("'", '"'):
        return _quoted(text, at)
    end = at
    while end < len(text) and text[end] not in ",[]":
        end += 1
    if end == len(text):
        raise Incomplete("the `[` is never closed")
    if text[end] == "[":
        raise Malformed("a second `[` inside a list; is a `]` missing?")
    if end == at:
        raise Malformed("an empty place between two commas")
    return text[at:end].rstrip(), end


def _not_a_separator(text: str, at: int) -> NoReturn:
    if at >= len(text):
        raise Incomplete("the `[` is never closed")
    raise Malformed(f"expected `,` or `]` before {text[at:]}")


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at] == " ":
        at += 1
    return at
