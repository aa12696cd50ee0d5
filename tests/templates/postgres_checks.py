"""Run in a generated host: what the module does when PostgreSQL is cut, comes back or conflicts."""

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.exc import OperationalError
from src.auth.database import is_conflict


class Cable:
    """A TCP proxy to a server that can be cut, mended, or made to swallow what it is given."""

    def __init__(self, host: str, port: int) -> None:
        """Listen on a free port of the loopback address."""
        self._target = (host, port)
        self._sockets: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.cut = False
        threading.Thread(target=self._accept, daemon=True).start()

    def pull(self) -> None:
        """Close every connection, and each new one at once."""
        self.cut = True
        for one in self._sockets:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        self._sockets.clear()

    def close(self) -> None:
        """Close everything."""
        self.pull()
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                if self.cut:
                    near.close()
                    continue
                far = socket.create_connection(self._target)
                self._sockets += [near, far]
                for pair in ((near, far), (far, near)):
                    threading.Thread(target=self._carry, args=pair, daemon=True).start()

    def _carry(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while part := source.recv(65_536):
                target.sendall(part)
        for one in (source, target):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        source.close()


@pytest.fixture
def cable(database: str) -> Iterator[Cable]:
    url = make_url(database)
    made = Cable(url.host or "", url.port or 5432)
    yield made
    made.close()


@pytest.fixture
def cabled(make_service: Any, cable: Cable, database: str) -> Any:
    url = make_url(database).set(port=cable.port)
    return make_service(database_url=url.render_as_string(hide_password=False), limits="off")


def test_ops_03_a_cut_is_answered_503_and_the_service_recovers_by_itself(
    cabled: Any, cable: Cable
) -> None:
    person = cabled.person()
    cable.pull()
    for reply in (cabled.get("/me", person.access), cabled.log_in(person.email)):
        assert (reply.status, reply.code) == (503, "service_unavailable")
        assert int(reply.header("retry-after")) > 0
    assert cabled.client.request("GET", "/health/live").status == 200
    assert cabled.client.request("GET", "/health/ready").status == 503
    cable.cut = False
    assert cabled.get("/me", person.access).status == 200
    assert cabled.log_in(person.email).status == 200
    assert cabled.client.request("GET", "/health/ready").status == 200


def test_ops_03_a_blink_between_two_requests_is_not_noticed(cabled: Any, cable: Cable) -> None:
    person = cabled.person()
    cable.pull()
    cable.cut = False
    assert cabled.get("/me", person.access).status == 200


def test_rob_06_nul_in_any_text_field_is_422(service: Any) -> None:
    person = service.person()
    sound = {"email": "eve@example.com", "password": person.password, "token": "x" * 43}
    for path, names in {
        "/register": ("email", "password"),
        "/login": ("email", "password"),
        "/verify-email": ("token",),
        "/resend-verification": ("email",),
        "/refresh": ("refresh_token",),
    }.items():
        for name in names:
            reply = service.post(path, {**sound, name: "a\0b@example.com"})
            assert (path, reply.status, reply.code) == (path, 422, "validation_error")


def test_two_transactions_that_lock_each_other_out_end_in_one_conflict(service: Any) -> None:
    ids = [service.person(f"{name}@example.com").id for name in ("ada", "bob")]
    meeting = threading.Barrier(2)
    faults: list[OperationalError] = []

    def cross(first: str, second: str) -> None:
        touch = text("UPDATE auth_users SET epoch = epoch WHERE id = :id")
        try:
            with service.parts.database.write() as session:
                session.execute(touch, {"id": first})
                meeting.wait(10)
                session.execute(touch, {"id": second})
        except OperationalError as error:
            faults.append(error)

    pair = [threading.Thread(target=cross, args=order) for order in (ids, ids[::-1])]
    for one in pair:
        one.start()
    for one in pair:
        one.join()
    assert [is_conflict(fault) for fault in faults] == [True]


def test_two_processes_agree_at_once_on_logout_and_limits(make_service: Any) -> None:
    first, second = make_service(), make_service()
    person = first.person()
    assert second.get("/me", person.access).status == 200
    assert first.post("/logout", token=person.access).status == 204
    assert second.get("/me", person.access).status == 401
    for number, service in enumerate((first, second, first, second, first)):
        assert service.log_in(f"n{number}@example.com", "wrong", ip="203.0.113.7").status == 401
    assert second.log_in("n9@example.com", "wrong", ip="203.0.113.7").status == 429
