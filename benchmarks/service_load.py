"""Load on a server: kept-alive connections that send prepared requests; parses only the length."""

from __future__ import annotations

import re
import selectors
import socket
import time
from collections.abc import Mapping

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_OK = b"HTTP/1.1 200 "
CONNECTIONS = 16


def request_bytes(
    method: str, path: str, headers: Mapping[str, str] | None = None, body: bytes = b""
) -> bytes:
    """A whole request as it goes over the wire."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


class Connection:
    """One connection with one request under way at most; an answer other than 200 is an error."""

    def __init__(self, port: int, request: bytes) -> None:
        """Connect, and keep the request that is sent again and again."""
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._request = request
        self._heard = b""

    def ask(self) -> None:
        """Send the request."""
        self._heard = b""
        self.socket.sendall(self._request)

    def answered(self) -> bool:
        """Take in what has come; True when the answer is complete."""
        heard = self.socket.recv(65536)
        self._heard += heard
        head, found, body = self._heard.partition(b"\r\n\r\n")
        if not heard or (found and not head.startswith(_OK)):
            raise RuntimeError(self._heard.decode(errors="replace") or "the server hung up")
        length = _LENGTH.search(head)
        return bool(found) and length is not None and len(body) >= int(length[1])

    def exchange(self) -> float:
        """Send the request, wait for its answer, and return the seconds that took."""
        began = time.perf_counter()
        self.ask()
        while not self.answered():
            pass
        return time.perf_counter() - began

    def close(self) -> None:
        """Hang up."""
        self.socket.close()


def answers_in(port: int, request: bytes, seconds: float) -> int:
    """How many answers come in that time over 16 connections that ask again at once."""
    waiting = selectors.DefaultSelector()
    connections = [Connection(port, request) for _ in range(CONNECTIONS)]
    for one in connections:
        waiting.register(one.socket, selectors.EVENT_READ, one)
        one.ask()
    count = 0
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        for key, _ in waiting.select(0.1):
            if key.data.answered():
                count += 1
                key.data.ask()
    waiting.close()
    for one in connections:
        one.close()
    return count
