"""ROB: whatever is sent, the answer is a documented one, soon, and means the same everywhere."""

from __future__ import annotations

import gzip
import itertools
import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

from orchestrator.attack.judging.proving import NotPossible, check, expect, proves
from orchestrator.attack.judging.timing import within
from orchestrator.attack.rig import Rig
from orchestrator.attack.subject.service import Service, User
from orchestrator.attack.wire import NoAnswer, Reply, chunked, request_bytes

_LIMIT = 64 * 1024
_SOON = 2.0
_SLOW = 100
_HUGE = b'{"email": "a@example.com", "password": "%s"}' % (b"x" * 20_000_000)


def _login(service: Service, body: bytes, *more: tuple[str, str]) -> Reply:
    return service.post("/login", body, headers=[*service.same_origin, *more])


def _document(user: User) -> bytes:
    return json.dumps({"email": user.email, "password": user.password}).encode()


@proves("ROB-01")
def a_big_body_is_cut_off(rig: Rig) -> None:
    service = rig.service()
    user = service.account()
    padded = json.dumps({"email": user.email, "password": user.password, "x": ""}).encode()
    fits = padded[:-2] + b"a" * (_LIMIT - len(padded)) + b'"}'
    expect(_login(service, fits), 200, "a login of 64 KiB")
    reply = expect(_login(service, fits + b" "), 413, "a login of 64 KiB and a byte")
    check(reply.code == "payload_too_large", f"a big body has the code {reply.code!r}")
    expect(_in_pieces(service, fits + b" " * 100), 413, "the same in chunks, without a length")
    expect(_login(service, _HUGE), 413, "a login of 20 MB")


def _in_pieces(service: Service, body: bytes) -> Reply:
    headers = [("Host", "localhost"), ("Content-Type", "application/json"), *service.same_origin,
               ("Transfer-Encoding", "chunked"), ("Connection", "close")]  # fmt: skip
    head = request_bytes("POST", f"{service.prefix}/login", headers)
    return service.raw(head + chunked(body))


@proves("ROB-02")
def what_is_no_json_object_is_refused(rig: Rig) -> None:
    service = rig.service()
    good = _document(service.account())
    broken = [b"", b"{", b"}", b"{'a': 1}", b'{"a": 1,}', b"nul", b"\xff\xfe{}", b"\x00", b"{}{}",
              good.decode().encode("utf-16"), good + b"x", b'{"email": "\xff"}']  # fmt: skip
    for body in broken:
        expect(_login(service, body), 400, f"the body {body[:12]!r}")
    for body in (b"null", b"[]", b'"text"', b"7", b"true", b"[[]]", b"{}"):
        expect(_login(service, body), 422, f"the body {body!r}")
    expect(_login(service, b"\xef\xbb\xbf" + good), (200, 400), "a body with a byte order mark")
    expect(_login(service, good), 200, "the plain body")


@proves("ROB-03")
def deep_nesting_is_refused_soon(rig: Rig) -> None:
    service = rig.service()
    for opening, closing in ((b"[", b"]"), (b'{"a":', b"}")):
        for depth in (10_000, 25_000 if len(opening) == 1 else 9_000):
            body = opening * depth + b"1" + closing * depth
            what = f"a body {depth} levels deep"
            reply = within(_SOON, lambda body=body: _login(service, body), what)  # type: ignore[misc]
            expect(reply, (400, 413, 422), what)
    deep = b'{"a":' * 100_000 + b"1" + b"}" * 100_000
    expect(_login(service, deep), (400, 413), "a body 100 000 levels deep")
    expect(_login(service, _document(service.account())), 200, "a flat body")


