"""Manifests, routes and like code, read from text alone."""

from __future__ import annotations

import sys

import pytest
from host_trees import survey

from orchestrator.core.host.host import Place

APP = "from fastapi import FastAPI\n\napp = FastAPI()\n"


@pytest.mark.parametrize(
    ("texts", "path", "style"),
    [
        ({"pyproject.toml": "[project]\nname='x'\n"}, "pyproject.toml", "pep621"),
        (
            {"pyproject.toml": "[project]\nname='x'\ndynamic=['dependencies']\n",
             "requirements.txt": ""},
            "requirements.txt",
            "requirements",
        ),
        (
            {"pyproject.toml": "[tool.poetry.dependencies]\npython='*'\n"},
            "pyproject.toml",
            "poetry",
        ),
        (
            {"pyproject.toml": "[tool.ruff]\nline-length=9\n", "requirements/base.txt": ""},
            "requirements/base.txt",
            "requirements",
        ),
        (
            {"pyproject.toml": "[project]\nname='x'\n", "requirements.txt": ""},
            "requirements.txt",
            "requirements",
        ),
        (
            {"pyproject.toml": "[project]\nname='x'\n[tool.poetry.dependencies]\na='1'\n"},
            "pyproject.toml",
            "poetry",
        ),
        ({"requirements.in": "", "requirements.txt": ""}, "requirements.in", "requirements"),
        ({"setup.cfg": "[options]\ninstall_requires =\n  fastapi\n"}, "setup.cfg", "setup.cfg"),
        ({"Pipfile": "[packages]\nfastapi='*'\n"}, "Pipfile", "pipfile"),
        ({"pyproject.toml": "not toml [", "Pipfile": ""}, "Pipfile", "pipfile"),
    ],
)  # fmt: skip
def test_the_manifest_is_the_one_that_declares_dependencies(
    texts: dict[str, str], path: str, style: str
) -> None:
    manifest = survey({"main.py": APP, **texts}).manifest
    assert manifest is not None
    assert (manifest.path, manifest.style) == (path, style)


def test_the_nearest_manifest_wins_in_a_repository_of_many() -> None:
    host = survey(
        {
            "backend/app/main.py": APP,
            "backend/pyproject.toml": "[project]\nname = 'back'\n",
            "backend/tests/test_a.py": "",
            "pyproject.toml": "[project]\nname = 'whole'\n",
            "tests/test_b.py": "",
        }
    )
    assert host.manifest is not None
    assert host.manifest.path == "backend/pyproject.toml"
    assert (host.project, host.tests_path) == ("back", "backend/tests/auth")


@pytest.mark.parametrize(
    ("name", "text", "folder"),
    [
        ("pyproject.toml", "[tool.pytest.ini_options]\ntestpaths = ['checks/']\n", "checks/auth"),
        ("pytest.ini", "[pytest]\ntestpaths = checks more\n", "checks/auth"),
        ("pytest.ini", "[pytest]\ntestpaths = src/*/tests\n", "tests/auth"),
        ("pytest.ini", "[pytest]\n", "tests/auth"),
    ],
)
def test_without_tests_the_folder_is_the_one_that_pytest_is_told(
    name: str, text: str, folder: str
) -> None:
    assert survey({"main.py": APP, name: text}).tests_path == folder


@pytest.mark.parametrize(
    ("manifest", "tests"),
    [
        ("requirements/base.txt", "tests/auth"),
        ("back/requirements/base.txt", "back/tests/auth"),
        ("back/requirements.txt", "back/tests/auth"),
    ],
)
def test_tests_go_beside_the_folder_of_requirements_and_not_into_it(
    manifest: str, tests: str
) -> None:
    assert survey({"back/main.py": APP, manifest: ""}).tests_path == tests


def test_without_a_manifest_there_is_none() -> None:
    assert survey({"main.py": APP}).manifest is None


