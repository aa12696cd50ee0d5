"""Routes and their lock: what it says comes back, and what is a difference that matters."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.core.gate.routes import (
    NoLock,
    Route,
    differences,
    lock_text,
    read_listing,
    read_lock,
)

PROTECTIONS = ["public", "user", "roles: [admin]", "roles: [a, b] and [c]", "unknown: app.deps:f"]
ITEM = Route("GET", "/items", "public", "app.main:items")


def route(protection: str, place: str = "app.main:items") -> Route:
    return Route("GET", "/items", protection, place)


def told(**changes: Any) -> bytes:
    one = {"method": "GET", "path": "/a", "protection": "public", "place": "a:b", **changes}
    return json.dumps({"problem": "", "startup": "", "routes": [one]}).encode()


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["GET", "POST", "*", "WS"]),
            st.text(min_size=1),
            st.sampled_from(PROTECTIONS),
            st.sampled_from(["", "app.other:hidden"]),
        ),
        unique_by=lambda one: one[:2],
        max_size=6,
    )
)
def test_a_lock_says_what_the_routes_are(rows: list[tuple[str, str, str, str]]) -> None:
    listed = [
        {"method": m, "path": f"/{p}", "protection": said, "place": "a.b:c", "instead_of": other}
        for m, p, said, other in rows
    ]
    document = json.dumps({"problem": "", "startup": "", "routes": listed}).encode()
    try:
        routes = read_listing(document).routes
    except ValueError:
        return  # two paths that are the same once they are plain
    text = lock_text(routes)
    assert read_lock(text) == routes
    assert lock_text(reversed(read_lock(text))) == text
    assert len(text.splitlines()) == len(routes) + 2


def test_a_path_cannot_forge_a_line_of_the_lock() -> None:
    (found,) = read_listing(told(path="/x  user  a:b\nGET /y")).routes
    assert found.path == "/x%20%20user%20%20a:b%0AGET%20/y"
    assert read_lock(lock_text([found])) == (found,)


@pytest.mark.parametrize(
    ("was", "now", "kind"),
    [
        ("user", "public", "weaker"),
        ("user", "unknown: a:b", "weaker"),
        ("roles: [admin]", "user", "weaker"),
        ("roles: [admin]", "roles: [admin, guest]", "weaker"),
        ("unknown: a:b", "public", "weaker"),
        ("unknown: a:b, a:c", "unknown: a:c", "weaker"),
        ("unknown: a:b", "unknown: a:c", "weaker"),
        ("public", "user", "other"),
        ("unknown: a:b", "unknown: a:b, a:c", "other"),
        ("user", "roles: [admin]", "other"),
    ],
)
def test_less_protection_matters_and_more_does_not(was: str, now: str, kind: str) -> None:
    (found,) = differences([route(was)], [route(now)])
    assert found.kind == kind
    assert found.matters is (kind == "weaker")
    assert found.sentence == f"GET /items is {now}, was {was}"


def test_a_new_route_matters_and_one_that_is_gone_does_not() -> None:
    (new,) = differences([], [ITEM])
    (gone,) = differences([ITEM], [])
    assert (new.kind, new.matters) == ("new", True)
    assert (gone.kind, gone.matters) == ("gone", False)


def test_another_place_is_told() -> None:
    (found,) = differences([ITEM], [route("public", "app.other:items")])
    assert (found.kind, found.matters) == ("other", False)
    assert "app.other:items" in found.sentence


def test_equal_routes_have_no_difference() -> None:
    assert differences([ITEM], [ITEM]) == ()


@pytest.mark.parametrize(
    "text",
    [
        "GET /items public app.main:items\n",
        "GET /items  safe  app.main:items\n",
        "GET  public  app.main:items\n",
        "GET /items  public\n",
        "GET /items  public  a:b\nGET /items  user  a:b\n",
    ],
)
def test_a_text_that_is_no_lock_is_refused(text: str) -> None:
    with pytest.raises(NoLock):
        read_lock(text)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b'{"routes": []}',
        b'{"routes": [1], "problem": "", "startup": ""}',
        b'{"routes": [], "routes": [], "problem": "", "startup": ""}',
        told(protection="safe"),
        told(method=""),
        told(extra="x"),
        told(path=1),
    ],
)
def test_what_is_no_listing_is_refused(raw: bytes) -> None:
    with pytest.raises(ValueError, match=r".*"):
        read_listing(raw)


def test_a_listing_without_a_route_is_a_problem() -> None:
    assert (
        read_listing(b'{"routes": [], "problem": "", "startup": ""}').problem == "it has no route"
    )


def test_a_route_belongs_to_its_package_and_to_no_namesake() -> None:
    assert Route("GET", "/", "public", "app.auth.web:f").belongs_to("app.auth")
    assert Route("GET", "/", "public", "app.auth:f").belongs_to("app.auth")
    assert not Route("GET", "/", "public", "app.authors:f").belongs_to("app.auth")
    assert not Route("GET", "/", "public", "app.auth:f").belongs_to("")
