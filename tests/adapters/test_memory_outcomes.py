"""Each thing that a survey finds has one outcome, with the file and line that it rests on."""

from __future__ import annotations

import pytest
from host_trees import survey

from orchestrator.core.host.host import Observation

APP = "from fastapi import FastAPI\n\napp = FastAPI()\n"
FLASK = "from flask import Flask\n\napp = Flask(__name__)\n"
LITE = "sqlite:///./app.db"


def observed(texts: dict[str, str], subject: str) -> Observation:
    every = [one for one in survey(texts).observations if one.subject == subject]
    assert len(every) == 1, every
    return every[0]


def outcome(texts: dict[str, str], subject: str) -> tuple[str, str]:
    found = observed(texts, subject)
    return found.decision, str(found.place)


def silent(texts: dict[str, str], subject: str) -> bool:
    return all(one.subject != subject for one in survey(texts).observations)


@pytest.mark.parametrize(
    ("code", "place"),
    [
        ("Base = declarative_base()\n", "db.py:2"),
        ("Base = orm.declarative_base(metadata=m)\n", "db.py:2"),
        ("class Base(DeclarativeBase): ...\n", "db.py:2"),
        ("class Base(AsyncAttrs, DeclarativeBase): ...\n", "db.py:2"),
        ("x = 1\nclass Item(SQLModel, table=True): ...\n", "db.py:3"),
    ],
)
def test_the_base_of_the_models_stays_apart(code: str, place: str) -> None:
    texts = {"main.py": APP, "db.py": f"from sqlalchemy.orm import *\n{code}"}
    assert outcome(texts, "model base") == ("stay apart", place)


def test_the_base_of_flask_sqlalchemy_is_its_model() -> None:
    texts = {"app.py": f"{FLASK}from flask_sqlalchemy import SQLAlchemy\ndb = SQLAlchemy()\n"}
    found = observed(texts, "model base")
    assert (found.decision, str(found.place)) == ("stay apart", "app.py:5")
    assert "db.Model" in found.because


def test_a_host_without_models_has_no_base() -> None:
    assert silent({"main.py": APP, "db.py": "class Base(Thing): ...\n"}, "model base")


@pytest.mark.parametrize(
    ("engine", "library", "told"),
    [
        ("create_engine", "sqlmodel", "SQLModel"),
        ("create_async_engine", "sqlmodel", "async SQLModel"),
        ("create_engine", "sqlalchemy", "sync SQLAlchemy"),
        ("create_async_engine", "sqlalchemy.ext.asyncio", "async SQLAlchemy"),
    ],
)
def test_the_library_of_the_data_is_named(engine: str, library: str, told: str) -> None:
    code = f"from {library} import {engine}\nengine = {engine}('{LITE}')\n"
    assert f"the host uses {told};" in observed({"main.py": APP, "db.py": code}, "database").because


@pytest.mark.parametrize(
    "code",
    [
        "def get_db():\n    db = SessionLocal()\n    try:\n        yield db\n"
        "    finally:\n        db.close()\n",
        "async def get_session():\n    async with make() as session:\n        yield session\n",
        "def connection():\n    with Session(engine) as one:\n        yield one\n",
        "async def tx():\n    async with async_session_maker() as one:\n        yield one\n",
    ],
)
def test_the_generator_of_sessions_is_found(code: str) -> None:
    assert outcome({"main.py": APP, "db.py": code}, "session dependency") == (
        "stay apart",
        "db.py:1",
    )


def test_the_session_that_routes_depend_on_is_told_first() -> None:
    code = (
        "def session_context():\n    one = SessionLocal()\n    yield one\n"
        "def generate_session():\n    with Session() as one:\n        yield one\n"
        "@app.get('/')\ndef root(db = Depends(generate_session)): ...\n"
    )
    place = outcome({"main.py": APP, "db.py": code}, "session dependency")[1]
    assert place == "db.py:4"
    given = "def get_db(request):\n    return request.state.db\nDb = Depends(get_db)\n"
    assert outcome({"main.py": APP, "db.py": given}, "session dependency")[1] == "db.py:1"


def test_a_session_of_a_visitor_is_none_of_the_database() -> None:
    code = (
        "def get_session(request):\n    return find(request.cookies)\nuse(Depends(get_session))\n"
    )
    assert silent({"main.py": APP, "auth.py": code}, "session dependency")
    both = {"auth.py": code, "db.py": "def get_session():\n    yield 1\n"}
    deps = "def get_db(a):\n    with make() as db:\n        yield db\nuse(Depends(get_db))\n"
    found = outcome({"main.py": APP, **both, "deps.py": deps}, "session dependency")
    assert found == ("stay apart", "deps.py:1")


