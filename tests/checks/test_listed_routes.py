"""Real applications, imported by their own interpreter: each route with what stands before it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from gate_trees import plant
from web_hosts import FASTAPI, FASTAPI_ROUTES, FLASK, FLASK_ROUTES, web_scope

from orchestrator.adapters.running.process import ProcessRunner
from orchestrator.checks import routes
from orchestrator.core.gate.check import CheckResult, Completed, Outcome, Scope
from orchestrator.core.gate.routes import Listing, read_listing

pytestmark = pytest.mark.slow


def runs_of(
    folder: Path, python: Path, scope: Scope, before: Mapping[str, str], after: Mapping[str, str]
) -> dict[str, Completed]:
    """What both trees tell of themselves."""
    trees = {"base": plant(folder / "base", before), "candidate": plant(folder / "after", after)}
    runner = ProcessRunner()
    return {
        one.name: runner.run(one, tree=trees[one.tree], python=python)
        for one in routes.commands(scope)
    }


def listing(folder: Path, python: Path, files: Mapping[str, str], scope: Scope) -> Listing:
    """What one tree tells of itself."""
    run = runs_of(folder, python, scope, files, files)[routes.AFTER]
    assert run.exit_code == 0, run.stderr.decode()
    return read_listing(run.outputs["routes.json"])


def judged(
    folder: Path,
    python: Path,
    before: Mapping[str, str],
    after: Mapping[str, str],
    scope: Scope | None = None,
) -> CheckResult:
    """What the check makes of a change."""
    scope = scope or web_scope()
    return routes.parse(scope, runs_of(folder, python, scope, before, after))


def told(found: Listing) -> dict[str, str]:
    assert found.problem == ""
    assert found.startup == ""
    return {f"{one.method} {one.path}": one.protection for one in found.routes}


def test_every_kind_of_fastapi_route_is_listed(tmp_path: Path, web_python: Path) -> None:
    found = listing(tmp_path, web_python, FASTAPI, web_scope())
    assert told(found) == FASTAPI_ROUTES


def test_an_older_fastapi_tells_the_same(tmp_path: Path, older_python: Path) -> None:
    found = listing(tmp_path, older_python, FASTAPI, web_scope())
    assert told(found) == FASTAPI_ROUTES


def test_a_route_that_another_one_takes_is_told_as_what_a_request_meets(
    tmp_path: Path, web_python: Path
) -> None:
    found = listing(tmp_path, web_python, FASTAPI, web_scope())
    me = next(one for one in found.routes if one.path == "/users/me")
    assert (me.place, me.instead_of, me.protection) == ("main:by_name", "main:me", "public")


def test_every_kind_of_flask_route_is_listed(tmp_path: Path, web_python: Path) -> None:
    found = listing(tmp_path, web_python, FLASK, web_scope(framework="flask"))
    assert told(found) == FLASK_ROUTES


def test_a_switched_off_login_protects_nothing(tmp_path: Path, web_python: Path) -> None:
    off = {"main.py": FLASK["main.py"] + '\napp.config["LOGIN_DISABLED"] = True\n'}
    found = told(listing(tmp_path, web_python, off, web_scope(framework="flask")))
    assert found["GET /user"] == "public"


MIDDLEWARE = """
@app.middleware("http")
async def check_everybody(request, call_next):
    return await call_next(request)
"""
OPEN = (
    "from fastapi import FastAPI\n\napp = FastAPI(openapi_url=None)\n\n\n"
    "@app.get('/a')\ndef a():\n    return 1\n"
)


def test_middleware_that_nobody_knows_makes_every_route_unknown(
    tmp_path: Path, web_python: Path
) -> None:
    found = told(listing(tmp_path, web_python, {"main.py": OPEN + MIDDLEWARE}, web_scope()))
    assert found == {"GET /a": "unknown: middleware main:check_everybody"}


def test_middleware_of_the_framework_is_no_guard(tmp_path: Path, web_python: Path) -> None:
    more = (
        "\nfrom starlette.middleware.gzip import GZipMiddleware\n\n"
        "app.add_middleware(GZipMiddleware)\n"
    )
    found = told(listing(tmp_path, web_python, {"main.py": OPEN + more}, web_scope()))
    assert found == {"GET /a": "public"}


WSGI = """\
from flask import Flask

