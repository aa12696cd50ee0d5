"""The client sends what it is told and reads what comes, from a server of a few lines."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from orchestrator.attack.wire import NoAnswer, Wire, chunked, request_bytes

ANSWER = b'HTTP/1.1 401 No\r\nX-A: 1\r\nX-A: 2\r\nContent-Length: 12\r\n\r\n{"code":"c"}'


@contextmanager
def listening(answer: bytes) -> Iterator[tuple[Wire, list[tuple[bytes, str]]]]:
    """A server that reads once, answers and hangs up; it remembers what came from where."""
    seen: list[tuple[bytes, str]] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            link, peer = server.accept()
            with link:
                seen.append((link.recv(65_536), peer[0]))
                link.sendall(answer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield Wire("127.0.0.1", server.getsockname()[1]), seen
        thread.join(5)


def test_bytes_leave_as_they_are_from_the_address_that_was_asked_for() -> None:
    raw = b"ODD /\xff HTTP/1.1\r\nb: 2\r\na: 1\r\n\r\n"
    with listening(ANSWER) as (wire, seen):
        reply = wire.send(raw, ip="127.0.3.7")
    assert seen == [(raw, "127.0.3.7")]
    assert (reply.status, reply.code, reply.every("x-a")) == (401, "c", ["1", "2"])


def test_no_answer_is_no_reply() -> None:
    with listening(b"") as (wire, _), pytest.raises(NoAnswer):
        wire.send(b"GET / HTTP/1.1\r\n\r\n")


def test_nothing_is_sent_when_the_budget_is_used_up() -> None:
    def over() -> None:
        raise TimeoutError("budget")

    wire = Wire("127.0.0.1", 9, before=over)
    with pytest.raises(TimeoutError, match="budget"):
        wire.send(b"x")


def test_headers_keep_their_order_and_their_bytes() -> None:
    raw = request_bytes("GET", "/a", [("B", "1"), ("a", "\xe9"), ("B", "2")], b"body")
    assert raw == b"GET /a HTTP/1.1\r\nB: 1\r\na: \xe9\r\nB: 2\r\n\r\nbody"


def test_chunks_carry_the_whole_body() -> None:
    assert chunked(b"abcde", 3) == b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"


def test_data_comes_out_of_an_envelope_or_plain() -> None:
    with listening(b"HTTP/1.1 200 OK\r\n\r\n" + b'{"data":{"a":1},"error":null,"meta":{}}') as (
        w,
        _,
    ):
        assert w.send(b"GET / HTTP/1.1\r\n\r\n").data == {"a": 1}
    with listening(b'HTTP/1.1 200 OK\r\n\r\n{"a":1}') as (w, _):
        assert w.send(b"GET / HTTP/1.1\r\n\r\n").data == {"a": 1}
