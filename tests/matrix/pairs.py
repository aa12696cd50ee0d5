"""Rows in which every two values of different axes meet at least once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

Row = dict[str, str]
Pair = frozenset[tuple[str, str]]


def all_pairs(axes: Mapping[str, Sequence[str]]) -> set[Pair]:
    """Every pair of values of two axes."""
    return {
        frozenset({(one, first), (two, second)})
        for one, two in combinations(axes, 2)
        for first in axes[one]
        for second in axes[two]
    }


def pairs_of(row: Row) -> set[Pair]:
    """The pairs that meet in a row."""
    return {frozenset(pair) for pair in combinations(row.items(), 2)}


def rows(axes: Mapping[str, Sequence[str]]) -> Iterator[Row]:
    """Rows that hold every pair, the same ones each time, not many more than are needed.

    Each row starts from a pair that has not met yet; every further axis takes the value with which
    most new pairs meet, or among those the value that was taken least.
    """
    missing, taken = all_pairs(axes), Counter[tuple[str, str]]()
    while missing:
        row = dict(min(missing, key=sorted))
        for axis in sorted(set(axes) - set(row), key=list(axes).index):
            row[axis] = _best(row, axis, axes[axis], missing, taken)
        missing -= pairs_of(row)
        taken.update(row.items())
        yield {axis: row[axis] for axis in axes}


def _best(
    row: Row,
    axis: str,
    values: Sequence[str],
    missing: set[Pair],
    taken: Counter[tuple[str, str]],
) -> str:
    def gain(value: str) -> tuple[int, int]:
        new = sum(frozenset({pair, (axis, value)}) in missing for pair in row.items())
        return new, -taken[axis, value]

    return max(values, key=gain)