@proves("ROB-04")
def repeated_members_mean_one_thing(rig: Rig) -> None:
    """Refused, or the last one counts: never one thing here and another there."""
    service = rig.service()
    user, other = service.account(), service.account()
    first = f'{{"email": "{other.email}", "email": "{user.email}", "password": "{user.password}"}}'
    second = f'{{"email": "{user.email}", "email": "{other.email}", "password": "{user.password}"}}'
    replies = [_login(service, text.encode()).status for text in (first, second)]
    check(replies in ([400, 400], [422, 422], [200, 401]), f"repeated members gave {replies}")
    expect(_login(service, _document(user)), 200, "each member once")


@proves("ROB-05")
def odd_numbers_are_refused(rig: Rig) -> None:
    service = rig.service()
    user = service.account()
    for number in (
        "NaN",
        "Infinity",
        "-Infinity",
        "1e999",
        "-1e999",
        "9" * 5000,
        "1e-999999",
        "0x1",
    ):
        text = f'{{"email": {number}, "password": "x", "remember_me": {number}}}'
        reply = _login(service, text.encode())
        expect(reply, (400, 422), f"the number {number[:12]}")
    expect(_login(service, _document(user)), 200, "a body without numbers")


@proves("ROB-06")
def nul_is_no_text(rig: Rig) -> None:
    service = rig.service(database_url=rig.stores.postgres())
    user = service.user()
    for path, members in _texts(service).items():
        for name in members:
            body = {**dict.fromkeys(members, "some text"), name: "a\0b"}
            reply = service.post(path, body, token=None, headers=service.same_origin)
            expect(reply, (400, 401, 422), f"NUL in {name} of {path}")
    reply = service.delete("/sessions/a%00b", token=user.access)
    expect(reply, 404, "NUL in the id of a session")
    expect(service.login(user), 200, "text without NUL")


_TEXTS = {
    "/login": ("email", "password"),
    "/verify-email": ("token", "password"),
    "/reset-password": ("token", "new_password"),
    "/forgot-password": ("email",),
}


def _texts(service: Service) -> dict[str, tuple[str, ...]]:
    """The paths that take text from anybody, with the names of the texts."""
    open_to_all = service.answers["registration"] != "closed"
    return {**_TEXTS, **({"/register": ("email", "password")} if open_to_all else {})}


@proves("ROB-07")
def compressed_bodies_are_refused(rig: Rig) -> None:
    service = rig.service()
    body = _document(service.account())
    bomb = gzip.compress(bytes(50_000_000))
    for content, coding in ((gzip.compress(body), "gzip"), (bomb[:60_000], "gzip"), (body, "br"),
                            (body, "deflate"), (body, "gzip, gzip")):  # fmt: skip
        what, header = f"a body in the coding {coding}", ("Content-Encoding", coding)
        reply = within(_SOON, lambda one=content, two=header: _login(service, one, two), what)  # type: ignore[misc]
        expect(reply, (400, 413, 415), what)
    expect(_login(service, body, ("Content-Encoding", "identity")), 200, "a body as it is")


@proves("ROB-08")
def json_is_spoken_whatever_is_asked(rig: Rig) -> None:
    service = rig.service()
    user = service.account()
    for accept in ("text/html", "application/xml", "image/*", "", "application/json;q=0"):
        wrong = {"email": user.email, "password": service.password()}
        reply = service.post("/login", wrong, headers=[*service.same_origin, ("Accept", accept)])
        expect(reply, 401, f"a wrong login that accepts {accept or 'nothing'}")
        check(reply.header("Content-Type") == "application/problem+json",
              f"who accepts {accept or 'nothing'} gets {reply.header('Content-Type')}")  # fmt: skip
    expect(_login(service, _document(user), ("Content-Type", "text/plain")), 415, "a text body")
    expect(_login(service, _document(user)), 200, "a JSON body")


@proves("ROB-09")
def odd_methods_are_refused(rig: Rig) -> None:
    service = rig.service()
    for method in ("TRACE", "CONNECT", "PROPFIND", "FOO", "PURGE", "DEBUG", "get"):
        try:
            reply = service.request(method, f"{service.prefix}/me")
        except NoAnswer:
            continue
        expect(reply, (400, 404, 405, 501), f"the method {method}")
        check("TRACE" not in reply.body.decode("latin-1"), f"{method} echoes the request")
    expect(service.get("/me"), 401, "the method GET without a token")


