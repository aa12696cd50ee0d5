"""What Ctrl-C and a polite end do to a command; cleaning up is left to whoever is interrupted."""

from __future__ import annotations

import math
import signal
import time
from types import FrameType

CLEANING_SECONDS = 5.0
_POLITE = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def stop_politely() -> Stop:
    """Let a polite kill clean up as Ctrl-C does; an ignored signal stays ignored."""
    stop = Stop()
    for number in _POLITE:
        handler = signal.getsignal(number)
        if handler in (signal.SIG_DFL, signal.default_int_handler) or isinstance(handler, Stop):
            signal.signal(number, stop)
    return stop


def too_late() -> None:
    """The work is done: no signal keeps its answer from being told, or changes the exit code."""
    for number in _POLITE:
        signal.signal(number, signal.SIG_IGN)


class Stop:
    """Interrupts once; another signal soon after it would only disturb the cleaning up.

    `asked` tells that it did. A library may turn the interrupt into an error of its own.
    """

    def __init__(self) -> None:
        self.asked = False
        self._last = -math.inf

    def __call__(self, _number: int, _frame: FrameType | None) -> None:
        now = time.monotonic()
        if now - self._last > CLEANING_SECONDS:
            self._last = now
            self.asked = True
            raise KeyboardInterrupt
