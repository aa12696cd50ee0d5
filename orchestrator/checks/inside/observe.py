"""Ask a freshly started application everything that its own routes offer, and write the answers.

Runs in the tool's interpreter with the standard library alone; the application runs in the host's,
from a copy of the tree, with files of its own. Each process is asked everything twice, more than a
second apart, so that what varies by itself shows.
"""

from __future__ import annotations

import argparse
import hashlib
import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

START_SECONDS = 30.0
PATIENCE = 5.0
PATIENCE_WITH_A_BODY = 1.5
APART = 1.1
BUDGET = 60.0
LARGEST = 16 * 1024
READ_AT_MOST = 1024 * 1024
KEPT = 1024
RESTARTS = 5
ENDING = 1.0
UNKNOWN = "/a-path-that-no-route-has"
ORIGIN = "https://elsewhere.example"
WITH_BODY = ("POST", "PUT", "PATCH", "DELETE")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
VALUES = ("1", "abc")


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


class NotStarted(Exception):
    """The application does not serve; the text is the last thing it said."""


@dataclass
class Served:
    """The application in a process of its own."""

    words: list[str]
    tree: Path
    place: Path
    port: int = 0
    process: subprocess.Popen[bytes] | None = None
    routes: list[dict[str, str]] = field(default_factory=list)

    def start(self) -> None:
        """Start it and return when it listens. Raises NotStarted."""
        self.port = _free_port()
        listed = self.place / "routes.json"
        listed.unlink(missing_ok=True)
        words = [*self.words, "--port", str(self.port), "--routes", str(listed)]
        with (self.place / "said").open("wb") as said:
            self.process = subprocess.Popen(
                words, cwd=self.tree, env=self._environment(), stdin=subprocess.DEVNULL,
                stdout=said, stderr=said, start_new_session=True)  # fmt: skip
        deadline = time.monotonic() + START_SECONDS
        while not (listed.exists() and self._listens()):
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise NotStarted(self._last_line() or "it said nothing")
            time.sleep(0.03)
        self.routes = json.loads(listed.read_text(encoding="utf-8"))

    def stop(self) -> None:
        """End it and all that it started."""
        if self.process is not None:
            for number in (signal.SIGTERM, signal.SIGKILL):
                _signal(self.process.pid, number)
                try:
                    self.process.wait(2)
                except subprocess.TimeoutExpired:
                    continue
            self.process = None

    def ended(self, answer: dict[str, Any]) -> bool:
        """Whether the process is gone; one that broke off an answer may be just about to go."""
        if self.process is None:
            return True
        broke_off = answer["status"] == 0 and answer["body"]["text"] != "TimeoutError"
        try:
            self.process.wait(ENDING if broke_off else 0)
        except subprocess.TimeoutExpired:
            return False
        return True

    def _listens(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
        except OSError:
            return False
        return True

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
        own = {"HOME": str(self.place), "TMPDIR": str(self.place)}
        return {**kept, **own, "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"}

    def _last_line(self) -> str:
        lines = (self.place / "said").read_text("utf-8", "replace").splitlines()
        return next((line.strip()[:300] for line in reversed(lines) if line.strip()), "")


def main() -> int:
    words = argparse.ArgumentParser()
    words.add_argument("--python", required=True)
    words.add_argument("--out", type=Path, required=True)
    words.add_argument("--processes", type=int, default=1)
    words.add_argument("--package", default="")
    words.add_argument("rest", nargs=argparse.REMAINDER)
    given = words.parse_args()
    script = Path(__file__).with_name("serve_app.py")
    start = [given.python, "-s", str(script), *given.rest[1:]]
    book = Book()
    problem = ""
    try:
        for _ in range(given.processes):
            book.processes.append(_observed(start, given.package, book))
    except NotStarted as error:
        problem = str(error)
    whole = {"problem": problem, **book.document()}
    given.out.write_text(json.dumps(whole, sort_keys=True, indent=0), encoding="utf-8")
    return 0


@dataclass
class Book:
    """All answers, each written once; a process is what it was asked and two lists of answers."""

    answers: list[dict[str, Any]] = field(default_factory=list)
    known: dict[str, int] = field(default_factory=dict)
    processes: list[dict[str, Any]] = field(default_factory=list)

    def number(self, answer: dict[str, Any]) -> int:
        """The place of an answer."""
        key = json.dumps(answer, sort_keys=True)
        if key not in self.known:
            self.known[key] = len(self.answers)
            self.answers.append(answer)
        return self.known[key]

    def document(self) -> dict[str, Any]:
        """As plain data."""
        return {"answers": self.answers, "processes": self.processes}


def _observed(start: list[str], package: str, book: Book) -> dict[str, Any]:
    """One process from a fresh copy of the tree, asked everything twice."""
    place = Path(os.environ["TMPDIR"]) / "served"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    shutil.copytree(".", place / "tree", symlinks=True, ignore=shutil.ignore_patterns(".git"))
    served = Served(start, place / "tree", place)
    served.start()
    try:
        asked = list(asks(served.routes, package))
        ours = own_operations(served.routes, package)
        deadline = time.monotonic() + BUDGET
        began = time.monotonic()
        first = [book.number(one) for one in _answers(served, asked, ours, deadline)]
        time.sleep(max(0.0, began + APART - time.monotonic()))
        second = [book.number(one) for one in _answers(served, asked, ours, deadline)]
    finally:
        served.stop()
    guarded = {
        _filled(one["path"], VALUES[0])
        for one in served.routes
        if one["method"] == "GET" and one["protection"].startswith(("user", "roles"))
    }
    return {
        "asked": [one.key for one in asked],
        "guarded": sorted(f"GET {path}" for path in guarded),
        "passes": [first, second],
    }


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
    first, second = (_filled(path, value) for value in VALUES)
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


def _filled(path: str, value: str) -> str:
    return re.sub(r"\{[^}]*\}|<[^>]*>", value, path)


def _answers(
    served: Served, asked: list[Ask], ours: Collection[tuple[str, str]], deadline: float
) -> Iterator[dict[str, Any]]:
    """An answer to each request until time is up; a server that ends is started again."""
    left = RESTARTS
    for number, one in enumerate(asked):
        if time.monotonic() > deadline:
            return
        address = f"127.0.{1 + number // 250 % 250}.{1 + number % 250}"
        answer = _answer(served.port, one, address, ours)
        yield answer
        if served.ended(answer):
            if not left:
                return
            left -= 1
            served.start()


def _answer(port: int, one: Ask, address: str, ours: Collection[tuple[str, str]]) -> dict[str, Any]:
    """Status, headers without the date, and the body; of no answer, its kind."""
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
    told = _told(body, ours, whole=whole)
    return {"status": reply.status, "headers": sorted(headers), "body": told}


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


def _told(body: bytes, ours: Collection[tuple[str, str]], *, whole: bool) -> dict[str, Any]:
    """A body as text when it is short, else its digest and how it begins; of an API description
    the digest of each part."""
    if not whole:
        return {"endless": True}
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return {"digest": hashlib.sha256(body).hexdigest(), "size": len(body)}
    described = description_of(text, ours)
    if described:
        return {"openapi": described}
    if len(body) <= LARGEST:
        return {"text": text}
    digest = hashlib.sha256(body).hexdigest()
    return {"digest": digest, "size": len(body), "begins": text[:KEPT]}


def description_of(text: str, ours: Collection[tuple[str, str]]) -> dict[str, str]:
    """The parts of an OpenAPI document that are the host's; nothing for any other text.

    Left out are our operations, and the components that no operation of the host refers to.
    """
    try:
        whole = json.loads(text) if text.lstrip().startswith("{") else None
    except (ValueError, RecursionError):
        return {}
    if not isinstance(whole, dict) or "openapi" not in whole or "paths" not in whole:
        return {}
    whole["paths"] = _without(whole["paths"], ours)
    components = whole.get("components")
    if isinstance(components, dict):
        whole["components"] = _referred_to(whole["paths"], components)
    found: dict[str, str] = {}
    for name, value in whole.items():
        if name in ("paths", "components") and isinstance(value, dict):
            for outer, inner in value.items():
                parts = inner.items() if isinstance(inner, dict) else [("", inner)]
                found.update({f"{name} {outer} {key}": _digest(one) for key, one in parts})
        else:
            found[name] = _digest(value)
    return found


def _without(paths: Any, ours: Collection[tuple[str, str]]) -> Any:
    if not isinstance(paths, dict):
        return paths
    return {
        path: {key: one for key, one in item.items() if (key.upper(), path) not in ours}
        for path, item in paths.items()
        if isinstance(item, dict)
    }


def _referred_to(paths: Any, components: dict[str, Any]) -> dict[str, Any]:
    """The components that some operations need, directly or through another one."""
    kept: dict[str, Any] = {}
    waiting = list(_named(paths))
    while waiting:
        kind, name = waiting.pop()
        group = components.get(kind)
        if isinstance(group, dict) and name in group and name not in kept.setdefault(kind, {}):
            kept[kind][name] = group[name]
            waiting += _named(group[name])
    return kept


def _named(value: Any) -> Iterator[tuple[str, str]]:
    """What a part of a description refers to: kind and name of components."""
    if isinstance(value, list):
        for one in value:
            yield from _named(one)
    elif isinstance(value, dict):
        reference = value.get("$ref")
        if isinstance(reference, str) and reference.startswith("#/components/"):
            kind, _, name = reference.removeprefix("#/components/").partition("/")
            yield kind, name
        for scheme in value["security"] if isinstance(value.get("security"), list) else ():
            yield from (("securitySchemes", name) for name in scheme if isinstance(scheme, dict))
        for one in value.values():
            yield from _named(one)


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:16]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _signal(pid: int, number: int) -> None:
    try:
        os.killpg(pid, number)
    except (ProcessLookupError, PermissionError):
        return


if __name__ == "__main__":
    sys.exit(main())
