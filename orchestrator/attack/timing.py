"""Do two things take the same time? Compared as medians of interleaved pairs."""

from __future__ import annotations

from collections.abc import Callable
from statistics import median

from orchestrator.attack.proving import check
from orchestrator.attack.wire import Reply

PAIRS = 40
_LEAST, _MOST = 0.7, 1.4
_NOISE = 0.01
"""Seconds below which two medians cannot be told apart over a network."""


def same_time(
    one: Callable[[], Reply], other: Callable[[], Reply], what: str, pairs: int = PAIRS
) -> None:
    """Fail unless the medians lie within a factor of 0.7 to 1.4, or 10 ms, of one another."""
    first: list[float] = []
    second: list[float] = []
    for _ in range(pairs):
        first.append(one().seconds)
        second.append(other().seconds)
    left, right = median(first), median(second)
    close = abs(left - right) < _NOISE or _LEAST <= left / right <= _MOST
    check(close, f"{what} take {left * 1000:.0f} ms and {right * 1000:.0f} ms")
