"""Where the sections of a Markdown text stand, in bytes; code fences and comments hide nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from orchestrator.core.errors import CannotAnswer

_LINE = re.compile(rb"[^\n]*\n|[^\n]+\Z")
_FENCE = re.compile(rb" {0,3}(?P<mark>`{3,}|~{3,})(?P<rest>.*)", re.DOTALL)
_COMMENT = re.compile(rb" {0,3}<!--")
_HEADING = re.compile(rb"(?P<level>#{1,6})[ \t]+(?P<title>.*)")

Role = Literal["text", "open", "inside", "close", "comment"]


@dataclass(frozen=True)
class Line:
    """One line: 1-based number, byte offsets (end past the line's end sign), and its text.

    `role` tells text from the lines of a code fence and from comments over several lines.
    """

    number: int
    start: int
    end: int
    content: bytes
    role: Role

    @property
    def shown(self) -> bool:
        """Say whether the line is text: no fence line, not in a fence, not in a comment."""
        return self.role == "text"

    @property
    def heading(self) -> tuple[int, str] | None:
        """Level and title, when the line is a heading."""
        found = _HEADING.fullmatch(self.content) if self.shown else None
        if found is None:
            return None
        title = found["title"].decode("utf-8", "replace").strip()
        open_title = title.rstrip("#")
        closed = open_title != title and (not open_title or open_title[-1].isspace())
        return len(found["level"]), open_title.rstrip() if closed else title


@dataclass(frozen=True)
class Section:
    """The lines from a heading of level 2 up to the next heading of level 1 or 2."""

    title: str
    lines: tuple[Line, ...]

    @property
    def start(self) -> int:
        """Byte offset of the heading."""
        return self.lines[0].start

    @property
    def end(self) -> int:
        """Byte offset past the last line."""
        return self.lines[-1].end

    @property
    def body(self) -> tuple[Line, ...]:
        """The lines after the heading."""
        return self.lines[1:]


def read_lines(raw: bytes, name: str, *, start: int = 0, first_line: int = 1) -> tuple[Line, ...]:
    """The lines of a text from a byte offset on.

    Raises CannotAnswer when a code fence or a comment is never closed: what comes after it, a log
    entry for one, would be hidden.
    """
    lines: list[Line] = []
    hidden: _Hidden | None = None
    for number, match in enumerate(_LINE.finditer(raw, start), first_line):
        content = match[0].rstrip(b"\r\n")
        role: Role = "text"
        if hidden is not None:
            closes = hidden.closed_by(content)
            role = "comment" if hidden.is_comment else ("close" if closes else "inside")
            hidden = None if closes else hidden
        else:
            hidden = _opens(content, number)
            if hidden is not None:
                role = "comment" if hidden.is_comment else "open"
        lines.append(Line(number, match.start(), match.end(), content, role))
    if hidden is not None:
        raise CannotAnswer(
            f"{name}:{hidden.line}: a {hidden.what} that is never closed",
            remedy=f"close it with `{hidden.close.decode()}`",
        )
    return tuple(lines)


def sections(lines: tuple[Line, ...]) -> Iterator[Section]:
    """The sections of level 2, in order."""
    title, held = "", list[Line]()
    for line in lines:
        heading = line.heading
        if heading is not None and heading[0] <= 2:
            if held:
                yield Section(title, tuple(held))
            title, held = heading[1], [line] if heading[0] == 2 else []
        elif held:
            held.append(line)
    if held:
        yield Section(title, tuple(held))


@dataclass(frozen=True)
class _Hidden:
    line: int
    what: str
    close: bytes

    @property
    def is_comment(self) -> bool:
        return self.what == "comment"

    def closed_by(self, content: bytes) -> bool:
        if self.is_comment:
            return self.close in content
        found = _FENCE.fullmatch(content)
        return (
            found is not None and found["mark"].startswith(self.close) and not found["rest"].strip()
        )


def _opens(content: bytes, number: int) -> _Hidden | None:
    fence = _FENCE.fullmatch(content)
    if fence is not None and not (fence["mark"].startswith(b"`") and b"`" in fence["rest"]):
        return _Hidden(number, "code fence", fence["mark"])
    if _COMMENT.match(content) and b"-->" not in content:
        return _Hidden(number, "comment", b"-->")
    return None
