"""What all tests share: signals as on a terminal, and no question to a server on the internet.

A shell starts a background command with SIGINT ignored, `nohup` one with SIGHUP ignored. Programs
that the tests start would inherit that, and rightly not stop when a test interrupts them.
"""

from __future__ import annotations

import os
import signal

_USUAL = {signal.SIGINT: signal.default_int_handler, signal.SIGHUP: signal.SIG_DFL}

for number, handler in _USUAL.items():
    if signal.getsignal(number) is signal.SIG_IGN:
        signal.signal(number, handler)

# Nobody listens on this port of the loopback; a test that wants an answer names its own server.
os.environ["CONTEXT7_API_URL"] = os.environ["CONTEXT7_MCP"] = "http://127.0.0.1:9"
os.environ["NO_PROXY"] = os.environ["no_proxy"] = ",".join(
    filter(None, ("127.0.0.1", "localhost", os.environ.get("NO_PROXY", "")))
)
os.environ.pop("CONTEXT7_API_KEY", None)
