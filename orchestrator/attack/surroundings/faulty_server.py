"""A small HTTP server on loopback, in threads of this process, that answers or fails as told."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

OUTAGES: Final = ("error", "html", "redirect", "huge", "slow")
TRAP: Final = "/trap"
"""Where a redirect leads: nobody may ever ask for it."""
_SLOW_SECONDS = 25.0
_HUGE = 64 * 1024 * 1024
_CHUNK = b" " * 65_536
_LONGEST_BODY = 1024 * 1024


@dataclass(frozen=True)
class Answer:
    """A document with a status, or text as it is, or one of the outages instead."""

    document: Any = None
    status: int = 200
    outage: str = ""


Ask = Callable[[str, Mapping[str, str], bytes], Answer]


class FaultyServer:
    """Listens as soon as it is made. `answer` gets path, headers in lower case and body."""

    def __init__(self, answer: Ask) -> None:
        self.requests: list[str] = []
        self._closing = threading.Event()
        handler = type("Handler", (_Handler,), {"owner": self, "answer": staticmethod(answer)})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def url(self) -> str:
        """Its address, without a slash at the end."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def rest(self, seconds: float) -> None:
        """Wait, unless the server is closed meanwhile."""
        self._closing.wait(seconds)

    def close(self) -> None:
        """Stop listening and let go of whoever waits."""
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    owner: FaultyServer
    answer: Ask

    def do_GET(self) -> None:
        self._respond(b"")

    def do_POST(self) -> None:
        length = min(int(self.headers.get("Content-Length") or 0), _LONGEST_BODY)
        self._respond(self.rfile.read(length))

    def _respond(self, body: bytes) -> None:
        self.owner.requests.append(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        answer = type(self).answer(self.path.partition("?")[0], headers, body)
        with contextlib.suppress(OSError):
            if answer.outage:
                self._fail(answer.outage)
            elif isinstance(answer.document, str):
                self._say(answer.status, "text/plain", answer.document.encode())
            else:
                self._say(answer.status, "application/json", json.dumps(answer.document).encode())

    def _fail(self, outage: str) -> None:
        match outage:
            case "error":
                self._say(500, "application/json", b'{"error": "server_error"}')
            case "html":
                self._say(200, "text/html", b"<!doctype html><title>Maintenance</title>")
            case "redirect":
                self._say(307, "text/plain", b"", Location=self.owner.url + TRAP)
            case "huge":
                self._pour()
            case _:
                self.owner.rest(_SLOW_SECONDS)

    def _pour(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        for _ in range(_HUGE // len(_CHUNK)):
            self.wfile.write(_CHUNK)

    def _say(self, status: int, kind: str, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in {
            "Content-Type": kind,
            "Content-Length": str(len(body)),
            **headers,
        }.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""
