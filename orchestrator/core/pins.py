"""Add, move and remove a pinned pattern in the text of `orchestrator.yaml`; all else stays."""

from __future__ import annotations

import re
from collections.abc import Sequence

from orchestrator.core.errors import CannotAnswer
from orchestrator.core.pattern.pattern import PatternSource
from orchestrator.core.places import SETTINGS_FILE
from orchestrator.core.settings import parse_settings, settings_text
from orchestrator.core.text.yaml_text import YamlText

_KEY = re.compile(r"patterns[ \t]*:[ \t]*(?P<rest>.*)")
_EMPTY = re.compile(r"(\[[ \t]*\])?[ \t]*(#.*)?")


def with_pin(raw: bytes | None, source: PatternSource) -> bytes:
    """The settings with one more source at the end. Raises CannotAnswer with the text to paste
    where the file's own form leaves no place for it."""
    old = parse_settings(raw).patterns
    lines = _Lines(raw)
    item = _item(source)
    if lines.key is None:
        lines.append(["patterns:", *(f"  {line}" for line in item)])
    elif lines.items:
        lines.insert(lines.end_of(len(lines.items) - 1), [f"{lines.indent}{one}" for one in item])
    elif _EMPTY.fullmatch(lines.rest):
        lines.replace(lines.key, ["patterns:", *(f"  {line}" for line in item)])
    return _checked(raw, lines, (*old, source), item)


def with_commit(raw: bytes, old: PatternSource, commit: str) -> bytes:
    """The settings with the source `old` at another commit."""
    pins = parse_settings(raw).patterns
    at = pins.index(old)
    moved = old.model_copy(update={"commit": commit})
    lines = _Lines(raw)
    if at < len(lines.items):
        lines.substitute(lines.items[at], lines.end_of(at), old.commit, commit)
    return _checked(raw, lines, (*pins[:at], moved, *pins[at + 1 :]), _item(moved))


def without_pin(raw: bytes, old: PatternSource) -> bytes:
    """The settings without a source; without the key when it was the last one."""
    pins = parse_settings(raw).patterns
    at = pins.index(old)
    lines = _Lines(raw)
    if at < len(lines.items):
        lines.cut(lines.items[at], lines.end_of(at))
        if len(pins) == 1 and lines.key is not None:
            lines.cut(lines.key, lines.key + 1)
    return _checked(raw, lines, (*pins[:at], *pins[at + 1 :]), ["(remove that entry)"])


class _Lines:
    """The lines of the file, and where the key `patterns` and the items below it stand."""

    def __init__(self, raw: bytes | None) -> None:
        text = (raw or b"").decode("utf-8-sig")
        self.bom = b"\xef\xbb\xbf" if (raw or b"").startswith(b"\xef\xbb\xbf") else b""
        self.newline = "\r\n" if "\r\n" in text else "\n"
        self.lines = text.splitlines()
        document = settings_text(text)
        self.key: int | None = None
        self.rest = ""
        self.items: list[int] = []
        self.indent = ""
        if isinstance(document.data, dict) and ("patterns",) in document.lines:
            self._find(document)

    def _find(self, document: YamlText) -> None:
        at = document.lines[("patterns",)] - 1
        found = _KEY.fullmatch(self.lines[at])
        if found is None:
            self.key, self.rest = at, "?"
            return
        self.key, self.rest = at, found["rest"]
        places = [
            document.lines[("patterns", number)] - 1
            for number in range(len(document.data["patterns"] or ()))
        ]
        if all(self.lines[place].lstrip().startswith("- ") for place in places):
            self.items = places
        if self.items:
            first = self.lines[self.items[0]]
            self.indent = first[: len(first) - len(first.lstrip())]

    def end_of(self, number: int) -> int:
        """The line after the last one of an item."""
        start = self.items[number]
        depth = len(self.indent)
        end = start + 1
        for at in range(start + 1, len(self.lines)):
            line = self.lines[at]
            bare = line.strip()
            if bare and not bare.startswith("#"):
                if len(line) - len(line.lstrip()) <= depth:
                    break
                end = at + 1
        return end

    def append(self, lines: Sequence[str]) -> None:
        while self.lines and not self.lines[-1].strip():
            self.lines.pop()
        self.lines.extend(lines)

    def insert(self, at: int, lines: Sequence[str]) -> None:
        self.lines[at:at] = lines

    def replace(self, at: int, lines: Sequence[str]) -> None:
        self.lines[at : at + 1] = lines

    def cut(self, start: int, end: int) -> None:
        del self.lines[start:end]

    def substitute(self, start: int, end: int, old: str, new: str) -> None:
        self.lines[start:end] = [line.replace(old, new) for line in self.lines[start:end]]

    def text(self) -> bytes:
        return self.bom + "".join(f"{line}{self.newline}" for line in self.lines).encode()


def _item(source: PatternSource) -> list[str]:
    path = [f"  path: {source.path}"] if source.path else []
    return [f"- git: {source.git}", f"  commit: {source.commit}", *path]


def _checked(
    raw: bytes | None, lines: _Lines, wanted: tuple[PatternSource, ...], item: Sequence[str]
) -> bytes:
    """The new text, if it says what was wanted and nothing else changed."""
    after = lines.text()
    try:
        now = parse_settings(after)
    except CannotAnswer:
        now = None
    if now != parse_settings(raw).model_copy(update={"patterns": wanted}):
        paste = " / ".join(line.strip() for line in item)
        raise CannotAnswer(
            f"{SETTINGS_FILE} is written in a form that is not edited here",
            remedy=f"write under `patterns:` by hand: {paste}",
        )
    return after
