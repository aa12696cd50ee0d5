"""A block that an interrupt cannot tear apart; it judges nothing and starts nothing."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Ctrl-C and a polite end that come inside the block are too late: what it does is done.

    The mask is for the processes that the block starts: they inherit it. It is not enough for us,
    because any other thread (a status line has one) takes the signal, and Python then runs the
    handler in this one; so the handlers are replaced too.
    """
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    handlers = _replaced()
    try:
        yield
    finally:
        # What is pending reaches the handler that ignores it, before the old ones return.
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        for number, handler in handlers.items():
            # Whoever chose another one inside the block knows better.
            if signal.getsignal(number) is _too_late:
                signal.signal(number, handler)


def _replaced() -> Mapping[signal.Signals, signal._HANDLER]:
    if threading.current_thread() is not threading.main_thread():
        return {}
    found = {number: signal.getsignal(number) for number in _SIGNALS}
    known = {number: one for number, one in found.items() if one not in (None, signal.SIG_IGN)}
    for number in known:
        signal.signal(number, _too_late)
    return known


def _too_late(_number: int, _frame: FrameType | None) -> None:
    """Let it pass."""