def test_an_alias_of_the_session_dependency_is_named() -> None:
    texts = {
        "main.py": APP,
        "db.py": "def get_db():\n    yield 1\n",
        "deps.py": "from db import get_db\nDb = Annotated[Session, Depends(get_db)]\n",
    }
    assert "get_db (as Db)" in observed(texts, "session dependency").because


@pytest.mark.parametrize(
    "code",
    [
        "def lines():\n    yield 1\n",
        "def get_db():\n    return SessionLocal()\n",
        "class ReadAll:\n    async def execute(self):\n"
        "        async with self.async_session() as one:\n            yield await one.all()\n",
        "def lifespan(app):\n    maker = sessionmaker(x)\n    yield {'maker': maker}\n",
        "def menu(s):\n    def mine():\n        return has_sessions(s)\n    yield Entry(mine)\n",
        "def build():\n    m = SessionManager()\n    def f():\n        yield m\n    return f\n",
    ],
)
def test_other_functions_give_no_sessions(code: str) -> None:
    assert silent({"main.py": APP, "db.py": code}, "session dependency")


@pytest.mark.parametrize(
    ("code", "told", "line"),
    [
        ("class S(BaseSettings):\n    x: int = 1\n", "S stays", 1),
        ("class B(BaseSettings): ...\nclass S(B):\n    x: int = 1\n", "B stays", 1),
        ("@dataclass\nclass AppSettings:\n    debug: bool = False\n", "AppSettings stays", 2),
        ("class Config:\n    SECRET_KEY = 'x'\n", "Config stays", 1),
        ("x = 1\napp.config.from_object('config.Production')\n", "(from_object)", 2),
        ("app.config.from_prefixed_env()\n", "(from_prefixed_env)", 1),
        ("app.config.from_pyfile('settings.cfg')\n", "(from_pyfile)", 1),
        ("import os\nfrom decouple import config\n", "what decouple reads", 2),
        ("from dynaconf import Dynaconf\n", "what dynaconf reads", 1),
    ],
)
def test_settings_stay_apart_however_they_are_read(code: str, told: str, line: int) -> None:
    found = observed({"main.py": APP, "conf.py": code}, "settings")
    assert (found.decision, str(found.place)) == ("stay apart", f"conf.py:{line}")
    assert told in found.because


@pytest.mark.parametrize(
    "code",
    [
        "class Item(BaseModel):\n    class Config:\n        frozen = True\n",
        "class UserSettings(BaseModel):\n    theme: str = ''\n",
        "class Settings: ...\n",
    ],
)
def test_what_only_sounds_like_settings_is_none(code: str) -> None:
    assert silent({"main.py": APP, "conf.py": code}, "settings")


def test_a_dot_env_that_the_host_loads_is_adopted() -> None:
    code = f"{FLASK}from dotenv import load_dotenv\nload_dotenv()\n"
    assert outcome({"app.py": code}, "env file") == ("adopt", "app.py:5")


MIGRATIONS = {
    "alembic/env.py": "from alembic import context\nimport dotenv\ndotenv.load_dotenv()\n",
    "alembic/versions/1.py": "import sqlmodel\nfrom alembic import op\n",
}


def test_what_only_a_migration_does_is_not_told_of_the_application() -> None:
    texts = {"main.py": APP, "models.py": "from sqlmodel import SQLModel\n"}
    assert outcome({**texts, **MIGRATIONS}, "database") == ("stay apart", "models.py:1")
    assert silent({**texts, **MIGRATIONS}, "env file")


HANDLERS = """\
@app.exception_handler(Exception)
async def one(request, error): ...
app.add_exception_handler(RequestValidationError, one)
@app.exception_handler(404)
async def two(request, error): ...
"""


def test_every_error_handler_is_named_with_its_place() -> None:
    found = observed({"main.py": f"{APP}{HANDLERS}"}, "error pages")
    assert (found.decision, str(found.place)) == ("stay apart", "main.py:4")
    told = "Exception (main.py:4), RequestValidationError (main.py:6) and 404 (main.py:7)"
    assert told in found.because


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("@app.errorhandler(404)\ndef a(e): ...\n", "404 (app.py:4)"),
        ("app.register_error_handler(ValueError, print)\n", "ValueError (app.py:4)"),
        ("@bp.app_errorhandler(500)\ndef a(e): ...\n", "500 (app.py:4)"),
    ],
)
def test_flasks_error_handlers_are_named(code: str, told: str) -> None:
    assert told in observed({"app.py": f"{FLASK}{code}"}, "error pages").because