app = Flask(__name__, static_folder=None)


@app.get("/a")
def a():
    return "x"
"""
AROUND = """

def around(inner):
    def call(environ, start):
        return inner(environ, start)

    return call


app.wsgi_app = around(app.wsgi_app)
"""


def test_wsgi_middleware_makes_every_route_unknown(tmp_path: Path, web_python: Path) -> None:
    scope = web_scope(framework="flask")
    plain = listing(tmp_path / "1", web_python, {"main.py": WSGI}, scope)
    wrapped = listing(tmp_path / "2", web_python, {"main.py": WSGI + AROUND}, scope)
    assert told(plain) == {"GET /a": "public"}
    assert told(wrapped) == {"GET /a": "unknown: middleware main:around.call"}


GENERATED: Mapping[str, str] = {
    "auth/__init__.py": "",
    "auth/parts.py": "",
    "auth/sessions/__init__.py": "",
    "auth/sessions/access.py": "",
    "auth/web/__init__.py": "",
    "auth/web/route.py": (
        "from typing import Any, NamedTuple\n\n\nclass Route(NamedTuple):\n"
        "    method: str\n    path: str\n    handler: Any\n    bearer: bool = False\n"
        "    optional: bool = False\n"
    ),
    "auth/web/routes.py": (
        "from .route import Route\n\n\ndef ask(): ...\n\n\n"
        "ROUTES = (Route('POST', '/auth/login', ask), Route('GET', '/health', ask),\n"
        "          Route('GET', '/ready', ask))\n"
    ),
    "auth/web/flask_routes.py": (
        "def install(app):\n    def view(**path):\n        return 'x'\n\n"
        "    app.add_url_rule('/auth/login', 'auth.login', view, methods=['POST'],\n"
        "                     provide_automatic_options=False)\n"
        "    app.view_functions['auth.rest'] = view\n"
        "    app.url_map.add(app.url_rule_class('/<path:rest>', endpoint='auth.rest'))\n"
    ),
}
INSTALLED = """

@app.get("/ready")
def ready():
    return "mine"


import auth.parts, auth.sessions.access, auth.web.routes
from auth.web.flask_routes import install

install(app)
"""


def test_what_a_generated_rule_for_any_path_answers_is_listed(
    tmp_path: Path, web_python: Path
) -> None:
    found = listing(
        tmp_path,
        web_python,
        {"main.py": WSGI + INSTALLED, **GENERATED},
        replace(web_scope(framework="flask"), package="auth"),
    )
    places = {f"{one.method} {one.path}": one.place for one in found.routes}
    assert places == {
        "GET /a": "main:a",
        "GET /ready": "main:ready",
        "POST /auth/login": "auth.web.routes:ask",
        "GET /health": "auth.web.routes:ask",
        "* /<path:rest>": "auth.web.flask_routes:install.view",
    }


def test_a_factory_is_called(tmp_path: Path, web_python: Path) -> None:
    text = "from fastapi import FastAPI\n\n\ndef make():\n    return FastAPI(openapi_url='/o')\n"
    found = listing(tmp_path, web_python, {"main.py": text}, web_scope("main:make", factory=True))
    assert "GET /o" in told(found)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("import sys\nsys.exit(3)\n", "SystemExit: 3"),
        ("import os\napp = os.environ['DATABASE_URL']\n", "KeyError: 'DATABASE_URL'"),
        ("import nowhere\n", "ModuleNotFoundError: No module named 'nowhere'"),
        ("app = None\n", "TypeError: main:app is no application"),
        (OPEN.split("\n\n\n")[0] + "\n", "it has no route"),
    ],
)
def test_what_cannot_be_imported_is_not_checked(
    tmp_path: Path, web_python: Path, text: str, said: str
) -> None:
    result = judged(tmp_path, web_python, {"main.py": text}, {"main.py": text})
    assert result.outcome is Outcome.NOT_CHECKED
    assert said in result.reason


def test_an_import_that_ends_the_interpreter_is_never_a_pass(
    tmp_path: Path, web_python: Path
) -> None:
    ends = {"main.py": OPEN + "\nimport os\n\nos._exit(0)\n"}
    result = judged(tmp_path, web_python, {"main.py": OPEN}, ends)
    assert result.outcome is Outcome.ERRORED


FAILING_STARTUP = """\
from contextlib import asynccontextmanager

