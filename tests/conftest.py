"""Signals as on a terminal, also where the tests run in the background of a script.

A shell starts a background command with SIGINT ignored, `nohup` one with SIGHUP ignored. Programs
that the tests start would inherit that, and rightly not stop when a test interrupts them.
"""

from __future__ import annotations

import signal

_USUAL = {signal.SIGINT: signal.default_int_handler, signal.SIGHUP: signal.SIG_DFL}

for number, handler in _USUAL.items():
    if signal.getsignal(number) is signal.SIG_IGN:
        signal.signal(number, handler)
