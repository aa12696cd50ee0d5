"""Ports of the loopback, each handed out once."""

from __future__ import annotations

import secrets
import socket
import threading
from typing import Final

_PORTS: Final = range(15_000, 32_000)
_handed_out: Final[set[int]] = set()
_handing_out: Final = threading.Lock()


def free_port() -> int:
    """A port of the loopback that nobody listens on now; this process gets none of them twice.

    It lies below the range from which systems take the ports of connections that go out, so none
    of the many requests of an attack gets it before the server does.
    """
    while True:
        port = secrets.choice(_PORTS)
        with _handing_out:
            if port not in _handed_out and _is_free(port):
                _handed_out.add(port)
                return port


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