from fastapi import FastAPI


@asynccontextmanager
async def begin(app):
    raise OSError("no database")
    yield


app = FastAPI(lifespan=begin)
"""


def test_a_startup_that_fails_is_told(tmp_path: Path, web_python: Path) -> None:
    files = {"main.py": FAILING_STARTUP}
    result = judged(tmp_path, web_python, files, files)
    assert result.outcome is Outcome.PASSED
    assert "what its startup adds was not seen: OSError: no database" in result.reason


GUARDED = (
    "from fastapi import Depends, FastAPI\nfrom fastapi.security import OAuth2PasswordBearer\n\n"
    "app = FastAPI(openapi_url=None)\noauth = OAuth2PasswordBearer('t')\n\n\n"
    "def user(token: str = Depends(oauth)):\n    return token\n\n\n"
    "@app.get('/a')\ndef a(who=Depends(user)):\n    return 1\n"
)


def test_the_same_routes_pass(tmp_path: Path, web_python: Path) -> None:
    result = judged(tmp_path, web_python, {"main.py": GUARDED}, {"main.py": GUARDED})
    assert (result.outcome, result.examined, result.expected) == (Outcome.PASSED, 1, 1)


@pytest.mark.parametrize(
    ("what", "old", "new", "rule"),
    [
        ("dependency dropped", "who=Depends(user)", "", "route-weaker"),
        (
            "dependency overridden",
            "@app.get('/a')",
            "app.dependency_overrides[user] = lambda: 'anybody'\n\n\n@app.get('/a')",
            "route-weaker",
        ),
        (
            "shadowed by another route",
            "@app.get('/a')",
            "@app.get('/{any}')\ndef catch(any: str):\n    return 1\n\n\n@app.get('/a')",
            "route-weaker",
        ),
        ("new route", "@app.get('/a')", "@app.post('/b')\n@app.get('/a')", "route-new"),
        (
            "new route at startup",
            "@app.get('/a')",
            "@app.router.on_event('startup')\ndef more():\n"
            "    app.add_api_route('/b', lambda: 1)\n\n\n@app.get('/a')",
            "route-new",
        ),
    ],
)
def test_what_nobody_acknowledged_closes_the_gate(
    tmp_path: Path, web_python: Path, what: str, old: str, new: str, rule: str
) -> None:
    result = judged(
        tmp_path, web_python, {"main.py": GUARDED}, {"main.py": GUARDED.replace(old, new)}
    )
    assert result.outcome is Outcome.FAILED, what
    assert rule in {one.rule for one in result.findings}


def test_an_application_of_a_sub_folder_is_imported_where_its_tests_run(
    tmp_path: Path, web_python: Path
) -> None:
    text = OPEN + "\nassert open('here.txt').read() == 'x'\n"
    files = {"backend/main.py": text, "backend/here.txt": "x", "backend/ours/a.py": ""}
    base = web_scope()
    scope = replace(
        base, sources=("backend/ours/a.py",), host_tests=("env", "-C", "backend", "pytest")
    )
    assert told(listing(tmp_path, web_python, files, scope)) == {"GET /a": "public"}


def test_new_routes_of_the_change_are_added_by_it(tmp_path: Path, web_python: Path) -> None:
    ours = (
        "from fastapi import APIRouter\n\nrouter = APIRouter()\n\n\n"
        "@router.get('/ours')\ndef f():\n    return 1\n"
    )
    after = {
        "main.py": GUARDED + "\nfrom ours.a import router\n\napp.include_router(router)\n",
        "ours/__init__.py": "",
        "ours/a.py": ours,
    }
    scope = web_scope()
    by_nobody = judged(tmp_path / "1", web_python, {"main.py": GUARDED}, after, scope)
    by_us = judged(
        tmp_path / "2", web_python, {"main.py": GUARDED}, after, replace(scope, acknowledges="ours")
    )
    assert by_nobody.outcome is Outcome.FAILED
    assert by_us.outcome is Outcome.PASSED
    assert {one.id: one.num for one in by_us.figures}["added"] == 1