def test_handlers_that_the_application_is_given_count() -> None:
    code = "from fastapi import FastAPI\napp = FastAPI(exception_handlers={404: gone})\n"
    assert "404 (main.py:2)" in observed({"main.py": code}, "error pages").because


@pytest.mark.parametrize(
    "code",
    [
        "@app.middleware('http')\nasync def m(request, call): ...\n",
        "app.add_middleware(Thing)\n",
        "@app.before_request\ndef guard(): ...\n",
    ],
)
def test_what_runs_around_every_request_is_noted(code: str) -> None:
    assert outcome({"main.py": f"{APP}{code}"}, "middleware") == ("note", "main.py:4")


CONFTEST = """\
import pytest
@pytest.fixture
def app(): ...
@pytest.fixture()
def browser(app):
    with TestClient(app) as one:
        yield one
@pytest.fixture(autouse=True)
def clean(): ...
"""


def test_the_clients_of_the_hosts_tests_are_named_and_what_runs_by_itself() -> None:
    texts = {"main.py": APP, "tests/conftest.py": CONFTEST, "tests/test_a.py": ""}
    found = observed(texts, "test client")
    assert (found.decision, str(found.place)) == ("stay apart", "tests/conftest.py:3")
    assert "app (tests/conftest.py:3) and browser (tests/conftest.py:5)" in found.because
    assert outcome(texts, "test fixtures") == ("note", "tests/conftest.py:9")


def test_other_fixtures_are_not_told() -> None:
    texts = {"main.py": APP, "tests/conftest.py": "@fixture\ndef number(): ...\n"}
    assert silent(texts, "test client")
    assert silent(texts, "test fixtures")


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("main.py", "modules without a package at the top of the repository; new code goes into "),
        ("shop/main.py", "the package shop at the top of the repository; new code goes into shop/"),
        ("src/shop/main.py", "the package shop in the folder src; new code goes into src/shop/"),
        (
            "services/api/src/shop/main.py",
            "the package shop in the folder services/api/src; new code goes into services/api/src/",
        ),
    ],
)
def test_the_layout_is_said_in_words(path: str, told: str) -> None:
    package = {path.replace("main.py", "__init__.py"): ""} if "/" in path else {}
    found = observed({path: APP, **package}, "layout")
    assert (found.decision, str(found.place)) == ("adopt", path)
    assert found.because.startswith(told)


@pytest.mark.parametrize(
    ("texts", "decision", "place"),
    [
        (
            {"pyproject.toml": "[project]\nname = 'x'\ndependencies = ['a']\n"},
            "extend",
            "pyproject.toml:3",
        ),
        (
            {"pyproject.toml": "[tool.a]\ndependencies = 1\n[project]\nname = 'x'\n[tool.b]\n"},
            "extend",
            "pyproject.toml:3",
        ),
        (
            {"pyproject.toml": "[tool.poetry.dependencies]\npython = '^3.11'\n"},
            "extend",
            "pyproject.toml:1",
        ),
        ({"requirements.txt": "a\n"}, "extend", "requirements.txt"),
        ({"setup.cfg": "[options]\ninstall_requires =\n    a\n"}, "extend", "setup.cfg:2"),
        ({"Pipfile": "[packages]\n"}, "refuse", "Pipfile"),
        ({"setup.py": "setup()\n"}, "refuse", "setup.py"),
        ({}, "refuse", "main.py"),
    ],
)
def test_the_manifest_is_extended_or_refused(
    texts: dict[str, str], decision: str, place: str
) -> None:
    assert outcome({"main.py": APP, **texts}, "manifest") == (decision, place)


@pytest.mark.parametrize("listed", ["'needs.txt'", "['needs.txt']"])
def test_the_file_that_setuptools_reads_dependencies_from_is_the_manifest(listed: str) -> None:
    project = (
        "[project]\nname = 'x'\ndynamic = ['dependencies']\n"
        f"[tool.setuptools.dynamic]\ndependencies = {{file = {listed}}}\n"
    )
    texts = {"main.py": APP, "pyproject.toml": project, "needs.txt": "fastapi\n"}
    manifest = survey(texts).manifest
    assert manifest is not None
    assert (manifest.path, manifest.style, manifest.names) == (
        "needs.txt",
        "requirements",
        ("fastapi",),
    )


