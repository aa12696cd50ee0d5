"""The key of Context7: taken from the environment only, sent to one place, written nowhere."""

from __future__ import annotations

import re
from collections.abc import Mapping
from ipaddress import ip_address
from urllib.parse import urlsplit

from orchestrator.core.documents.documents import Failure

VARIABLE = "CONTEXT7_API_KEY"
_USABLE = re.compile(r"[!-~]{1,500}")


class ApiKey:
    """The value of `CONTEXT7_API_KEY`, or none; it does not show itself."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._value = environment.get(VARIABLE, "").strip()

    def __repr__(self) -> str:
        return f"ApiKey({'set' if self._value else 'none'})"

    def problem(self, place: str) -> Failure | None:
        """Why the key cannot be sent to an address, if there is a key and it cannot."""
        if not self._value:
            return None
        if not _USABLE.fullmatch(self._value):
            return Failure("invalid_key", f"{VARIABLE} holds characters that no key has")
        if not _private(place):
            told = f"{VARIABLE} is not sent over http, where anybody on the way can read it"
            return Failure("invalid_key", told)
        return None

    def header(self) -> dict[str, str]:
        """The header that carries it; no header without a key."""
        return {"Authorization": f"Bearer {self._value}"} if self._value else {}

    def variable(self) -> dict[str, str]:
        """It as a variable for a server that we start."""
        return {VARIABLE: self._value} if self._value else {}

    def cut_out(self, text: str) -> str:
        """The text without the key, should somebody have sent it back."""
        return text.replace(self._value, "(the key)") if self._value else text


def is_address(place: str) -> bool:
    """Say whether a text is an http(s) address with a host, and without user and password."""
    try:
        parts = urlsplit(place)
        usable = parts.port is None or parts.port > 0
    except ValueError:
        return False
    named = bool(parts.hostname) and parts.username is None
    return parts.scheme in ("http", "https") and named and usable


def _private(place: str) -> bool:
    """Say whether nobody but the receiver can read what is sent to an address."""
    if not is_address(place):
        return False
    parts = urlsplit(place)
    host = parts.hostname or ""
    try:
        return parts.scheme == "https" or host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