@proves("ROB-10")
def every_value_in_every_field_gets_a_documented_answer(rig: Rig) -> None:
    service = rig.service()
    user = service.user()
    for method, path, known in _operations(service):
        for body in _values():
            reply = service.request(
                method, path, body, token=user.access, headers=service.same_origin
            )
            check(reply.status < 500, f"{method} {path} with {str(body)[:60]} was {reply.status}")
            documented = not known or reply.status in known
            check(documented, f"{method} {path} was {reply.status}, which is not documented")
        if (method, path) != ("DELETE", f"{service.prefix}/me"):
            user = service.session(user) if service.me(user.access).status == 401 else user


def _called(service: Service, method: str, path: str, body: object, user: User) -> Reply:
    return service.request(method, path, body, token=user.access, headers=service.same_origin)


def _operations(service: Service) -> Iterator[tuple[str, str, frozenset[int]]]:
    """Method, path and documented statuses; from the API description where there is one."""
    described = service.request("GET", "/openapi.json")
    paths = described.document["paths"] if described.status == 200 else {}
    for path, methods in sorted(paths.items()):
        if path.startswith(f"{service.prefix}/"):
            for method, operation in sorted(methods.items()):
                known = frozenset(int(one) for one in operation["responses"])
                yield method.upper(), path.replace("{", "").replace("}", ""), known
    if not paths:
        for path in (*_texts(service), "/refresh", "/change-password", "/change-email", "/logout"):
            yield "POST", service.prefix + path, frozenset()


def _values() -> Iterator[Any]:
    names = ("email", "password", "token", "new_password", "current_password", "refresh_token")
    odd: list[Any] = [
        None,
        True,
        7,
        -1.5,
        "",
        "x",
        "a" * 5000,
        [],
        {},
        [[]],
        "\u202e",
        "\ud7ff\U0010ffff",
    ]
    yield from (None, {}, [], 7, "text", b"", b"\xff", b"{")
    for value in odd:
        yield dict.fromkeys(names, value)
    for name, value in itertools.product(names, odd[:6]):
        yield {**dict.fromkeys(names, "some@example.com"), name: value}


@proves("ROB-11")
def look_alike_names_are_no_second_identity(rig: Rig) -> None:
    service = rig.service()
    user = service.account()
    name, _, domain = user.email.partition("@")
    for spelling in (user.email.upper(), f"{name}@{domain.upper()}", f" {user.email} "):
        twin = User(spelling, user.password)
        expect(service.login(twin), 200, f"the spelling {spelling!r} of the own address")
    for other in (f"\u202e{user.email}", f"{name}\u200b@{domain}", f"{name}\u00a0@{domain}"):
        reply = service.login(User(other, user.password))
        expect(reply, (401, 422), f"the look-alike {other!r}")
        taken = service.register(other, service.password())
        expect(taken, (202, 404, 422), f"a registration of the look-alike {other!r}")
        expect(service.login(user), 200, "the own address after that")


@proves("ROB-12")
def slow_clients_stop_nobody(rig: Rig) -> None:
    if rig.application.framework == "flask":
        raise NotPossible("gunicorn's threads wait for slow clients; the set-up asks for a proxy")
    with rig.alone() as service, ExitStack() as open_:
        for _ in range(_SLOW):
            link: socket.socket = open_.enter_context(service.wire.connect())
            link.sendall(f"POST {service.prefix}/login HTTP/1.1\r\nHost: x\r\n".encode())
        what = f"health while {_SLOW} clients dawdle"
        expect(within(_SOON, lambda: service.request("GET", "/health/live"), what), 200, what)
        expect(service.login(service.account()), 200, "a login while 100 clients dawdle")
