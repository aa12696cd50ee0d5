"""Find the word that was probably meant; suggests, never decides."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def nearest(word: str, choices: Iterable[str]) -> str | None:
    """The choice most like `word`, or None when none is near. Case, `-` and `_` do not count."""
    plain: dict[str, str] = {}
    for choice in choices:
        plain.setdefault(_plain(choice), choice)
    found = get_close_matches(_plain(word), list(plain), n=1, cutoff=0.6)
    return plain[found[0]] if found else None


def did_you_mean(word: str, choices: Iterable[str]) -> str:
    """A remedy for an unknown word: the nearest choice, else all choices in their order."""
    known = list(choices)
    near = nearest(word, known)
    if near is not None:
        return f"did you mean `{near}`?"
    return f"use one of: {', '.join(known)}" if known else "leave it out"


def _plain(word: str) -> str:
    return word.casefold().replace("-", "_")
