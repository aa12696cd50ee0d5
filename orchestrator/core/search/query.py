"""What a query means: plain words, their short forms written out, and how they are looked for."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

_TOKEN = re.compile(r"[^\W_]+")
_SEAM = re.compile(r"(?=[A-Z])(?:(?<=[a-z0-9])|(?<=[A-Z][A-Z])(?=[A-Z][a-z]))")
_STOP = frozenset(
    ["a", "an", "and", "as", "at", "be", "by", "for", "from", "in", "is", "it", "its", "of", "on"]
) | {"or", "shall", "that", "the", "to", "with"}
_MEANS: Mapping[str, tuple[str, ...]] = {
    "auth": ("authentication",),
    "authn": ("authentication",),
    "authz": ("authorization", "role"),
    "rbac": ("role",),
    "signin": ("login",),
    "signup": ("registration", "register"),
    "oauth2": ("oauth",),
}
_ENDINGS = ("ations", "ation", "ating", "ated", "ates", "ions", "ion", "ings", "ing", "ies", "ers")
_SHORT_ENDINGS = ("er", "ed", "es", "s", "y", "e")
_SHORTEST_STEM = 5
_SHORTEST_START = 3


def meanings(query: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """Each word of a query with the words that mean the same; plain lower case, none twice."""
    found = (token for text in query for token in tokens(text))
    return tuple((token, *_MEANS.get(token, ())) for token in dict.fromkeys(found))


def meaning(query: Sequence[str]) -> tuple[str, ...]:
    """What a query is taken to mean: plain lower-case words, short forms written out."""
    return tuple(dict.fromkeys(word for words in meanings(query) for word in words))


def tokens(text: str) -> tuple[str, ...]:
    """The words of a text in order, lower case, plural `s` dropped, without filler words."""
    words = _TOKEN.findall(spaced(text).lower())
    return tuple(_singular(word) for word in words if word not in _STOP)


def spaced(text: str) -> str:
    """The text with a blank between the parts of names that only capitals keep apart."""
    return _SEAM.sub(" ", text)


def stem(word: str) -> str:
    """The beginning that a word shares with its other forms: the word without a usual ending.

    It is never shorter than five letters, unless the word is.
    """
    for ending in (*_ENDINGS, *_SHORT_ENDINGS):
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_STEM:
            return word[: -len(ending)]
    return word


def is_start(found: str) -> bool:
    """Say whether a stem stands for all words that begin with it; a very short one does not."""
    return len(found) >= _SHORTEST_START


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and word[-2] not in "su" else word