def test_names_are_normalised_and_options_are_no_names() -> None:
    text = "Foo_Bar[x]>=1 ; python_version > '3'\n# no\n-r other.txt\nbaz.qux @ https://e.org/x\n"
    manifest = survey({"main.py": APP, "requirements.txt": text}).manifest
    assert manifest is not None
    assert manifest.names == ("foo-bar", "baz-qux")


def test_a_compiled_requirements_file_is_a_lock_of_its_source() -> None:
    host = survey({"main.py": APP, "requirements.in": "fastapi\n", "requirements.txt": "x==1\n"})
    assert host.manifest is not None
    assert host.manifest.lock_files == ("requirements.txt",)
    (lock,) = [one for one in host.observations if one.subject == "lock file"]
    assert "pip-compile requirements.in" in lock.because


FLASK = (
    "from flask import Flask, Blueprint\napp = Flask('x')\n"
    "b = Blueprint('b', __name__, url_prefix='/b')\n@b.route('/c')\ndef c(): ...\n"
)
ROUTER = (
    "from fastapi import APIRouter\nrouter = APIRouter(prefix='/users')\n\n"
    "@router.get('/{id}')\ndef one(): ...\n"
)


@pytest.mark.parametrize(
    ("texts", "routes"),
    [
        ({"main.py": APP + "@app.get('/a')\ndef a(): ...\n"}, {"/a"}),
        ({"main.py": APP + "@app.post(path='/a')\nasync def a(): ...\n"}, {"/a"}),
        (
            {"main.py": APP + "from r import router\napp.include_router(router, prefix='/v1')\n",
             "r.py": ROUTER},
            {"/v1/users/{id}"},
        ),
        (
            {"main.py": APP + "import r\napp.include_router(r.router)\n", "r.py": ROUTER},
            {"/users/{id}"},
        ),
        (
            {"app/main.py": APP + "from .routers import users\napp.include_router(users.router)\n",
             "app/routers/users.py": ROUTER, "app/routers/__init__.py": ""},
            {"/users/{id}"},
        ),
        (
            {"app/main.py": APP + "from app.api import api\napp.include_router(api, prefix=P)\n",
             "app/api.py": "from fastapi import APIRouter\nfrom app.users import router as u\n"
             "api = APIRouter()\napi.include_router(u, prefix='/x')\n",
             "app/users.py": ROUTER, "app/c.py": "P = '/api'\n"},
            {"/api/x/users/{id}"},
        ),
        (
            {"main.py": APP + "import r\napp.include_router(r.router, prefix=unknown())\n",
             "r.py": ROUTER},
            {"{…}/users/{id}"},
        ),
        (
            {"main.py": "from flask import Flask, Blueprint\napp = Flask('x')\n"
             "b = Blueprint('b', __name__, url_prefix='/b')\napp.register_blueprint(b)\n"
             "@b.route('/c')\ndef c(): ...\n"},
            {"/b/c"},
        ),
        ({"main.py": f"{FLASK}app.register_blueprint(b, url_prefix='/x')\n"}, {"/x/c"}),
        (
            {"main.py": f"{FLASK}o = Blueprint('o', __name__)\no.register_blueprint(b)\n"
             "app.register_blueprint(o, url_prefix='/o/')\n"},
            {"/o/b/c"},
        ),
        ({"main.py": "from flask import Flask\napp = Flask('x')\ndef c(): ...\n"
          "app.add_url_rule('/c', view_func=c)\napp.add_url_rule(rule='/d')\n"}, {"/c", "/d"}),
        ({"main.py": APP + "app.add_api_route('/a', lambda: 1)\n"}, {"/a"}),
        (
            {"main.py": APP + "b = Blueprint()\n@b.route('/v')\nclass View(MethodView): ...\n"},
            {"/v"},
        ),
        ({"main.py": APP + "@app.on_event('startup')\ndef a(): ...\n"}, set()),
        ({"main.py": APP + "x = requests.get('/a')\n"}, set()),
    ],
)  # fmt: skip
def test_routes_are_read_with_the_prefixes_of_their_routers(
    texts: dict[str, str], routes: set[str]
) -> None:
    assert {route for route, _ in survey({**texts}).taken_routes} == routes


