"""The routes of an application with what protects each, and the lock that acknowledges them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

LOCK_FILE = "routes.lock"
_HEAD = (
    "# Every route of this application and what stands before it: public, user, roles or unknown.",
    "# `orchestrator routes --acknowledge` rewrites this file; review it like code.",
)
_STRENGTH = {"public": 0, "unknown": 1, "user": 2, "roles": 3}
_BETWEEN = "  "

Kind = Literal["new", "weaker", "gone", "other"]


class NoLock(ValueError):
    """A text that is no lock; says in which line."""


@dataclass(frozen=True)
class Route:
    """What a request of a method to a path meets.

    `protection` is `public`, `user`, `roles: [a, b]` or `unknown: ` with the names of the guards
    that nobody knows; `place` is `module:function`; `instead_of` names what never gets the request
    because this place takes it first.
    """

    method: str
    path: str
    protection: str
    place: str
    instead_of: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """By what a route is known, and sorted."""
        return self.path, self.method

    @property
    def kind(self) -> str:
        """The class of its protection."""
        return self.protection.partition(":")[0]

    @property
    def line(self) -> str:
        """Its line of the lock."""
        place = f"{self.place} (instead of {self.instead_of})" if self.instead_of else self.place
        return _BETWEEN.join((f"{self.method} {self.path}", self.protection, place))

    def belongs_to(self, package: str) -> bool:
        """Say whether its code lies in a package."""
        return bool(package) and self.place.startswith((f"{package}:", f"{package}."))


@dataclass(frozen=True)
class Difference:
    """A route that is not as it was acknowledged. `new` and `weaker` want a person's consent."""

    kind: Kind
    was: Route | None
    now: Route | None

    @property
    def matters(self) -> bool:
        """Say whether somebody has to acknowledge it."""
        return self.kind in ("new", "weaker")

    @property
    def sentence(self) -> str:
        """The difference in a line."""
        if self.now is None:
            return f"{_told(self.was)} is gone"
        if self.was is None:
            return f"{_told(self.now)} is new: {self.now.protection}, {self.now.place}"
        if self.was.protection == self.now.protection:
            return f"{_told(self.now)} is answered by {self.now.place}, was {self.was.place}"
        return f"{_told(self.now)} is {self.now.protection}, was {self.was.protection}"


@dataclass(frozen=True)
class Listing:
    """The routes that an application told of itself, or the problem that kept it.

    `startup` says why what its startup adds was not seen; empty when it was.
    """

    routes: tuple[Route, ...]
    problem: str = ""
    startup: str = ""


def differences(known: Iterable[Route], live: Iterable[Route]) -> tuple[Difference, ...]:
    """Every route that is not as it is known, sorted by path and method."""
    before = {one.key: one for one in known}
    after = {one.key: one for one in live}
    found = []
    for key in sorted(before.keys() | after.keys()):
        was, now = before.get(key), after.get(key)
        if was is None or now is None or was.line != now.line:
            found.append(Difference(_kind(was, now), was, now))
    return tuple(found)


def lock_text(routes: Iterable[Route]) -> str:
    """The lock of some routes: one line each, sorted by path and method."""
    return "\n".join((*_HEAD, *(one.line for one in _ordered(routes)), ""))


def read_lock(text: str) -> tuple[Route, ...]:
    """The routes of a lock. Raises NoLock for a line that `lock_text` would not write."""
    routes = []
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip() and not line.startswith("#"):
            routes.append(_read_line(line, number))
    if len({one.key for one in routes}) != len(routes):
        raise NoLock("a route stands twice")
    return tuple(routes)


def read_listing(raw: bytes) -> Listing:
    """What a process that imported an application wrote about it. Raises ValueError."""
    whole = json.loads(raw.decode("utf-8"), object_pairs_hook=_once)
    if not isinstance(whole, dict) or not isinstance(whole.get("routes"), list):
        raise ValueError("a listing has routes")
    routes = _ordered(_route(one) for one in whole["routes"])
    problem, startup = whole.get("problem"), whole.get("startup")
    if not isinstance(problem, str) or not isinstance(startup, str):
        raise ValueError("a listing says what kept it")
    if len({one.key for one in routes}) != len(routes):
        raise ValueError("a route is told twice")
    if not routes and not problem:
        problem = "it has no route"
    return Listing(routes, problem, startup)


def _route(told: object) -> Route:
    if not isinstance(told, dict) or not all(isinstance(one, str) for one in told.values()):
        raise ValueError("a route is told in texts")
    try:
        route = Route(**{name: _plain(name, text) for name, text in told.items()})
    except TypeError as error:
        raise ValueError("a route has method, path, protection and place") from error
    if route.kind not in _STRENGTH or not (route.method and route.path and route.place):
        raise ValueError(f"{route.method} {route.path}: `{route.protection}` is no protection")
    return route


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _ordered(routes: Iterable[Route]) -> tuple[Route, ...]:
    return tuple(sorted(routes, key=lambda one: one.key))


def _kind(was: Route | None, now: Route | None) -> Kind:
    if was is None:
        return "new"
    if now is None:
        return "gone"
    return "weaker" if _weaker(was, now) else "other"


def _weaker(was: Route, now: Route) -> bool:
    """A lower class, another set of roles, or a guard that is there no more."""
    if _STRENGTH[now.kind] != _STRENGTH[was.kind]:
        return _STRENGTH[now.kind] < _STRENGTH[was.kind]
    if was.kind == "roles":
        return was.protection != now.protection
    return was.kind == "unknown" and not set(_names(was)) <= set(_names(now))


def _names(route: Route) -> list[str]:
    return route.protection.partition(": ")[2].split(", ")


def _told(route: Route | None) -> str:
    return f"{route.method} {route.path}" if route else ""


def _plain(name: str, text: str) -> str:
    """A text that cannot end a line or a part of one: blanks stay single, and in protections."""
    seen = "".join(one if one.isprintable() else f"%{ord(one):02X}" for one in text)
    if name == "protection":
        return " ".join(seen.split())
    return seen.replace(" ", "%20")


def _read_line(line: str, number: int) -> Route:
    parts = line.split(_BETWEEN)
    method, _, path = parts[0].partition(" ")
    if len(parts) != 3 or not path:
        raise NoLock(f"line {number} is not `METHOD /path  protection  module:function`")
    place, _, rest = parts[2].partition(" (instead of ")
    route = Route(method, path, parts[1], place, rest.removesuffix(")"))
    if route.kind not in _STRENGTH:
        raise NoLock(f"line {number}: `{route.kind}` is not public, user, roles or unknown")
    return route
