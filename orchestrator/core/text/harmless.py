"""Text of strangers made harmless: nothing in it moves a cursor, hides a word or opens a block."""

from __future__ import annotations

import re
import unicodedata

REPLACEMENT = "\ufffd"
_MARKUP = re.compile(r"[`~<>|#*\[\]\\]+")
_URL = re.compile(r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[A-Za-z0-9._~:/?#@!$&'()*+,;=%-]*)?")
_LONGEST_URL = 500


def harmless(text: str, limit: int) -> str:
    """The text with U+FFFD for all that is not seen (controls, marks of direction), cut to `limit`.

    Line feeds and tabs stay, other blanks become plain ones; what is cut off is told at the end.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    left_out = len(lines) - limit
    shown = "".join(_visible(letter) for letter in lines[:limit])
    return f"{shown}… ({left_out} more characters left out)" if left_out > 0 else shown


def harmless_line(text: str, limit: int) -> str:
    """One line of it, for a report: no character with which Markdown or HTML begins a thing."""
    words = _MARKUP.sub(" ", harmless(text[: 4 * limit], 4 * limit)).split()
    line = " ".join(words)
    return line if len(line) <= limit else f"{line[: limit - 1]}…"


def harmless_url(text: str) -> str:
    """The text if it is a plain http(s) address without user and password, else nothing."""
    return text if len(text) <= _LONGEST_URL and _URL.fullmatch(text) else ""


def _visible(letter: str) -> str:
    if letter.isprintable() or letter in "\n\t":
        return letter
    return " " if unicodedata.category(letter) == "Zs" else REPLACEMENT
