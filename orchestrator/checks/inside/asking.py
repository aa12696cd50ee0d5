"""What an application is asked: every request that its routes offer, and one of them answered.

Read by `observe.py` from beside it, with the standard library alone.
"""

from __future__ import annotations

import http.client
import re
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

PATIENCE = 5.0
PATIENCE_WITH_A_BODY = 1.5
READ_AT_MOST = 1024 * 1024
UNKNOWN = "/a-path-that-no-route-has"
ORIGIN = "https://elsewhere.example"
WITH_BODY = ("POST", "PUT", "PATCH", "DELETE")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
VALUES = ("1", "abc")

Answer = dict[str, Any]


@dataclass(frozen=True)
class Ask:
    """One request: `what` tells two of one method and path apart."""

    method: str
    path: str
    what: str
    body: bytes | None = None
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def key(self) -> str:
        """By what the same request is known in another tree."""
        return f"{self.method} {self.path}" + (f" ({self.what})" if self.what else "")


def _lies_in(one: dict[str, str], package: str) -> bool:
    return bool(package) and one["place"].startswith((f"{package}:", f"{package}."))


def own_operations(routes: list[dict[str, str]], package: str) -> frozenset[tuple[str, str]]:
    """Method and path of the routes that lie in a package; the host's own are not among them."""
    inside = {(one["method"], one["path"]) for one in routes if _lies_in(one, package)}
    outside = {(one["method"], one["path"]) for one in routes if not _lies_in(one, package)}
    return frozenset(inside - outside)


def asks(routes: list[dict[str, str]], package: str) -> Iterator[Ask]:
    """Every request for the routes that do not lie in a package, sorted."""
    offered: dict[str, set[str]] = {}
    for one in routes:
        ours = _lies_in(one, package)
        if not ours and one["method"] != "WS" and not one["path"].startswith("//"):
            offered.setdefault(one["path"], set()).add(one["method"].replace("*", "GET"))
    for path in sorted(offered):
        yield from _asks_of(path, sorted(offered[path]))
    yield Ask("GET", UNKNOWN, "")
    yield Ask("POST", UNKNOWN, "an empty object", b"{}")


def _asks_of(path: str, methods: list[str]) -> Iterator[Ask]:
    first, second = (filled(path, value) for value in VALUES)
    for method in methods:
        yield Ask(method, first, "")
        if method in WITH_BODY:
            yield Ask(method, first, "an empty object", b"{}")
        if second != first:
            yield Ask(method, second, "")
    other = next((one for one in reversed(METHODS) if one not in methods), None)
    if other is not None:
        yield Ask(other, first, "another method")
    preflight = (("Origin", ORIGIN), ("Access-Control-Request-Method", methods[0]))
    yield Ask("OPTIONS", first, "preflight", None, preflight)
    yield Ask(methods[0], first, "from another origin", None, (("Origin", ORIGIN),))
    slash = first.rstrip("/") if first.endswith("/") else f"{first}/"
    yield Ask(methods[0], slash or "//", "the slash at the end")


def filled(path: str, value: str = VALUES[0]) -> str:
    """A path with a value for each of its parameters."""
    return re.sub(r"\{[^}]*\}|<[^>]*>", value, path)


def answered(port: int, one: Ask, address: str, told: Callable[..., dict[str, Any]]) -> Answer:
    """Status, headers without the date, and the body as it is told; of no answer, its kind."""
    usual = {"Host": "localhost", "Accept": "*/*", "User-Agent": "gate", "Connection": "close"}
    if one.body is not None:
        usual["Content-Type"] = "application/json"
    link = http.client.HTTPConnection("127.0.0.1", port, PATIENCE, source_address=_from(address))
    try:
        link.request(one.method, one.path, one.body, {**usual, **dict(one.headers)})
        reply = link.getresponse()
        body, whole = _read(reply)
    except (OSError, http.client.HTTPException) as error:
        return {"status": 0, "headers": [], "body": {"text": type(error).__name__}}
    finally:
        link.close()
    headers = [
        [name.lower(), value] for name, value in reply.getheaders() if name.lower() != "date"
    ]
    return {"status": reply.status, "headers": sorted(headers), "body": told(body, whole=whole)}


def _from(address: str) -> tuple[str, int] | None:
    """An address of the sender's own for each request, where the loopback has more than one."""
    return (address, 0) if sys.platform.startswith("linux") else None


def _read(reply: http.client.HTTPResponse) -> tuple[bytes, bool]:
    """The body, and whether that is all of it: a stream may have no end."""
    body = b""
    deadline = time.monotonic() + PATIENCE_WITH_A_BODY
    while len(body) < READ_AT_MOST:
        if time.monotonic() > deadline:
            return body, False
        try:
            chunk = reply.read1(65536)
        except TimeoutError:
            return body, False
        if not chunk:
            return body, True
        body += chunk
    return body, False
