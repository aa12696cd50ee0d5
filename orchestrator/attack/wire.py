"""HTTP/1.1 over a plain socket: sends exactly the bytes it is given, and reads the answer."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

Headers = Sequence[tuple[str, str]]
PATIENCE = 20.0
_MOST = 4 * 1024 * 1024


class NoAnswer(Exception):
    """The connection ended, or time did, before an answer came."""


@dataclass(frozen=True)
class Reply:
    """What came back; `seconds` from the first byte sent to the last one read."""

    status: int
    headers: Headers
    body: bytes
    seconds: float = 0.0

    def header(self, name: str) -> str:
        """The first header of that name; empty when there is none."""
        return next(iter(self.every(name)), "")

    def every(self, name: str) -> list[str]:
        """All headers of that name, in order."""
        return [value for key, value in self.headers if key.lower() == name.lower()]

    @property
    def document(self) -> Any:
        """The body as JSON; None when it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    @property
    def data(self) -> Any:
        """What a success carries, taken out of the envelope where there is one."""
        document = self.document
        wrapped = isinstance(document, dict) and {"data", "error", "meta"} <= set(document)
        return document["data"] if wrapped else document

    @property
    def code(self) -> str:
        """The stable code of a refusal; empty when there is none."""
        document = self.document
        return str(document.get("code", "")) if isinstance(document, dict) else ""


@dataclass(frozen=True)
class Wire:
    """Where a service listens. `before` is called ahead of each request and may refuse it."""

    host: str
    port: int
    tls: bool = False
    before: Callable[[], None] = field(default=lambda: None, repr=False)

    def send(
        self, raw: bytes | Iterable[bytes], *, ip: str | None = None, patience: float = PATIENCE
    ) -> Reply:
        """Send bytes (or pieces, one after the other) and read one reply. Raises NoAnswer.

        `ip` is the address the connection comes from.
        """
        self.before()
        started = time.monotonic()
        try:
            with self.connect(ip, patience) as link:
                self._put(link, [raw] if isinstance(raw, bytes) else raw)
                return self._read(link, raw, started)
        except (OSError, http.client.HTTPException) as error:
            raise NoAnswer(f"no answer: {error!r}") from error

    def connect(self, ip: str | None = None, patience: float = PATIENCE) -> socket.socket:
        """An open connection, for conversations that one request and one reply cannot tell."""
        source = (ip, 0) if ip else None
        link = socket.create_connection((self.host, self.port), patience, source)
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.tls:
            return ssl.create_default_context().wrap_socket(link, server_hostname=self.host)
        return link

    def _put(self, link: socket.socket, pieces: Iterable[bytes]) -> None:
        """Send; a service that answers early may close before all has been sent."""
        try:
            for piece in pieces:
                link.sendall(piece)
        except (BrokenPipeError, ConnectionResetError):
            return

    def _read(self, link: socket.socket, raw: bytes | Iterable[bytes], started: float) -> Reply:
        method = raw.split(b" ", 1)[0].decode("latin-1") if isinstance(raw, bytes) else "POST"
        answer = http.client.HTTPResponse(link, method=method)
        try:
            answer.begin()
            body = answer.read(_MOST)
            return Reply(answer.status, answer.getheaders(), body, time.monotonic() - started)
        finally:
            answer.close()


def request_bytes(method: str, target: str, headers: Headers, body: bytes = b"") -> bytes:
    """One request, its headers in the order given; characters become bytes as in Latin-1."""
    lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers)]
    return "\r\n".join((*lines, "", "")).encode("latin-1", "surrogateescape") + body


def chunked(body: bytes, size: int = 8192) -> bytes:
    """A body in chunks (RFC 9112)."""
    parts = (body[at : at + size] for at in range(0, len(body), size))
    return b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"
