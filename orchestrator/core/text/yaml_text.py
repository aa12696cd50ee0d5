"""Read YAML text as plain data; refuses whatever two readers could understand differently."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

from orchestrator.core.errors import CannotAnswer

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 40
MAX_DIGITS = 18

Path = tuple[str | int, ...]

_INT = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_WORDS: Mapping[str, bool | None] = {
    **dict.fromkeys(("null", "Null", "NULL", "~"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}


@dataclass(frozen=True)
class YamlText:
    """Plain data with where it stood.

    `data` holds dict, list, str, int, float, bool and None; keys are text. `lines` gives, by path,
    the 1-based line of every key and list item; `spans` the byte offsets, in the source that was
    read, of each top-level key's value (quotes included) that stands on one line.
    """

    name: str
    data: Any
    lines: Mapping[Path, int] = field(default_factory=dict)
    spans: Mapping[str, tuple[int, int]] = field(default_factory=dict)

    def where(self, path: Path = ()) -> str:
        """`name:line` of a value, or of the nearest one around it."""
        while path not in self.lines and path:
            path = path[:-1]
        return f"{self.name}:{self.lines.get(path, 1)}"


def read_yaml(
    source: bytes | str,
    name: str,
    *,
    first_line: int = 1,
    as_text: Collection[str] = (),
    all_text: bool = False,
) -> YamlText:
    """Read one YAML 1.2 document (core schema: `yes`, `on` and dates are text).

    Plain scalars under a key named in `as_text` (at any depth), or all with `all_text`, stay text
    as written; an empty value is None. `first_line` is the line of the source's first line in the
    file `name`. Raises CannotAnswer with file, line and remedy for broken YAML, duplicate keys,
    anchors, aliases, tags, directives, several documents, NUL, text that is not Unicode, more
    than 1 MiB, or nesting deeper than 40.
    """
    text, bom = _decoded(source, name, first_line)
    builder = _Builder(name, first_line, text, bom, frozenset(as_text), all_text)
    for event in _events(text, name, first_line):
        builder.take(event)
    return YamlText(name, builder.root, builder.lines, builder.spans)


def _decoded(source: bytes | str, name: str, first_line: int) -> tuple[str, int]:
    try:
        raw = source.encode("utf-8") if isinstance(source, str) else source
        text = raw.decode("utf-8")
    except UnicodeError as error:
        raise CannotAnswer(
            f"{name}:{first_line}: this is not UTF-8 text", remedy="save the file as UTF-8"
        ) from error
    if len(raw) > MAX_BYTES:
        raise CannotAnswer(
            f"{name}:{first_line}: more than {MAX_BYTES} bytes of YAML",
            remedy="keep only what the tool reads in this file",
        )
    if "\0" in text:
        line = first_line + text.count("\n", 0, text.index("\0"))
        raise CannotAnswer(f"{name}:{line}: a NUL character", remedy="remove it")
    bom = 3 if text.startswith("\ufeff") else 0
    return text.removeprefix("\ufeff"), bom


def _events(text: str, name: str, first_line: int) -> Iterator[Any]:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        yield from YAML(typ="safe", pure=True).parse(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = first_line + (mark.line if mark is not None else 0)
        what = error.problem or error.context or "this is not YAML"
        raise CannotAnswer(
            f"{name}:{line}: {what}", remedy="mend the YAML there (quote text with special signs)"
        ) from error
    except YAMLError as error:
        position = getattr(error, "position", 0)
        line = first_line + text.count("\n", 0, position)
        raise CannotAnswer(
            f"{name}:{line}: a character that YAML does not allow", remedy="remove it"
        ) from error
    except (ValueError, OverflowError, IndexError, AttributeError, TypeError) as error:
        raise CannotAnswer(
            f"{name}:{first_line}: the YAML cannot be read ({type(error).__name__})",
            remedy="mend or remove unusual escapes",
        ) from error


@dataclass
class _Open:
    """A mapping or list under construction; `key` is the key whose value comes next, if any."""

    value: Any
    path: Path
    text: bool
    key: str = ""
    key_line: int = 0
    has_key: bool = False

    @property
    def wants_key(self) -> bool:
        return isinstance(self.value, dict) and not self.has_key


@dataclass
class _Builder:
    name: str
    first_line: int
    source: str
    bom: int
    as_text: frozenset[str]
    all_text: bool
    root: Any = None
    documents: int = 0
    stack: list[_Open] = field(default_factory=list)
    lines: dict[Path, int] = field(default_factory=dict)
    spans: dict[str, tuple[int, int]] = field(default_factory=dict)

    def take(self, event: Any) -> None:
        kind = type(event).__name__
        self._refuse_sharing(kind, event)
        if kind == "DocumentStartEvent":
            self._start_document(event)
        elif kind == "ScalarEvent":
            self._scalar(event)
        elif kind in ("MappingStartEvent", "SequenceStartEvent"):
            self._open({} if kind == "MappingStartEvent" else [], event)
        elif kind in ("MappingEndEvent", "SequenceEndEvent"):
            self.stack.pop()

    def _refuse(self, event: Any, problem: str, remedy: str) -> NoReturn:
        line = self.first_line + event.start_mark.line
        raise CannotAnswer(f"{self.name}:{line}: {problem}", remedy=remedy)

    def _refuse_sharing(self, kind: str, event: Any) -> None:
        if kind == "AliasEvent":
            self._refuse(event, f"an alias `*{event.anchor}`", "write the value out")
        if getattr(event, "anchor", None) is not None:
            self._refuse(event, f"an anchor `&{event.anchor}`", "remove it; write values out")
        if getattr(event, "tag", None) is not None:
            self._refuse(
                event, f"a tag `{event.tag}`", "remove it; quote the value to make it text"
            )

    def _start_document(self, event: Any) -> None:
        self.documents += 1
        if self.documents > 1:
            self._refuse(event, "a second YAML document", "keep one document in this file")
        if event.version is not None or event.tags:
            self._refuse(event, "a YAML directive", "remove the line that starts with `%`")

    def _open(self, value: dict[str, Any] | list[Any], event: Any) -> None:
        if self.stack and self.stack[-1].wants_key:
            self._refuse(event, "a key that is not a word", "use plain words as keys")
        if len(self.stack) >= MAX_DEPTH:
            self._refuse(event, f"nested deeper than {MAX_DEPTH} levels", "flatten it")
        text = self._text_wanted()
        path = self._place(value, event)
        self.stack.append(_Open(value, path, text))

    def _text_wanted(self) -> bool:
        if not self.stack:
            return self.all_text
        top = self.stack[-1]
        return top.text or (top.has_key and top.key in self.as_text)

    def _scalar(self, event: Any) -> None:
        top = self.stack[-1] if self.stack else None
        if _unreadable(event.value):
            self._refuse(event, "an escape for a character that is not text", "remove it")
        if top is not None and top.wants_key:
            self._key(top, event)
            return
        plain = event.style is None
        value = self._resolved(event) if plain else event.value
        path = self._place(value, event)
        if len(path) == 1 and len(self.stack) == 1 and not (plain and not event.value):
            self._span(path[0], event)

    def _key(self, top: _Open, event: Any) -> None:
        if event.value in top.value:
            first = self.lines[(*top.path, event.value)]
            self._refuse(
                event,
                f"the key `{event.value}` stands here and on line {first}",
                "keep one of the two",
            )
        top.key, top.has_key = event.value, True
        top.key_line = self.first_line + event.start_mark.line

    def _resolved(self, event: Any) -> Any:
        text: str = event.value
        if not text:
            return None
        if self._text_wanted():
            return text
        if text in _WORDS:
            return _WORDS[text]
        if _INT.fullmatch(text) or _FLOAT.fullmatch(text):
            if len(text) > MAX_DIGITS:
                self._refuse(event, f"a number of {len(text)} digits", "quote it to make it text")
            return _number(text)
        return text

    def _place(self, value: Any, event: Any) -> Path:
        line = self.first_line + event.start_mark.line
        path: Path
        if not self.stack:
            self.root = value
            self.lines[()] = line
            return ()
        top = self.stack[-1]
        if isinstance(top.value, list):
            path = (*top.path, len(top.value))
            top.value.append(value)
        else:
            path, line = (*top.path, top.key), top.key_line
            top.value[top.key] = value
            top.has_key = False
        self.lines[path] = line
        return path

    def _span(self, key: str | int, event: Any) -> None:
        start, end = event.start_mark.index, event.end_mark.index
        if isinstance(key, str) and not {"\n", "\r"} & set(self.source[start:end]):
            before = self.bom + len(self.source[:start].encode("utf-8"))
            self.spans[key] = (before, before + len(self.source[start:end].encode("utf-8")))


def _number(text: str) -> int | float | str:
    if text.startswith("0o"):
        return int(text[2:], 8)
    if text.startswith("0x"):
        return int(text[2:], 16)
    if _INT.fullmatch(text):
        return int(text)
    value = float(text)
    return value if abs(value) != float("inf") else text


def _unreadable(text: str) -> bool:
    return any(char == "\0" or "\ud800" <= char <= "\udfff" for char in text)
