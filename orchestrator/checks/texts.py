"""Whether a text still has what several earlier ones, which vary, have in common; asks nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from functools import reduce
from itertools import takewhile

TOKENS = re.compile(r"\w+|\W")
# A value that varies does so as a whole: up to the space, the quote or the tag beside it.
_HEAD = re.compile(r".*[\s<>\"'=]", re.DOTALL)


def keeps(before: Sequence[str], now: str) -> bool:
    """Say whether `now` has every line that all texts before have, in their order, with nothing
    between two of them where nothing was, and between the others what the texts share there."""
    split = [text.splitlines(keepends=True) for text in before]
    common = reduce(_shared, split[1:], split[0])
    mine = _between(common, now.splitlines(keepends=True))
    theirs = [_between(common, lines) for lines in split]
    if mine is None:
        return False
    every = [[gaps[place] for gaps in theirs if gaps is not None] for place in range(len(mine))]
    return all(_fits(were, is_) for were, is_ in zip(every, mine, strict=True))


def _shared(some: list[str], others: list[str]) -> list[str]:
    """The lines that both have, in one order."""
    blocks = SequenceMatcher(None, some, others, autojunk=False).get_matching_blocks()
    return [line for at, _, size in blocks for line in some[at : at + size]]


def _between(common: Sequence[str], lines: Sequence[str]) -> list[str] | None:
    """The texts before, between and after the common lines; None where one of those is missing."""
    gaps, place = [], 0
    for wanted in common:
        start = place
        while place < len(lines) and lines[place] != wanted:
            place += 1
        if place == len(lines):
            return None
        gaps.append("".join(lines[start:place]))
        place += 1
    return [*gaps, "".join(lines[place:])]


def _fits(before: Sequence[str], now: str) -> bool:
    """Line for line where the texts have as many, else as one."""
    split = [text.splitlines(keepends=True) for text in (*before, now)]
    if len({len(lines) for lines in split}) == 1:
        return all(_line_fits(were, is_) for *were, is_ in zip(*split, strict=True))
    return _line_fits(before, now)


def _line_fits(before: Sequence[str], now: str) -> bool:
    """Token for token where the texts have as many, else by how all of them begin and end."""
    if len(set(before)) == 1:
        return now == before[0]
    rows = [TOKENS.findall(text) for text in (*before, now)]
    if len({len(row) for row in rows}) == 1:
        return all(is_ in were or len(set(were)) > 1 for *were, is_ in zip(*rows, strict=True))
    head = _head(before)
    tail = _head([text[::-1] for text in before])[::-1]
    long_enough = len(now) >= len(head) + len(tail)
    return long_enough and now.startswith(head) and now.endswith(tail)


def _head(texts: Sequence[str]) -> str:
    """How all the texts begin, up to a border."""
    same = takewhile(lambda those: len(set(those)) == 1, zip(*texts, strict=False))
    found = _HEAD.match("".join(those[0] for those in same))
    return found[0] if found else ""
