"""Read transition reports that people or we wrote; names every line it cannot read."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from orchestrator.report.entry import Blocked, Entry, Risk, Unreadable
from orchestrator.report.fields import (
    items,
    one_line,
    read_evidence,
    read_follow_up,
    read_link,
    read_risk,
    says_nothing,
)

_HEADER = re.compile(
    r"\*{0,2}\[(?P<keyword>TRANSITION|PROGRESS)\|(?P<tag>[^\]|]+)\]\*{0,2}"
    r"(?:\s*\[?(?P<date>\d{4}-\d{2}-\d{2})\]?)?(?:\s*by\s+(?P<actor>\S.*?))?\*{0,2}"
)
_LIKE_HEADER = re.compile(r"\*{0,2}\[(?:TRANSITION|PROGRESS)\b")
_BLOCKED = re.compile(
    r"(?:[-*]\s+)?`?BLOCKED\(missing_inputs=\[(?P<missing>.*?)\],\s*"
    r"unblock_steps=\[(?P<steps>.*)\]\)`?"
)
_LIKE_BLOCKED = re.compile(r"(?:[-*]\s+)?`?BLOCKED\(")
_KEY = re.compile(r"\*{0,2}(?P<key>[A-Za-z][A-Za-z_ -]*?)\*{0,2}\s*:\*{0,2}(?P<rest>.*)")
_BLOCK = re.compile(r"=== *(?:(?P<end>END)\b)? *(?P<name>.*?) *===")
_BULLET = re.compile(r"[-*\u2022]\s+(?P<text>.*)")
_NEW_TOPIC = re.compile(r"\s*(?:```|~~~|#{1,6}\s)")

_HEAD, _WHY, _OUTPUT, _DONE, _DOCUMENTS, _FOLLOW_UP = (
    "head",
    "why",
    "output",
    "done",
    "docs",
    "next",
)
_OTHER_NAMES = {
    "FROM": "FROM_STATE",
    "TO": "TO_STATE",
    "RISK": "RISKS",
    "FOLLOW_UPS": "FOLLOW_UP",
    "DOCUMENTS_CREATED": "DOCUMENTS",
    "RESEARCH_DOCUMENTS": "DOCUMENTS",
}
# key: the sections in which it may stand
_PLACES = {
    "MODE": (_HEAD,),
    "FROM_STATE": (_HEAD,),
    "TO_STATE": (_HEAD,),
    "WHY": (_HEAD,),
    "OUTPUT": (_HEAD, _WHY),
    "SUMMARY": (_OUTPUT,),
    "INPUTS": (_OUTPUT,),
    "EVIDENCE": (_OUTPUT,),
    "RISKS": (_OUTPUT,),
    "NEXT_STEPS": (_OUTPUT,),
    "DOCUMENTS": (_OUTPUT, _DONE, _DOCUMENTS, _FOLLOW_UP),
    "FOLLOW_UP": (_HEAD, _WHY, _OUTPUT, _DONE, _DOCUMENTS),
}
_OPENS = {"WHY": _WHY, "OUTPUT": _OUTPUT, "DOCUMENTS": _DOCUMENTS, "FOLLOW_UP": _FOLLOW_UP}

Read = Entry | Blocked


def parse_log(text: str) -> tuple[tuple[Read, ...], tuple[Unreadable, ...]]:
    """Every entry of a text, fenced or plain, in order, and the lines that could not be read.

    Text around the entries is none of ours. Lines are counted from 1.
    """
    read: list[Read] = []
    unreadable: list[Unreadable] = []
    lines = [line.rstrip("\r") for line in text.removeprefix("\ufeff").split("\n")]
    at = 0
    while at < len(lines):
        header = _HEADER.fullmatch(lines[at].strip())
        if header is not None:
            one = _Reader(header, at + 1, _indent(lines[at]))
            at = one.take(lines, at + 1)
            read.append(one.entry)
            unreadable += one.unreadable
            continue
        outcome = _single(lines[at], at + 1)
        if isinstance(outcome, Blocked):
            read.append(outcome)
        elif outcome is not None:
            unreadable.append(outcome)
        at += 1
    return tuple(read), tuple(unreadable)


def _single(line: str, number: int) -> Blocked | Unreadable | None:
    text = line.strip()
    blocked = _BLOCKED.fullmatch(text)
    if blocked is not None:
        return Blocked(items(blocked["missing"]), items(blocked["steps"]), number)
    odd = _LIKE_HEADER.match(text) or _LIKE_BLOCKED.match(text)
    return Unreadable(number, line) if odd else None


def _indent(line: str) -> int:
    expanded = line.expandtabs(4)
    return len(expanded) - len(expanded.lstrip())


def _key(text: str) -> tuple[str, str]:
    """The key that a line starts with, in one spelling, and the rest; no key is an empty text."""
    found = _KEY.fullmatch(text)
    if found is None:
        return "", text
    name = found["key"].strip().upper().replace("-", "_").replace(" ", "_")
    name = _OTHER_NAMES.get(name, name)
    return (name, found["rest"].strip()) if name in _PLACES else ("", text)


def _value(text: str) -> str:
    return "" if text.strip().lower() == "n/a" else one_line(text)


@dataclass
class _Reader:
    """Collects one entry line by line; `section` says what a bullet would belong to."""

    header: re.Match[str]
    number: int
    indent: int
    unreadable: list[Unreadable] = field(default_factory=list)
    section: str = _HEAD
    after_blank: bool = False
    entry: Entry = field(init=False)

    def __post_init__(self) -> None:
        self.entry = Entry(
            tag=self.header["tag"].strip(),
            actor=one_line(self.header["actor"] or ""),
            date=self.header["date"] or "",
            keyword=self.header["keyword"],
            line=self.number,
        )

    def take(self, lines: list[str], at: int) -> int:
        """Read on from a line; the answer is the first line that is not part of the entry."""
        while at < len(lines) and not self._ends(lines[at]):
            text, after = self._logical(lines, at)
            if text and not self._accept(text):
                if self._is_over(text):
                    return at
                self.unreadable.append(Unreadable(at + 1, text))
            self.after_blank = not text
            at = after
        return at

    def _ends(self, line: str) -> bool:
        """Say whether a line that is not indented begins something else."""
        if _indent(line) > self.indent + 1:
            return False
        text = line.strip()
        likeness = (_NEW_TOPIC, _LIKE_HEADER, _LIKE_BLOCKED)
        return any(pattern.match(text) for pattern in likeness)

    def _is_over(self, text: str) -> bool:
        if self.section == _DONE or self._strange_bullet(text):
            return True
        return self.section in (_FOLLOW_UP, _DOCUMENTS) and not _BULLET.fullmatch(text)

    def _strange_bullet(self, text: str) -> bool:
        """Say whether a bullet after a blank line belongs to the text around the entry."""
        return self.section == _FOLLOW_UP and self.after_blank and "owner=" not in text

    def _logical(self, lines: list[str], at: int) -> tuple[str, int]:
        """A line joined with the deeper lines that continue it, and the line after them."""
        text, after = lines[at].strip(), at + 1
        depth = max(self.indent, _indent(lines[at]))
        while text and after < len(lines) and not self._opens(text):
            line = lines[after]
            if not line.strip() or _indent(line) < depth + 2:
                break
            text = f"{text} {line.strip()}"
            after += 1
        return text, after

    def _opens(self, text: str) -> bool:
        """Say whether a line has its content below it instead of beside it."""
        key, rest = _key(text)
        return (key in _OPENS and not rest) or _BLOCK.fullmatch(text) is not None

    def _accept(self, text: str) -> bool:
        block = _BLOCK.fullmatch(text)
        if block is not None:
            return self._block(_value(block["name"]), ends=bool(block["end"]))
        key, rest = _key(text)
        if key and self.section in _PLACES[key]:
            return self._keyed(key, rest)
        bullet = _BULLET.fullmatch(text)
        if bullet is None or self._strange_bullet(text):
            return False
        return self._bullet(bullet["text"].strip())

    def _block(self, name: str, *, ends: bool) -> bool:
        if ends:
            self.section = _DONE
            return name == self.entry.title
        self.section = _OUTPUT
        return self._set(title=name)

    def _keyed(self, key: str, rest: str) -> bool:
        if key in _OPENS:
            self.section = _OPENS[key]
            bullet = _BULLET.fullmatch(rest)
            return not rest or self._bullet(bullet["text"] if bullet else rest)
        match key:
            case "EVIDENCE":
                found, whole = read_evidence(rest)
                return self._set(evidence=(*self.entry.evidence, *found)) and whole
            case "RISKS":
                risk = read_risk(rest)
                if risk is None or risk == Risk(""):
                    return risk is not None
                return self._set(risks=(*self.entry.risks, risk))
            case _:
                return self._set(**{key.lower(): _value(rest)})

    def _bullet(self, text: str) -> bool:
        entry = self.entry
        match self.section:
            case "why":
                return self._set(why=(*entry.why, one_line(text)))
            case "docs":
                link = read_link(text)
                return link is not None and self._set(documents=(*entry.documents, link))
            case "next":
                if says_nothing(text):
                    return True
                return self._set(follow_ups=(*entry.follow_ups, read_follow_up(text)))
            case _:
                return False

    def _set(self, **values: object) -> bool:
        self.entry = replace(self.entry, **values)  # type: ignore[arg-type]
        return True
