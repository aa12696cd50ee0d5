"""A log entry as people write and read it: values without any layout."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field

WIDTH = 120
LONGEST_WORD = 100

_PAIR = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*=")


@dataclass(frozen=True)
class Evidence:
    """What was measured, how it came out, and where that can be looked up."""

    name: str
    result: str
    refs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Risk:
    """An open (or `done`) risk; `names` is the list some people write where the box belongs."""

    text: str
    owner: str = ""
    mitigation: str = ""
    done: bool = False
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class FollowUp:
    """What is left to do; `due` is a date or a word such as `ongoing`."""

    action: str
    owner: str = ""
    due: str = ""
    done: bool = False


@dataclass(frozen=True)
class Link:
    """A document that an entry names."""

    title: str
    target: str


@dataclass(frozen=True)
class Entry:
    """One transition report; `line` is where it was read (0: it was not), and is no part of it.

    An absent value is an empty text. `inputs` is kept as written; `pairs` reads it.
    """

    tag: str
    actor: str = ""
    date: str = ""
    keyword: str = "TRANSITION"
    mode: str = ""
    from_state: str = ""
    to_state: str = ""
    why: tuple[str, ...] = ()
    title: str = ""
    summary: str = ""
    inputs: str = ""
    evidence: tuple[Evidence, ...] = ()
    risks: tuple[Risk, ...] = ()
    next_steps: str = ""
    documents: tuple[Link, ...] = ()
    follow_ups: tuple[FollowUp, ...] = ()
    line: int = field(default=0, compare=False)

    @property
    def pairs(self) -> dict[str, str]:
        """The inputs that are `key=value`; the first `=` splits, further words belong to it.

        A `[` holds everything up to its `]`; words before the first key are left out.
        """
        found: dict[str, str] = {}
        last = ""
        for word in self.inputs.split():
            inside = last and found[last].count("[") > found[last].count("]")
            if not inside and _PAIR.match(word):
                last, _, found[last] = word.partition("=")
            elif last:
                found[last] += f" {word}"
        return found


@dataclass(frozen=True)
class Blocked:
    """A story that could not move: what was missing, and what would help."""

    missing_inputs: tuple[str, ...]
    unblock_steps: tuple[str, ...]
    line: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Unreadable:
    """A line, counted from 1, that could not be read."""

    line: int
    text: str


def plain(text: str) -> str:
    """One line of visible text: single blanks, no control characters, no word over 100 letters.

    A longer word keeps its first 97 letters and `...`; the record holds it whole.
    """
    visible = "".join(letter if _visible(letter) else " " for letter in text)
    return " ".join(shortened(word) for word in visible.split())


def field_text(text: str) -> str:
    """Plain text that can stand between the bars of an evidence or risk line."""
    return plain(text.replace("|", "/"))


def role_text(role: str) -> str:
    """A role, tag or date as one word of at most 40 letters."""
    return field_text(role).replace(" ", "_")[:40]


def ref_text(ref: str) -> str:
    """A reference as one word without commas or bars (percent-encoded); not shortened."""
    text = "".join(letter if _visible(letter) else " " for letter in ref).strip()
    for letter, code in ((" ", "%20"), (",", "%2C"), ("|", "%7C")):
        text = text.replace(letter, code)
    return "".join(text.split())


def _visible(letter: str) -> bool:
    return unicodedata.category(letter) not in ("Cc", "Cf", "Cs")


def shortened(word: str) -> str:
    """A word of at most 100 letters; a longer one keeps its first 97 and `...`."""
    return word if len(word) <= LONGEST_WORD else word[: LONGEST_WORD - 3] + "..."
