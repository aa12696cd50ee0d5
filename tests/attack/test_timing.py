"""Measurements fail for what is so twice, and for nothing that happens once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain, repeat

import pytest

from orchestrator.attack.judging.proving import Failure
from orchestrator.attack.judging.timing import PAIRS, no_slower, same_time, twice, within
from orchestrator.attack.wire import Reply


def taking(seconds: Iterator[float]) -> Callable[[], Reply]:
    return lambda: Reply(200, (), b"", next(seconds))


def always(seconds: float) -> Callable[[], Reply]:
    return taking(repeat(seconds))


def once(seconds: float, usual: float, times: int = PAIRS) -> Callable[[], Reply]:
    return taking(chain(repeat(seconds, times), repeat(usual)))


def test_what_always_takes_longer_fails() -> None:
    with pytest.raises(Failure, match="logins take 5 ms and 250 ms"):
        same_time(always(0.005), always(0.25), "logins")


def test_what_takes_longer_once_does_not() -> None:
    same_time(once(1.0, 0.25), always(0.25), "logins")


def test_a_few_odd_ones_do_not_count() -> None:
    same_time(once(9.0, 0.25, PAIRS // 2 - 1), always(0.25), "logins")


def test_a_slow_machine_slows_down_both() -> None:
    no_slower(lambda: 2.0, lambda: 1.0, "a token")


def test_what_is_out_of_proportion_fails() -> None:
    with pytest.raises(Failure, match="a token took 500 ms, where 10 are usual"):
        no_slower(lambda: 0.5, lambda: 0.01, "a token")


def test_one_answer_in_time_is_enough() -> None:
    assert within(1.0, taking(iter([5.0, 0.5])), "health").seconds == 0.5


def test_no_answer_in_time_fails() -> None:
    with pytest.raises(Failure, match=r"health took 3\.0 s"):
        within(1.0, taking(iter([5.0, 3.0, 4.0])), "health")


def test_a_second_failure_is_final() -> None:
    tries: list[int] = []

    def attempt() -> None:
        tries.append(1)
        raise Failure("no")

    with pytest.raises(Failure, match="no"):
        twice(attempt)
    assert len(tries) == 2
