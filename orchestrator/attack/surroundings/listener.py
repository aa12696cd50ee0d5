"""An address of an attacker, which counts who comes."""

from __future__ import annotations

import socket
import threading

_PATIENCE = 0.2


class Listener:
    """Takes connections on loopback in the block, ends each at once and counts it."""

    def __enter__(self) -> Listener:
        self._door = socket.create_server(("127.0.0.1", 0))
        self._door.settimeout(_PATIENCE)
        self.port: int = self._door.getsockname()[1]
        self.visits = 0
        self._open = True
        self._thread = threading.Thread(target=self._count, daemon=True)
        self._thread.start()
        return self

    @property
    def url(self) -> str:
        """Its address, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    def _count(self) -> None:
        while self._open:
            try:
                self._door.accept()[0].close()
                self.visits += 1
            except OSError:
                continue

    def __exit__(self, *_: object) -> None:
        self._open = False
        self._thread.join()
        self._door.close()