@pytest.mark.parametrize(
    ("texts", "told", "place"),
    [
        ({"ruff.toml": "line-length = 79\n"}, "ruff (line-length 79)", "ruff.toml"),
        (
            {"pyproject.toml": "[tool.x]\n[tool.ruff.lint]\nselect = ['ALL']\n"},
            "ruff",
            "pyproject.toml:2",
        ),
        (
            {"pyproject.toml": "[tool.black]\nline-length = 79\n[tool.isort]\nprofile = 'black'\n"},
            "black (line-length 79), isort (profile black)",
            "pyproject.toml:1",
        ),
        (
            {"setup.cfg": "[metadata]\nname = x\n[flake8]\nmax-line-length = 99\n"},
            "flake8 (line-length 99)",
            "setup.cfg:3",
        ),
        ({".isort.cfg": "[settings]\nforce_single_line = true\n"}, "isort", ".isort.cfg:1"),
    ],
)
def test_the_style_of_the_host_is_adopted(texts: dict[str, str], told: str, place: str) -> None:
    found = observed({"main.py": APP, **texts}, "code style")
    assert (found.decision, str(found.place)) == ("adopt", place)
    assert found.because == f"generated files follow {told}"


def test_the_nearest_style_counts_in_a_repository_of_many() -> None:
    texts = {
        "ruff.toml": "line-length = 200\n",
        "back/pyproject.toml": "[project]\nname = 'b'\ndependencies = []\n[tool.ruff]\n",
        "back/main.py": APP,
    }
    assert outcome(texts, "code style") == ("adopt", "back/pyproject.toml:4")


@pytest.mark.parametrize(
    ("code", "where", "line"),
    [
        ("class Site:\n    app = FastAPI()\n", "inside Site", 3),
        ("class Site:\n    def make(self):\n        return FastAPI()\n", "inside Site.make", 4),
        ("def main():\n    run(FastAPI())\n", "inside main", 3),
        ("run(FastAPI())\n", "in an expression", 2),
    ],
)
def test_an_application_out_of_reach_is_refused_with_its_place(
    code: str, where: str, line: int
) -> None:
    texts = {"main.py": f"from fastapi import FastAPI\n{code}"}
    found = observed(texts, "application")
    assert survey(texts).apps == ()
    assert (found.decision, str(found.place)) == ("refuse", f"main.py:{line}")
    assert where in found.because
    assert "would help" in found.because


@pytest.mark.parametrize(
    ("code", "kind", "name"),
    [
        ("app, count = FastAPI(), 1\n", "object", "app"),
        ("[app] = [FastAPI()]\n", "object", "app"),
        ("async def make():\n    app = FastAPI()\n    return app\n", "factory", "make"),
    ],
)
def test_rarer_ways_to_make_an_application_are_known(code: str, kind: str, name: str) -> None:
    (app,) = survey({"main.py": f"from fastapi import FastAPI\n{code}"}).apps
    assert (app.kind, app.name) == (kind, name)


REVISIONS = {
    "main.py": f"{APP}DATABASE_URL = '{LITE}'\n",
    "moves/env.py": "target_metadata = None\n",
    "moves/versions/a.py": "revision = 'a'\ndown_revision = None\n",
}


def test_alembic_that_is_set_up_in_pyproject_is_extended() -> None:
    project = "[project]\nname = 'x'\ndependencies = []\n[tool.alembic]\n"
    text = f"{project}script_location = '%(here)s/moves'\n"
    host = survey({**REVISIONS, "pyproject.toml": text})
    assert host.migrations is not None
    assert (host.migrations.versions, host.migrations.heads) == ("moves/versions", ("a",))
    assert silent({**REVISIONS, "pyproject.toml": project.replace("[tool.alembic]\n", "")}, "move")


def test_two_heads_are_joined_and_said() -> None:
    ini = {"alembic.ini": "[alembic]\nscript_location = moves\n"}
    second = {"moves/versions/b.py": "revision = 'b'\ndown_revision = None\n"}
    told = observed({**REVISIONS, **ini, **second}, "migrations").because
    assert told.endswith("after a and b, which it joins")
    assert observed({**REVISIONS, **ini}, "migrations").because.endswith("after a")


