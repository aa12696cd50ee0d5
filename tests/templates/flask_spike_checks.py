"""What the Flask spike must answer, in the words of the FastAPI adapter: run beside it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask_spike import install_auth


@pytest.fixture
def both(make_service: Any, make_settings: Any) -> Iterator[tuple[Any, Any]]:
    """The same database behind FastAPI and behind Flask."""
    service = make_service(limits="off")
    app = Flask(__name__)
    parts = install_auth(app, make_settings(limits="off"))
    yield service, app.test_client()
    parts.close()


def test_the_whole_life_of_a_session(both: tuple[Any, Any]) -> None:
    service, flask = both
    credentials = {"email": "ada@example.com", "password": service.password}
    assert flask.post(f"{service.prefix}/register", json=credentials).status_code == 202
    token = service.mail_token("ada@example.com")
    assert flask.post(f"{service.prefix}/verify-email", json={"token": token}).status_code == 204
    pair = flask.post(f"{service.prefix}/login", json=credentials).get_json()
    bearer = {"Authorization": f"Bearer {pair['access_token']}"}
    mine = flask.get(f"{service.prefix}/me", headers=bearer).get_json()
    assert mine == service.get("/me", pair["access_token"]).json()
    refresh = {"refresh_token": pair["refresh_token"]}
    assert flask.post(f"{service.prefix}/refresh", json=refresh).status_code == 200
    assert flask.delete(f"{service.prefix}/sessions", headers=bearer).status_code == 204
    assert flask.get(f"{service.prefix}/me", headers=bearer).status_code == 401
    assert service.get("/me", pair["access_token"]).status == 401


@pytest.mark.parametrize(
    ("method", "path", "body", "media_type"),
    [
        ("GET", "/me", b"", ""),
        ("GET", "/unknown", b"", ""),
        ("GET", "/login", b"", ""),
        ("PUT", "/sessions", b"", ""),
        ("POST", "/login", b"{", "application/json"),
        ("POST", "/login", b"[]", "application/json"),
        ("POST", "/login", b"x" * 70_000, "application/json"),
        ("POST", "/login", b"a=b", "text/plain"),
        ("POST", "/login", b'{"email": 1}', "application/json"),
        ("POST", "/login", b'{"email": "a@b.de", "password": "wrong"}', "application/json"),
        ("POST", "/logout", b"", ""),
        ("DELETE", "/sessions/unknown", b"", ""),
    ],
)
def test_flask_and_fastapi_answer_alike(
    both: tuple[Any, Any], method: str, path: str, body: bytes, media_type: str
) -> None:
    service, flask = both
    sent = {"X-Request-ID": "one", **({"Content-Type": media_type} if media_type else {})}
    one = service.client.request(method, service.prefix + path, body, headers=sent)
    two = flask.open(service.prefix + path, method=method, data=body, headers=sent)
    assert (two.status_code, two.data) == (one.status, one.body)
    theirs = {name.lower(): value for name, value in two.headers.items()}
    ours = dict(one.headers)
    theirs.pop("content-length", None), ours.pop("content-length", None)
    assert theirs == ours
