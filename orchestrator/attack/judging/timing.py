"""How long do things take? Compared in turns, as medians, and twice before anything fails.

A busy machine slows down whatever runs on it. Two things that are asked for in turns suffer alike,
and a fault of the service shows again when the same is measured once more.
"""

from __future__ import annotations

from collections.abc import Callable
from statistics import median

from orchestrator.attack.judging.proving import Failure, check
from orchestrator.attack.wire import Reply

PAIRS = 40
_FEW_PAIRS = 9
_LEAST, _MOST = 0.7, 1.4
_NOISE = 0.01
"""Seconds below which two medians cannot be told apart over a network."""
_TRIES = 3

Seconds = Callable[[], float]


def same_time(
    one: Callable[[], Reply], other: Callable[[], Reply], what: str, pairs: int = PAIRS
) -> None:
    """Fail unless the medians lie within a factor of 0.7 to 1.4, or 10 ms, of one another."""

    def attempt() -> None:
        left, right = _medians(lambda: one().seconds, lambda: other().seconds, pairs)
        close = abs(left - right) < _NOISE or _LEAST <= left / right <= _MOST
        check(close, f"{what} take {left * 1000:.0f} ms and {right * 1000:.0f} ms")

    twice(attempt)


def no_slower(
    odd: Seconds, plain: Seconds, what: str, *, factor: float = 3.0, spare: float = 0.05
) -> None:
    """Fail when the median of `odd` is above that of `plain` by a factor and some spare seconds."""

    def attempt() -> None:
        seen, usual = _medians(odd, plain, _FEW_PAIRS)
        check(seen <= factor * usual + spare,
              f"{what} took {seen * 1000:.0f} ms, where {usual * 1000:.0f} are usual")  # fmt: skip

    twice(attempt)


def within(seconds: float, ask: Callable[[], Reply], what: str) -> Reply:
    """The reply, unless none of three comes within so many seconds: then fail."""
    replies: list[Reply] = []
    while len(replies) < _TRIES:
        replies.append(ask())
        if replies[-1].seconds < seconds:
            return replies[-1]
    raise Failure(f"{what} took {min(one.seconds for one in replies):.1f} s")


def twice(attempt: Callable[[], None]) -> None:
    """Make an attempt, and once more when it fails: what is so is so again."""
    try:
        attempt()
    except Failure:
        attempt()


def _medians(one: Seconds, other: Seconds, pairs: int) -> tuple[float, float]:
    taken = [(one(), other()) for _ in range(pairs)]
    return median(first for first, _ in taken), median(second for _, second in taken)
