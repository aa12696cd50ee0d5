"""A TCP line on loopback to a store, which can be cut and mended while it is in use."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from urllib.parse import urlsplit

_CHUNK = 65_536
_CONNECT_SECONDS = 5.0


class Line:
    """Listens as soon as it is made; `url` is that of the store by way of this line.

    `delay` are seconds that each chunk takes in each direction.
    """

    def __init__(self, store: str) -> None:
        parts = urlsplit(store)
        self.delay = 0.0
        self._far = (parts.hostname or "127.0.0.1", parts.port or 0)
        self._whole = True
        self._lock = threading.Lock()
        self._ends: set[socket.socket] = set()
        self._door = socket.create_server(("127.0.0.1", 0))
        user = f"{parts.username}@" if parts.username else ""
        place = f"{user}127.0.0.1:{self._door.getsockname()[1]}"
        self.url = parts._replace(netloc=place).geturl()
        threading.Thread(target=self._listen, daemon=True).start()

    def cut(self) -> None:
        """End every connection, and each new one as soon as it comes."""
        self._whole = False
        with self._lock:
            ends, self._ends = self._ends, set()
        for end in ends:
            _end(end)

    def mend(self) -> None:
        """Let connections through again."""
        self._whole = True

    def close(self) -> None:
        """End all of it."""
        self.cut()
        _end(self._door)

    def _listen(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._door.accept()
                self._join(near)

    def _join(self, near: socket.socket) -> None:
        """Connect a caller with the store, unless the line is cut."""
        try:
            far = socket.create_connection(self._far, _CONNECT_SECONDS)
        except OSError:
            _end(near)
            return
        far.settimeout(None)
        with self._lock:
            self._ends |= {near, far}
        for one, other in ((near, far), (far, near)):
            threading.Thread(target=self._carry, args=(one, other), daemon=True).start()
        if not self._whole:
            self.cut()

    def _carry(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(_CHUNK):
                time.sleep(self.delay)
                target.sendall(data)
        for end in (source, target):
            _end(end)
        with self._lock:
            self._ends -= {source, target}


def _end(link: socket.socket) -> None:
    """End a connection so that a thread that waits for it notices."""
    with contextlib.suppress(OSError):
        link.shutdown(socket.SHUT_RDWR)
    link.close()