@pytest.mark.parametrize("between", [" ", ":", ", ", "\n    "])
def test_revisions_in_folders_of_their_own_are_followed(between: str) -> None:
    folders = between.join(["%(here)s/one", "two"]).replace("%(here)s/", "")
    ini = f"[alembic]\nscript_location = moves\nversion_locations = {folders}\n"
    texts = {
        **REVISIONS,
        "alembic.ini": ini,
        "one/a.py": "revision = 'x'\ndown_revision = None\n",
        "two/b.py": "revision = 'y'\ndown_revision = 'x'\n",
    }
    found = survey(texts).migrations
    assert found is not None
    assert (found.versions, found.heads) == ("one", ("y",))


def test_several_folders_with_several_heads_stay_apart() -> None:
    texts = {
        **REVISIONS,
        "alembic.ini": "[alembic]\nscript_location = moves\nversion_locations = one two\n",
        "one/a.py": "revision = 'x'\ndown_revision = None\n",
        "two/b.py": "revision = 'y'\ndown_revision = None\n",
    }
    found = observed(texts, "migrations")
    assert (found.decision, str(found.place)) == ("stay apart", "alembic.ini")
    assert "its 2 folders of revisions have 2 heads" in found.because


@pytest.mark.parametrize(
    ("name", "text", "place"),
    [
        ("pyproject.toml", "[tool.coverage.report]\nfail_under = 100\n", "pyproject.toml:2"),
        ("pyproject.toml", "[tool.pytest.ini_options]\naddopts = '--cov-fail-under=100'\n", ":2"),
        ("pyproject.toml", "[tool.pytest.ini_options]\naddopts = ['--cov-fail-under=100']\n", ":2"),
        (".coveragerc", "[report]\nfail_under = 100\n", ".coveragerc:2"),
        ("setup.cfg", "[coverage:report]\nfail_under = 100\n", "setup.cfg:2"),
        ("tox.ini", "[coverage:report]\nfail_under=100\n", "tox.ini:2"),
        ("pytest.ini", "[pytest]\naddopts = -q --cov-fail-under 100\n", "pytest.ini:2"),
        ("setup.cfg", "[tool:pytest]\naddopts =\n    --cov-fail-under=100\n", "setup.cfg:3"),
    ],
)
def test_the_coverage_that_the_host_demands_is_told(name: str, text: str, place: str) -> None:
    found = observed({"main.py": APP, name: text}, "coverage")
    assert found.decision == "note"
    assert "below 100 % coverage" in found.because
    assert str(found.place).endswith(place)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pyproject.toml", "[tool.coverage.report]\nshow_missing = true\nfail_under = 0\n"),
        (".coveragerc", "[report]\nshow_missing = true\n"),
        ("pytest.ini", "[pytest]\naddopts = --cov=src\n"),
    ],
)
def test_a_host_that_demands_no_coverage_is_left_alone(name: str, text: str) -> None:
    assert silent({"main.py": APP, name: text}, "coverage")


def test_the_coverage_that_is_demanded_around_the_project_is_told() -> None:
    texts = {
        "src/main.py": APP,
        "src/requirements.txt": "fastapi\n",
        "pyproject.toml": "[tool.coverage.report]\nfail_under = 100\n",
    }
    assert outcome(texts, "coverage") == ("note", "pyproject.toml:2")


def test_a_table_is_no_settings_and_needs_no_table_name() -> None:
    table = (
        "class UserSettings(Base):\n    id = Column(Integer, primary_key=True)\n    a = Column(X)\n"
    )
    assert silent({"main.py": APP, "db.py": table}, "settings")
    user = table.replace("UserSettings", "SiteUser").replace("a =", "password =")
    found = observed({"main.py": APP, "db.py": f"{user}    email = Column(X)\n"}, "user model")
    assert "its name cannot be read" in found.because
    abstract = user.replace("id =", "__abstract__ = True\n    id =")
    texts = {"main.py": APP, "db.py": f"{abstract}    email = Column(X)\n"}
    assert silent(texts, "user model")


def test_a_column_is_known_by_its_name_in_the_database_too() -> None:
    code = (
        "class User(db.Model):\n    id = Column(Integer, primary_key=True)\n"
        "    email = Column(X, unique=True)\n    _password = Column('password', X)\n"
    )
    found = observed({"main.py": APP, "db.py": code}, "user model")
    assert "another database" in found.because