def test_routers_that_include_each_other_come_to_an_end() -> None:
    text = (
        "from fastapi import APIRouter\na = APIRouter(prefix='/a')\nb = APIRouter(prefix='/b')\n"
        "a.include_router(b)\nb.include_router(a)\n@a.get('/x')\ndef x(): ...\n"
    )
    assert all(route.endswith("/x") for route, _ in survey({"main.py": APP + text}).taken_routes)


def test_routes_name_the_line_of_their_decorator() -> None:
    host = survey({"main.py": APP + "\n\n@app.get('/health')\ndef health(): ...\n"})
    assert host.taken_routes == (("/health", Place("main.py", 6)),)


def test_a_health_route_of_the_host_stays_and_is_told() -> None:
    text = "@app.get('/health')\ndef health(): ...\n@app.get('/healthy')\ndef no(): ...\n"
    host = survey({"main.py": APP + text})
    (found,) = [one for one in host.observations if one.subject == "route"]
    assert (found.decision, found.place) == ("adopt", Place("main.py", 4))


def test_like_code_is_ranked_by_words_and_kind() -> None:
    host = survey(
        {
            "main.py": APP,
            "security.py": "def verify_token(token): ...\n\n\ndef unrelated(): ...\n",
            "models.py": "class User(Base):\n    __tablename__ = 'users'\n",
            "auth.py": "def login_user_with_password(): ...\n\n\nclass AuthError(Exception): ...\n",
            "tests/test_auth.py": "def test_login(): ...\n",
        }
    )
    assert host.similar == (
        ("function login_user_with_password", Place("auth.py", 1)),
        ("model User", Place("models.py", 1)),
        ("class AuthError", Place("auth.py", 4)),
        ("function verify_token", Place("security.py", 1)),
    )


def test_a_file_that_does_not_parse_is_told_with_the_python_that_read_it() -> None:
    host = survey({"main.py": APP, "later.py": "def broken(:\n"})
    (found,) = [one for one in host.observations if one.subject == "unreadable file"]
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert found.because.startswith(f"does not parse as Python {python}: ")
    assert found.because.endswith("in line 1")


def test_passlib_is_told_because_new_bcrypt_is_too_new_for_it() -> None:
    hashes = "from passlib.context import CryptContext\n\npwd = CryptContext(schemes=['bcrypt'])\n"
    host = survey({"main.py": APP, "hashes.py": hashes})
    (found,) = [one for one in host.observations if one.subject == "password hashes"]
    assert found.place == Place("hashes.py", 3)
    plain = survey({"main.py": APP, "hashes.py": "import bcrypt\n"})
    assert "password hashes" not in {one.subject for one in plain.observations}


@pytest.mark.parametrize(
    ("texts", "command"),
    [
        ({"backend/pyproject.toml": "[project]\nname='x'\n"}, ("env", "-C", "backend", "tests")),
        ({"pyproject.toml": "[project]\nname='x'\n"}, ("backend/tests",)),
        (
            {"backend/requirements.txt": "", "pytest.ini": "[pytest]\n"},
            ("backend/tests",),
        ),
        (
            {"backend/requirements.txt": "", "backend/tests/pytest.ini": "[pytest]\n"},
            ("env", "-C", "backend", "tests"),
        ),
        (
            {"pyproject.toml": "[project]\nname='x'\n", "backend/tox.ini": "[pytest]\n"},
            ("env", "-C", "backend", "tests"),
        ),
        (
            {"backend/requirements.txt": "", "backend/setup.cfg": "[tool:pytest]\n",
             "tests/test_all.py": ""},
            ("backend/tests", "tests"),
        ),
    ],
)  # fmt: skip
def test_the_tests_of_a_host_run_where_pytest_is_configured_else_beside_its_manifest(
    texts: dict[str, str], command: tuple[str, ...]
) -> None:
    host = survey({"backend/main.py": APP, "backend/tests/test_a.py": "", **texts})
    given = [word for word in host.test_command if word not in ("{python}", "-m", "pytest")]
    assert tuple(given) == command
