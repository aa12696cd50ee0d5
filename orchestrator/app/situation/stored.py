"""A working file as git stores it, where its checkout has other line ends; reads only."""

from __future__ import annotations

from orchestrator.core.errors import CannotAnswer
from orchestrator.ports.every import Ports


def as_stored(ports: Ports, path: str, content: bytes) -> bytes:
    """The committed bytes of a file that differs from them in line ends alone and that git calls
    unchanged; the content itself for every other."""
    if b"\r\n" not in content:
        return content
    try:
        committed = ports.repository.read(ports.repository.head(), path)
        if committed is None or committed.content != content.replace(b"\r\n", b"\n"):
            return content
        return content if ports.repository.dirty([path]) else committed.content
    except CannotAnswer:
        return content