def test_a_server_with_a_password_is_no_table_of_users() -> None:
    columns = "    id = Column(Integer, primary_key=True)\n    password = Column(X)\n"
    user = f"class User(db.Model):\n{columns}    email = Column(X, unique=True)\n"
    server = f"class Server(db.Model):\n{columns}    username = Column(X)\n"
    found = observed({"main.py": APP, "db.py": server + user}, "user model")
    assert str(found.place) == "db.py:5"
    assert "several tables" not in found.because


@pytest.mark.parametrize(
    "hook", ["@part.before_request\ndef f(): ...\n", "part.before_request(f)\n"]
)
def test_what_runs_around_a_blueprint_runs_not_around_new_routes(hook: str) -> None:
    part = f"part = Blueprint('part', __name__)\n{hook}"
    assert silent({"app.py": FLASK, "part.py": part}, "middleware")
    assert not silent({"app.py": FLASK, "part.py": hook}, "middleware")


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("from tortoise import Tortoise\n", "Tortoise ORM"),
        ("from peewee import Model\n", "Peewee"),
        ("from beanie import Document\n", "Beanie"),
    ],
)
def test_a_library_beside_sqlalchemy_is_named(code: str, told: str) -> None:
    assert f"uses {told};" in observed({"main.py": APP, "db.py": code}, "database").because
    both = f"{code}from sqlalchemy import create_engine\ncreate_engine('{LITE}')\n"
    assert told not in observed({"main.py": APP, "db.py": both}, "database").because


def test_many_of_a_kind_are_counted() -> None:
    fixtures = "".join(f"@fixture\ndef client_{n}():\n    TestClient(app)\n" for n in range(30))
    texts = {"main.py": APP, "tests/test_a.py": fixtures}
    assert "client_10 (tests/test_a.py:32) and 19 more;" in observed(texts, "test client").because
    broken = {f"bad{n}.py": "def (" for n in range(30)}
    every = [o for o in survey({"main.py": APP, **broken}).observations if o.subject[:2] == "un"]
    assert len(every) == 10
    assert every[-1].because == "cannot be read either, nor can 20 more"
    alone = {f"tests/test_{n}.py": APP for n in range(5)}
    assert observed(alone, "application").because.endswith("no test is served, and 4 more")


def test_what_starlettes_config_reads_is_settings() -> None:
    code = "from starlette.config import Config\nconfig = Config('.env')\n"
    assert outcome({"main.py": APP, "config.py": code}, "settings") == ("stay apart", "config.py:2")


@pytest.mark.parametrize("made", ["CSRFProtect()", "CSRFProtect(app)"])
def test_a_guard_against_forged_requests_is_told(made: str) -> None:
    code = f"{FLASK}from flask_wtf.csrf import CSRFProtect\ncsrf = {made}\n"
    found = observed({"app.py": code}, "request forgery")
    assert (found.decision, str(found.place)) == ("note", "app.py:5")
    assert silent({"app.py": code.replace("flask_wtf.csrf", "mine")}, "request forgery")


def test_of_several_files_of_a_tool_the_one_that_it_reads_is_told() -> None:
    both = {"main.py": APP, "ruff.toml": "", "pyproject.toml": "[tool.ruff]\n[tool.isort]\n"}
    found = observed({**both, ".isort.cfg": "[settings]\n"}, "code style")
    assert found.because.endswith("follow ruff, isort")
    assert str(found.place) == "ruff.toml"


def test_the_middleware_of_a_broker_is_not_the_applications() -> None:
    code = "broker = RedisBroker()\nbroker.add_middleware(X)\n"
    assert silent({"main.py": APP, "tasks.py": code}, "middleware")
    assert not silent({"main.py": APP, "tasks.py": code.replace("Broker()", "()")}, "middleware")


def test_of_the_sessions_one_of_the_database_is_told_first() -> None:
    code = (
        "def get_api() -> Iterator[Api]:\n    with api_session() as api:\n        yield api\n"
        "def get_main() -> Iterator[Session]:\n    with db_session() as db:\n        yield db\n"
        "use(Depends(get_api), Depends(get_main))\n"
    )
    assert outcome({"main.py": APP, "db.py": code}, "session dependency")[1] == "db.py:4"


def test_a_key_of_a_dialects_own_uuid_is_one() -> None:
    code = (
        "class User(Base):\n    __tablename__ = 'users'\n"
        "    id: Mapped[UUID] = mapped_column(PGUUID(as_uuid=True), primary_key=True)\n"
        "    email: Mapped[str] = mapped_column(unique=True)\n    password: Mapped[str]\n"
    )
    assert "another database" in observed({"main.py": APP, "db.py": code}, "user model").because
