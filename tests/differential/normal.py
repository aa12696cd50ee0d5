"""Replies made comparable: what each run draws anew stands as a name, in order of appearance."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from orchestrator.attack.wire import Reply

_OF_THE_SERVER = frozenset(
    {"date", "server", "connection", "transfer-encoding", "content-length", "keep-alive"}
)
_TIMES = frozenset({"exp"})
_ADDRESS = re.compile(r"127\.\d+\.\d+\.\d+(:\d+)?")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)")
_DATE = re.compile(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT")
_DRAWN = re.compile(
    r"eyJ[\w-]+\.[\w-]+\.[\w-]+"
    r"|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
    r"|(?<![\w-])[0-9a-f]{32}(?![\w-])"
    r"|(?<![\w-])[\w-]{40,}(?![\w-])"
)


@dataclass(frozen=True)
class Seen:
    """What a client saw of one reply: status, headers by name in lower case, and the body."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: Any

    def differences(self, other: Seen) -> list[str]:
        """What is not equal, a sentence each; empty when a client cannot tell them apart."""
        pairs = {
            "status": (self.status, other.status),
            "body": (self.body, other.body),
            "headers": (
                sorted(set(self.headers) - set(other.headers)),
                sorted(set(other.headers) - set(self.headers)),
            ),
            "number of headers": (len(self.headers), len(other.headers)),
        }
        return [f"{name}: {one!r} and {two!r}" for name, (one, two) in pairs.items() if one != two]


class Names:
    """The names of drawn values in one run: equal values get equal names."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def seen(self, reply: Reply) -> Seen:
        """A reply without what the server process itself decides, drawn values named."""
        kept = sorted(
            ((name.lower(), value) for name, value in reply.headers), key=lambda pair: pair[0]
        )
        headers = tuple(
            (name, self._header(name, value)) for name, value in kept if name not in _OF_THE_SERVER
        )
        document = reply.document
        body = self._text(reply.body.decode("utf-8", "replace")) if document is None else document
        return Seen(reply.status, headers, self._value(body))

    def _header(self, name: str, value: str) -> str:
        return "<seconds>" if name == "retry-after" and value.isdecimal() else self._text(value)

    def _value(self, value: Any, name: str = "") -> Any:
        match value:
            case str():
                return self._text(value)
            case Mapping():
                return {key: self._value(value[key], key) for key in sorted(value)}
            case list():
                return [self._value(one) for one in value]
            case int() if name in _TIMES:
                return "<time>"
            case _:
                return value

    def _text(self, text: str) -> str:
        for pattern, name in ((_ADDRESS, "<address>"), (_TIME, "<time>"), (_DATE, "<date>")):
            text = pattern.sub(name, text)
        return _DRAWN.sub(lambda found: self._name(found[0]), text)

    def _name(self, drawn: str) -> str:
        return self._known.setdefault(drawn, f"<drawn {len(self._known) + 1}>")
