"""A mail server on loopback, in threads of this process: takes mail, refuses all, or lets wait."""

from __future__ import annotations

import contextlib
import socketserver
import threading
from email import message_from_bytes
from email.message import Message
from typing import Literal, cast

Mood = Literal["works", "refuses", "hesitates"]
_PATIENCE = 30.0


class MailServer:
    """Listens as soon as it is made; `mails` are those it took, `visits` the connections so far.

    While it `refuses` each connection is told to come again later (421 of RFC 5321); while it
    `hesitates` nobody is greeted until it `works`.
    """

    def __init__(self, mood: Mood = "works") -> None:
        self.mails: list[Message] = []
        self.visits = 0
        self._willing = threading.Event()
        self.mood = mood
        handler = type("Handler", (_Dialogue,), {"owner": self})
        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def mood(self) -> Mood:
        """How it treats whoever comes, and whoever waits."""
        return self._mood

    @mood.setter
    def mood(self, mood: Mood) -> None:
        self._mood: Mood = mood
        (self._willing.clear if mood == "hesitates" else self._willing.set)()

    @property
    def url(self) -> str:
        """Its address, as settings name it."""
        return f"smtp://127.0.0.1:{cast(tuple[str, int], self._server.server_address)[1]}"

    def wait(self) -> None:
        """Return when it no longer hesitates."""
        self._willing.wait(_PATIENCE)

    def close(self) -> None:
        """Stop listening and let go of whoever waits."""
        self._willing.set()
        self._server.shutdown()
        self._server.server_close()


class _Dialogue(socketserver.StreamRequestHandler):
    owner: MailServer
    timeout = _PATIENCE

    def handle(self) -> None:
        self.owner.visits += 1
        self.owner.wait()
        if self.owner.mood == "refuses":
            self._say("421 come again later")
            return
        with contextlib.suppress(OSError):
            self._converse()

    def _converse(self) -> None:
        self._say("220 ready")
        while line := self.rfile.readline():
            verb = line[:4].upper().strip()
            if verb == b"DATA":
                self._take()
            else:
                self._say("221 bye" if verb == b"QUIT" else "250 fine")
            if verb == b"QUIT":
                return

    def _take(self) -> None:
        self._say("354 go on")
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        self.owner.mails.append(message_from_bytes(b"".join(lines)))
        self._say("250 taken")

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())
