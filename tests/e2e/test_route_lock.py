"""The lock of the routes: a transition writes it, a new route closes the gate until it has it."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_world import STORY, World, make_world, plant_pattern

pytestmark = pytest.mark.slow

POLICY = """\
schema: story-orchestrator/policy/1
levels:
  basic:
    - {id: tests-failed, metric: tests.failed, op: "==", value: 0}
    - {id: routes, metric: routes.unacknowledged, op: "==", value: 0, unmeasured: risk}
"""
MODULE = '''\
"""Says hello; knows nobody by name."""

from typing import Any


{{ claims["greet.hello"] }}
def install_hello(app: Any) -> str:
    """A greeting, and the route that says it."""
    if app is not None:
        app.add_api_route("{{ prefix }}", _hello)
    return "hello from {{ prefix }}"


def _hello() -> str:
    return "hello"
'''
MORE = "\n\n@app.get('/more')\ndef more():\n    return 1\n"


@pytest.fixture(scope="module")
def importable(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A host that can be imported, with a policy that asks for its routes."""
    world = make_world(tmp_path_factory.mktemp("routes"))
    plant_pattern(world, module=MODULE)
    world.write("requirements.txt", "fastapi\n")
    world.write(".orchestrator/policy.yaml", POLICY)
    world.commit("a policy")
    return world


@pytest.fixture
def greeter(importable: World, tmp_path: Path) -> World:
    """A copy of it of the test's own."""
    return importable.copy(tmp_path / "greeter", tmp_path / "tmp")


def lines(world: World) -> list[str]:
    text = (world.root / "routes.lock").read_text(encoding="utf-8")
    return [line for line in text.splitlines() if not line.startswith(("#", "GET /docs"))]


def test_a_transition_locks_the_routes_and_a_later_one_must_be_acknowledged(
    greeter: World,
) -> None:
    assert greeter.run("routes", "--check").code == 1
    done = greeter.execute()
    assert done.code == 0, done.out + done.err
    assert "added 1" in done.out
    assert lines(greeter) == [
        "GET /hello  public  auth.hello:_hello",
        "GET /openapi.json  public  fastapi.applications:FastAPI.setup.openapi",
        "GET /redoc  public  fastapi.applications:FastAPI.setup.redoc_html",
    ]
    assert "routes.lock" in greeter.git("show", "--name-only", "--format=", "HEAD").split()
    assert greeter.git("status", "--porcelain") == ""
    assert greeter.run("verify").code == 0
    assert greeter.run("routes", "--check").code == 0

    greeter.edit("main.py", "install_hello(app)\n", "install_hello(app)\n" + MORE)
    checked = greeter.run("routes", "--check")
    assert (checked.code, checked.out) == (1, "! GET /more is new: public, main:more\n")
    greeter.commit("a route that nobody acknowledged")
    closed = greeter.run("gate", "--story", STORY)
    assert closed.code == 1
    assert "GET /more is new" in closed.out

    written = greeter.run("routes", "--acknowledge")
    assert "+GET /more  public  main:more\n" in written.out
    assert greeter.git("status", "--porcelain").split() == ["M", "routes.lock"]
    greeter.commit("acknowledged")
    opened = greeter.run("gate", "--story", STORY)
    assert opened.code == 0, opened.out
    assert greeter.run("verify").code == 0


def test_a_lock_that_is_not_committed_is_in_the_way(greeter: World) -> None:
    assert greeter.run("routes", "--acknowledge").code == 0
    refused = greeter.execute()
    assert refused.code == 4
    assert "routes.lock" in refused.err


def test_an_application_that_cannot_be_imported_is_not_listed(greeter: World) -> None:
    greeter.write(
        "main.py", "import os\n\nfrom fastapi import FastAPI\n\napp = FastAPI(title=1/0)\n"
    )
    greeter.commit("broken")
    said = greeter.run("routes")
    assert said.code == 4
    assert "ZeroDivisionError" in said.err


def test_a_lock_that_is_a_link_is_left_alone(greeter: World) -> None:
    place = greeter.root.parent / "elsewhere"
    place.write_text("kept", encoding="utf-8")
    (greeter.root / "routes.lock").symlink_to(place)
    said = greeter.run("routes", "--acknowledge")
    assert said.code == 4
    assert place.read_text(encoding="utf-8") == "kept"
