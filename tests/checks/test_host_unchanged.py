"""Real servers before and after a change: what the change does to the host's own answers."""

from __future__ import annotations

from pathlib import Path

import pytest
from gate_trees import plant
from web_hosts import web_scope

from orchestrator.adapters.running.process import ProcessRunner
from orchestrator.checks import unchanged
from orchestrator.core.gate.check import CheckResult, Outcome

pytestmark = pytest.mark.slow

FASTAPI = """\
import itertools
import os
import time
import uuid
from pathlib import Path

from fastapi import FastAPI, HTTPException, Response

app = FastAPI()
counter = itertools.count()


@app.get("/now")
def now():
    return {"now": time.time(), "id": uuid.uuid4().hex, "fixed": 1}


@app.get("/count")
def count():
    return next(counter)


@app.post("/notes")
def note():
    with Path("notes.txt").open("a") as file:
        file.write("one ")
    return Path("notes.txt").read_text()


@app.get("/items/{number}")
def item(number: int):
    raise HTTPException(404, f"no {number}")


@app.get("/cookie")
def cookie(response: Response):
    response.set_cookie("session", uuid.uuid4().hex, httponly=True)
    return 1


@app.post("/end")
def end():
    os._exit(1)
"""
FLASK = """\
import uuid

from flask import Flask, abort

app = Flask(__name__)


@app.get("/id")
def id_():
    return {"id": uuid.uuid4().hex, "fixed": 1}


@app.get("/items/<int:number>")
def item(number):
    abort(404)


@app.get("/slash/")
def slash():
    return "x"
"""


def judged(
    folder: Path, python: Path, before: str, after: str, framework: str = "fastapi"
) -> CheckResult:
    """What the check makes of a change of `main.py`."""
    scope = web_scope(framework=framework)
    runner = ProcessRunner()
    trees = {
        "base": plant(folder / "base", {"main.py": before}),
        "candidate": plant(folder / "after", {"main.py": after}),
    }
    runs = {
        one.name: runner.run(one, tree=trees[one.tree], python=python)
        for one in unchanged.commands(scope)
    }
    return unchanged.parse(scope, runs)


def messages(result: CheckResult, rule: str) -> list[str]:
    return [one.message for one in result.findings if one.rule == rule]


ADDITION = "\n\n@app.get('/added')\ndef added():\n    return 1\n"


def test_an_application_that_varies_by_itself_is_unchanged(
    tmp_path: Path, web_python: Path
) -> None:
    result = judged(tmp_path, web_python, FASTAPI, FASTAPI + ADDITION)
    assert result.outcome is Outcome.PASSED, result.reason
    assert result.examined == result.expected > 30
    assert "GET /now: body" in messages(result, "volatile")
    assert "GET /cookie: header set-cookie" in messages(result, "volatile")
    assert not any("/notes" in one or "/count" in one for one in messages(result, "volatile"))


HEADER = """

@app.middleware("http")
async def around(request, call_next):
    response = await call_next(request)
    response.headers["X-Frame-Options"] = "DENY"
    return response
"""
NOT_FOUND = """
from fastapi.responses import JSONResponse


@app.exception_handler(404)
async def missing(request, error):
    return JSONResponse({"title": "Not Found"}, 404)
"""
CORS = """
from fastapi.middleware.cors import CORSMiddleware

app.add_middleware(CORSMiddleware, allow_origins=["*"])
"""
SLASHES = "\napp.router.redirect_slashes = False\n"


@pytest.mark.parametrize(
    ("edit", "sentence"),
    [
        (HEADER, "GET /count: header x-frame-options: nothing before, DENY now"),
        (NOT_FOUND, 'GET /items/1: body: {"detail":"no 1"} before, {"title":"Not Found"} now'),
        (
            CORS,
            "GET /count (from another origin): header access-control-allow-origin: "
            "nothing before, * now",
        ),
        (SLASHES, "GET /count/ (the slash at the end): status: 307 before, 404 now"),
    ],
    ids=["header", "not found", "cors", "slashes"],
)
def test_a_change_of_the_hosts_answers_is_named(
    tmp_path: Path, web_python: Path, edit: str, sentence: str
) -> None:
    result = judged(tmp_path, web_python, FASTAPI, FASTAPI + edit)
    assert result.outcome is Outcome.FAILED
    assert sentence in messages(result, "changed")


def test_a_route_that_another_one_takes_is_named(tmp_path: Path, web_python: Path) -> None:
    catch = "\n\n@app.get('/{any}')\ndef catch(any: str):\n    return 'mine'\n\n\n"
    after = FASTAPI.replace('\n\n\n@app.get("/now")', catch + '@app.get("/now")', 1)
    result = judged(tmp_path, web_python, FASTAPI, after)
    assert result.outcome is Outcome.FAILED
    assert 'GET /count: body: 0 before, "mine" now' in messages(result, "changed")


def test_a_change_that_keeps_it_from_starting_closes_the_gate(
    tmp_path: Path, web_python: Path
) -> None:
    result = judged(tmp_path, web_python, FASTAPI, FASTAPI + "\nraise RuntimeError('no')\n")
    assert result.outcome is Outcome.FAILED
    assert "RuntimeError: no" in result.reason


def test_a_host_that_does_not_start_is_not_checked(tmp_path: Path, web_python: Path) -> None:
    broken = FASTAPI + "\nraise OSError('no database')\n"
    result = judged(tmp_path, web_python, broken, broken)
    assert result.outcome is Outcome.NOT_CHECKED
    assert "OSError: no database" in result.reason


def test_a_flask_host_that_varies_by_itself_is_unchanged(tmp_path: Path, web_python: Path) -> None:
    result = judged(tmp_path, web_python, FLASK, FLASK + ADDITION, "flask")
    assert result.outcome is Outcome.PASSED, result.reason
    assert "GET /id: body" in messages(result, "volatile")


@pytest.mark.parametrize(
    ("edit", "what"),
    [
        (
            "\n\n@app.after_request\ndef add(reply):\n    reply.headers['X-A'] = '1'\n"
            "    return reply\n",
            "GET /id: header x-a: nothing before, 1 now",
        ),
        (
            "\n\n@app.errorhandler(404)\ndef missing(error):\n    return 'gone', 410\n",
            "GET /items/1: status: 404 before, 410 now",
        ),
        (
            "\napp.config['SESSION_COOKIE_NAME'] = 's'\napp.url_map.strict_slashes = False\n"
            "\n\n@app.get('/slash')\ndef other():\n    return 'y'\n",
            "GET /slash (the slash at the end): status: 308 before, 200 now",
        ),
    ],
    ids=["header", "not found", "slash"],
)
def test_a_change_of_a_flask_hosts_answers_is_named(
    tmp_path: Path, web_python: Path, edit: str, what: str
) -> None:
    result = judged(tmp_path, web_python, FLASK, FLASK + edit, "flask")
    assert result.outcome is Outcome.FAILED
    assert what in messages(result, "changed")
