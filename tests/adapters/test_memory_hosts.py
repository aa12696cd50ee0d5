"""What memory makes of whole repositories: three fixtures, and shapes built here."""

from __future__ import annotations

import pytest
from host_trees import survey, survey_folder

from orchestrator.core.errors import CannotAnswer
from orchestrator.core.host.host import Host, Place

APP = "from fastapi import FastAPI\n\napp = FastAPI()\n"


def decisions(host: Host) -> dict[str, tuple[str, str]]:
    return {one.subject: (one.decision, str(one.place)) for one in host.observations}


def test_a_single_file_gets_a_package_beside_it() -> None:
    host = survey_folder("single_file")
    assert (host.project, host.import_root) == ("app", "")
    assert (host.package_path, host.package_import) == ("auth", "auth")
    assert (host.tests_path, host.tests_are_package) == ("tests/auth", False)
    assert [(app.kind, app.name, app.module, str(app.place)) for app in host.apps] == [
        ("object", "app", "main", "main.py:8")
    ]
    assert host.manifest is not None
    assert (host.manifest.path, host.manifest.style) == ("requirements.txt", "requirements")
    assert host.served == "main:app"
    assert host.test_command == ("{python}", "-m", "pytest", "test_main.py")
    assert [route for route, _ in host.taken_routes] == ["/notes", "/notes", "/notes/{number}"]


def test_a_src_layout_gets_a_package_inside_the_hosts_own() -> None:
    host = survey_folder("src_async_sqlalchemy")
    assert (host.project, host.import_root) == ("ledger", "src")
    assert (host.package_path, host.package_import) == ("src/ledger/auth", "ledger.auth")
    assert host.tests_path == "tests/auth"
    assert host.served == "ledger.main:app"
    assert host.manifest is not None
    assert (host.manifest.style, host.manifest.requires_python) == ("pep621", ">=3.11")
    assert "sqlalchemy" in host.manifest.names
    assert [route for route, _ in host.taken_routes] == ["/api/bookings", "/api/bookings/total"]
    found = decisions(host)
    assert found["database"] == ("stay apart", "src/ledger/database.py:10")
    assert found["user model"] == ("stay apart", "src/ledger/models.py:9")
    assert found["settings"] == ("stay apart", "src/ledger/config.py:6")
    assert ("model User", Place("src/ledger/models.py", 9)) in host.similar


def test_a_factory_with_routers_is_extended_inside_the_factory() -> None:
    host = survey_folder("factory_routers")
    assert [(app.kind, app.name, app.module, str(app.place)) for app in host.apps] == [
        ("factory", "create_app", "inventory.factory", "inventory/factory.py:12")
    ]
    assert (host.package_path, host.package_import) == ("inventory/auth", "inventory.auth")
    assert (host.tests_path, host.tests_are_package) == ("tests/auth", True)
    assert host.served == "asgi:app"
    assert host.manifest is not None
    assert (host.manifest.style, host.manifest.requires_python) == ("poetry", "^3.11")
    assert [route for route, _ in host.taken_routes] == [
        "/api/v1/items/{item}",
        "/api/v1/items/{item}/{amount}",
        "/api/v1/stores",
    ]
    assert decisions(host)["error pages"] == ("stay apart", "inventory/factory.py:17")


def test_a_single_flask_file_gets_a_package_beside_it() -> None:
    host = survey_folder("flask_single")
    assert host.frameworks == ("flask",)
    assert [(app.kind, app.name, app.module, str(app.place)) for app in host.apps] == [
        ("object", "app", "app", "app.py:5")
    ]
    assert (host.package_path, host.tests_path, host.served) == ("auth", "tests/auth", "app:app")
    assert [(route, str(place)) for route, place in host.taken_routes] == [
        ("/count", "app.py:29"),
        ("/notes", "app.py:9"),
        ("/notes/<int:number>", "app.py:18"),
    ]
    assert decisions(host)["error pages"] == ("stay apart", "app.py:32")


def test_a_flask_factory_with_nested_blueprints_is_extended_inside_the_factory() -> None:
    host = survey_folder("flask_factory_sqlalchemy")
    assert [(app.kind, app.name, app.framework, str(app.place)) for app in host.apps] == [
        ("factory", "create_app", "flask", "shop/__init__.py:11")
    ]
    assert (host.project, host.package_path, host.served) == (
        "corner-shop",
        "shop/auth",
        "wsgi:app",
    )
    assert [(route, str(place)) for route, place in host.taken_routes] == [
        ("/about", "shop/__init__.py:18"),
        ("/api/catalogue/", "shop/catalogue/routes.py:31"),
        ("/api/catalogue/prices/<string:name>", "shop/catalogue/routes.py:25"),
    ]
    found = decisions(host)
    assert found["database"] == ("stay apart", "shop/extensions.py:3")
    assert found["database setting"] == ("stay apart", "shop/config.py:7")
    assert found["user model"] == ("stay apart", "shop/models.py:4")
    assert found["error pages"] == ("stay apart", "shop/__init__.py:20")


@pytest.mark.parametrize(
    ("texts", "root", "path", "name"),
    [
        ({"main.py": APP}, "", "auth", "auth"),
        (
            {"app/main.py": APP + "from app.x import y\n", "app/x.py": ""},
            "",
            "app/auth",
            "app.auth",
        ),
        ({"app/main.py": APP + "from .x import y\n", "app/x.py": ""}, "", "app/auth", "app.auth"),
        ({"app/__init__.py": APP}, "", "app/auth", "app.auth"),
        ({"app/__init__.py": "", "app/main.py": APP}, "", "app/auth", "app.auth"),
        (
            {
                "src/main.py": APP + "from src.core.config import s\n",
                "src/core/config.py": "",
                "tests/test_a.py": "from src.main import app\n",
            },
            "",
            "src/auth",
            "src.auth",
        ),
        (
            {"src/main.py": APP + "from core.config import s\n", "src/core/__init__.py": ""},
            "src",
            "src/auth",
            "auth",
        ),
        (
            {"src/flow/main.py": APP + "from flow.x import y\n", "src/flow/x.py": ""},
            "src",
            "src/flow/auth",
            "flow.auth",
        ),
        (
            {"src/flow/__init__.py": "", "src/flow/main.py": APP},
            "src",
            "src/flow/auth",
            "flow.auth",
        ),
        (
            {"backend/app/main.py": APP + "from app.x import y\n", "backend/app/x.py": ""},
            "backend",
            "backend/app/auth",
            "app.auth",
        ),
        (
            {
                "services/shop/shop/main.py": APP + "from shop.prices import y\n",
                "services/shop/shop/prices.py": "",
            },
            "services/shop",
            "services/shop/shop/auth",
            "shop.auth",
        ),
        (
            {"backend/main.py": APP + "import database\n", "backend/database.py": ""},
            "backend",
            "backend/auth",
            "auth",
        ),
        (
            {
                "flow/web/factory.py": APP + "from flow.config import y\n",
                "flow/config.py": "",
            },
            "",
            "flow/auth",
            "flow.auth",
        ),
        (
            {"flow/main.py": APP + "import logging\nfrom flow.x import y\n", "flow/logging.py": ""},
            "",
            "flow/auth",
            "flow.auth",
        ),
    ],
)
def test_the_new_package_fits_how_the_hosts_modules_import_each_other(
    texts: dict[str, str | bytes], root: str, path: str, name: str
) -> None:
    host = survey(texts)
    assert (host.import_root, host.package_path, host.package_import) == (root, path, name)


def test_a_taken_folder_gives_way_to_another_name_and_says_so() -> None:
    host = survey(
        {"app/main.py": APP, "app/__init__.py": "", "app/auth.py": "", "tests/auth/a": ""}
    )
    assert (host.package_path, host.tests_path) == ("app/auth_jwt", "tests/auth_jwt")
    found = decisions(host)
    assert found["package folder"] == ("choose another", "app/auth")
    assert found["tests folder"] == ("choose another", "tests/auth")


def test_of_several_applications_the_outermost_is_chosen_and_the_others_named() -> None:
    host = survey(
        {
            "main.py": APP + "sub = FastAPI()\napp.mount('/sub', sub)\n",
            "tools/admin/main.py": APP,
            "tests/test_x.py": APP,
            "examples/main.py": APP,
        }
    )
    assert [(app.name, str(app.place)) for app in host.apps] == [
        ("app", "main.py:3"),
        ("app", "tools/admin/main.py:3"),
        ("sub", "main.py:4"),
    ]
    (choice,) = [one for one in host.observations if one.subject == "application"]
    assert (choice.decision, choice.place) == ("extend", Place("main.py", 3))
    assert "of 3" in choice.because
    assert "tools/admin/main.py:3" in choice.because


@pytest.mark.parametrize("name", ["pkg.a.main", "..a.main"])
def test_an_application_that_another_module_mounts_is_not_the_outermost(name: str) -> None:
    made = APP.replace("app =", "outer =")
    outer = f"from {name} import app as sub\n{made}outer.mount('/a', sub)\n"
    host = survey({"pkg/a/main.py": APP, "pkg/b/main.py": outer, "pkg/__init__.py": ""})
    assert [(app.name, app.place.path) for app in host.apps] == [
        ("outer", "pkg/b/main.py"),
        ("app", "pkg/a/main.py"),
    ]
    apart = survey({"a/main.py": APP, "b/main.py": made})
    assert [app.name for app in apart.apps] == ["app", "outer"]


@pytest.mark.parametrize(
    ("code", "kind", "name", "line"),
    [
        ("import fastapi\napp = fastapi.FastAPI()\n", "object", "app", 2),
        ("import fastapi as f\napp: f.FastAPI = f.FastAPI()\n", "object", "app", 2),
        ("from fastapi import FastAPI as A\nif 1:\n    app = A()\n", "object", "app", 3),
        ("from fastapi import FastAPI\nclass B(FastAPI): ...\nx = B()\n", "object", "x", 3),
        ("from fastapi import FastAPI\napp = wrap(FastAPI())\n", "object", "app", 2),
        (
            "from fastapi import FastAPI\ndef make():\n    a = FastAPI()\n    return a\n",
            "factory",
            "make",
            3,
        ),
        ("from fastapi import FastAPI\ndef make():\n    return FastAPI()\n", "factory", "make", 3),
        ("from flask import Flask\napp = Flask(__name__)\n", "object", "app", 2),
    ],
)
def test_applications_are_found_however_they_are_spelled(
    code: str, kind: str, name: str, line: int
) -> None:
    (app,) = survey({"main.py": code}).apps
    assert (app.kind, app.name, app.place) == (kind, name, Place("main.py", line))


@pytest.mark.parametrize(
    ("imported", "name"),
    [("from pkg.web import Site", "Site"), ("from .web import Site as S", "S")],
)
def test_a_class_of_another_module_makes_applications_too(imported: str, name: str) -> None:
    web = "from flask import Flask\nclass Site(Flask): ...\nclass Other: ...\n"
    code = f"{imported}\ndef make():\n    app = {name}('x')\n    return app\n"
    host = survey({"pkg/__init__.py": "", "pkg/web.py": web, "pkg/make.py": code})
    assert [(one.kind, str(one.place)) for one in host.apps] == [("factory", "pkg/make.py:3")]
    other = {"pkg/web.py": web, "pkg/make.py": code.replace("Site", "Other")}
    assert survey(other).apps == ()


def test_an_application_of_a_tool_of_the_repository_is_set_aside() -> None:
    host = survey({"bin/proxy.py": APP, "pkg/web/main.py": APP})
    assert [one.place.path for one in host.apps] == ["pkg/web/main.py"]


@pytest.mark.parametrize(
    "code",
    [
        "class FastAPI: ...\napp = FastAPI()\n",
        "from fastapi import FastAPI\ndef run():\n    app = FastAPI()\n    app.x()\n",
        "from fastapi import FastAPI\nmake = lambda: FastAPI()\n",
        "# app = FastAPI()\n",
    ],
)
def test_what_only_looks_like_an_application_is_none(code: str) -> None:
    assert survey({"main.py": code}).apps == ()


def test_a_repository_without_python_has_no_language_and_no_application() -> None:
    host = survey({"README.md": "hello"})
    assert (host.language, host.apps, host.manifest) == ("", (), None)


def test_django_is_named_and_refused() -> None:
    host = survey({"manage.py": "import django\n", "requirements.txt": "django\n"})
    assert host.apps == ()
    assert host.frameworks == ("django",)
    assert decisions(host)["framework"] == ("refuse", "manage.py")


def test_a_manage_of_another_framework_is_not_taken_for_django() -> None:
    host = survey(
        {
            "manage.py": '"""As usual in Django."""\nfrom app.cli import run\n',
            "back/app/asgi.py": "from litestar import Litestar\n\n\ndef make():\n"
            "    return Litestar(plugins=[])\n",
            "back/pyproject.toml": "[project]\nname = 'x'\ndependencies = ['litestar']\n",
        }
    )
    assert host.frameworks == ("litestar",)
    assert decisions(host)["framework"] == ("refuse", "back/app/asgi.py:5")
    assert host.manifest is not None
    assert host.manifest.path == "back/pyproject.toml"


@pytest.mark.parametrize(
    ("code", "name", "told"),
    [
        ("from quart import Quart\napp = Quart(__name__)\n", "quart", "Quart"),
        (
            "from starlette.applications import Starlette\napp = Starlette()\n",
            "starlette",
            "Starlette",
        ),
        ("from apiflask import APIFlask\napp = APIFlask(__name__)\n", "apiflask", "APIFlask"),
        ("from aiohttp import web\napp = web.Application()\n", "aiohttp", "aiohttp"),
    ],
)
def test_another_framework_is_named_with_the_place(code: str, name: str, told: str) -> None:
    host = survey({"main.py": code})
    (found,) = host.observations
    assert (host.frameworks, found.decision, str(found.place)) == ((name,), "refuse", "main.py:2")
    assert f"made with {told}," in found.because
    assert decisions(survey({"main.py": APP, "other.py": code}))["application"][0] == "extend"


def test_a_library_that_works_with_django_is_no_django() -> None:
    host = survey({"lib/ext.py": "from django.db import models\nfrom fastapi import Depends\n"})
    assert "framework" not in decisions(host)


def test_a_template_of_projects_is_told() -> None:
    path = "{{cookiecutter.name}}/app/main.py"
    host = survey({path: APP, "hooks.py": "import os\n"})
    assert decisions(host) == {"template": ("refuse", path)}
    assert "template" not in decisions(survey({path: APP, "main.py": APP}))


def test_a_framework_that_is_not_the_hosts_is_refused_with_the_place() -> None:
    host = survey({"web.py": "from flask import Flask\napp = Flask('x')\n"}, framework="fastapi")
    assert host.apps == ()
    assert host.frameworks == ("flask",)
    assert decisions(host)["framework"] == ("refuse", "web.py:2")


def test_the_framework_that_was_asked_for_chooses_among_two() -> None:
    texts: dict[str, str | bytes] = {
        "a.py": "from flask import Flask\napp = Flask('x')\n",
        "b/c/d.py": APP,
    }
    assert [app.framework for app in survey(texts, framework="fastapi").apps] == ["fastapi"]
    assert {app.framework for app in survey(texts).apps} == {"fastapi", "flask"}


def test_what_cannot_be_read_is_said_and_does_not_stop_the_survey() -> None:
    host = survey(
        {
            "main.py": APP,
            "old.py": "print 'two'\n",
            "deep.py": "(" * 5000 + ")" * 5000,
            "nul.py": b"\x00",
            "latin.py": "x = '\xe9'\n".encode("latin-1"),
            "huge.py": b"#" * 1_000_001,
        }
    )
    unread = {str(one.place) for one in host.observations if one.subject == "unreadable file"}
    assert unread == {"old.py", "deep.py", "nul.py", "latin.py", "huge.py"}
    assert len(host.apps) == 1


def test_links_submodules_and_vendored_code_are_not_the_hosts() -> None:
    host = survey(
        {
            "main.py": APP,
            "link.py": APP,
            "sub": "",
            ".venv/lib/x.py": APP,
            "node_modules/a/b.py": APP,
            "{{ cookiecutter.name }}/main.py": APP,
        },
        modes={"link.py": "120000", "sub": "160000"},
    )
    assert [str(app.place) for app in host.apps] == ["main.py:3"]
    assert host.paths == {"main.py"}


@pytest.mark.parametrize(
    ("config", "served"),
    [
        ("", "main:app"),
        ("from pydantic_settings import BaseSettings\nclass S(BaseSettings):\n    a: str\n", ""),
        (
            "from pydantic_settings import BaseSettings\nclass S(BaseSettings):\n    a: int = 1\n",
            "main:app",
        ),
        (
            "from pydantic_settings import BaseSettings\n"
            "class S(BaseSettings):\n    a: str = Field(...)\n",
            "",
        ),
        (
            "from pydantic_settings import BaseSettings\nclass M(BaseSettings):\n    a: int = 1\n"
            "class S(M):\n    b: str\n",
            "",
        ),
        ("class M: ...\nclass S(M):\n    b: str\n", "main:app"),
        ("import os\nkey = os.environ['KEY']\n", ""),
        ("import os\nkey = os.environ.get('KEY')\nos.environ['B'] = '1'\n", "main:app"),
        ("import os\ndef key():\n    return os.environ['KEY']\n", "main:app"),
        ("import os\nclass C:\n    key = os.environ['KEY']\n", ""),
        ("from decouple import config\nkey = config('KEY')\n", ""),
        ("from decouple import config\nkey = config('KEY', default='x')\n", "main:app"),
        ("from environs import env\nkey = env.str('KEY')\n", ""),
        ("from environs import env\nkey = env.str('KEY', 'x')\n", "main:app"),
        ("def config(name): ...\nkey = config('KEY')\n", "main:app"),
        ("import os\nSQLALCHEMY_DATABASE_URI = os.environ.get('DB')\n", ""),
        ("from os import getenv\nSQLALCHEMY_DATABASE_URI = getenv('DB')\n", ""),
        ("import os\nSQLALCHEMY_DATABASE_URI = os.environ.get('DB') or 'x'\n", "main:app"),
        ("import os\nSQLALCHEMY_DATABASE_URI = os.environ.get('DB', 'x')\n", "main:app"),
    ],
)
def test_a_host_that_needs_settings_is_not_imported(config: str, served: str) -> None:
    assert survey({"main.py": f"import config\n{APP}", "config.py": config}).served == served


def test_what_a_flask_factory_reads_and_loads_by_name_is_needed_too() -> None:
    factory = (
        "import os\nfrom flask import Flask\n\ndef create_app():\n    app = Flask(__name__)\n"
        "    app.config.from_object('config.Config')\n    return app\n"
    )
    config = "import os\n\nclass Config:\n    SQLALCHEMY_DATABASE_URI = os.environ.get('DB')\n"
    texts: dict[str, str | bytes] = {
        "shop/__init__.py": factory,
        "wsgi.py": "from shop import create_app\napp = create_app()\n",
        "config.py": config,
    }
    assert survey(texts).served == ""
    assert survey({**texts, "config.py": "class Config: ...\n"}).served == "wsgi:app"
    asks = factory.replace("    return", "    app.secret_key = os.environ['KEY']\n    return")
    assert (
        survey({**texts, "shop/__init__.py": asks, "config.py": "class Config: ...\n"}).served == ""
    )
    elsewhere = f"{factory}\ndef other():\n    return os.environ['KEY']\n"
    other: dict[str, str | bytes] = {"shop/__init__.py": elsewhere, "config.py": "x = 1\n"}
    assert survey({**texts, **other}).served == "wsgi:app"


def test_a_module_of_tests_beside_the_application_is_run_and_is_no_code_of_it() -> None:
    texts: dict[str, str | bytes] = {"app.py": APP, "tests.py": f"import unittest\n{APP}"}
    host = survey(texts)
    assert host.test_command == ("{python}", "-m", "pytest", "tests.py")
    assert [str(app.place) for app in host.apps] == ["app.py:3"]


def test_the_application_of_another_framework_keeps_no_route_from_this_one() -> None:
    texts: dict[str, str | bytes] = {
        "app.py": "from flask import Flask\napp = Flask(__name__)\n",
        "main.py": f"{APP}@app.get('/health')\ndef f(): ...\n",
    }
    flask, fastapi = survey(texts, framework="flask"), survey(texts, framework="fastapi")
    assert [route for route, _ in flask.taken_routes] == []
    assert [route for route, _ in fastapi.taken_routes] == ["/health"]


def test_an_application_that_a_helper_makes_is_known_by_its_annotation() -> None:
    text = (
        "import typing\nfrom boot import made\nif typing.TYPE_CHECKING:\n    import fastapi\n\n"
        "def build_app() -> fastapi.FastAPI:\n    app: fastapi.FastAPI = made()\n    return app\n"
    )
    (app,) = survey({"app.py": text}).apps
    assert (app.kind, app.name, str(app.place)) == ("factory", "build_app", "app.py:7")
    assert survey({"app.py": text.replace("app: fastapi.FastAPI =", "app: object =")}).apps == ()


def test_a_module_that_the_application_does_not_import_needs_nothing_of_it() -> None:
    texts: dict[str, str | bytes] = {
        "main.py": APP,
        "migrate.py": "import os\nkey = os.environ['KEY']\n",
    }
    assert survey(texts).served == "main:app"
    assert survey({**texts, "main.py": f"import migrate\n{APP}"}).served == ""


@pytest.mark.parametrize(
    "statement",
    [
        "from app.config import key",
        "from app import config",
        "from .config import key",
        "from . import config",
        "from .deep import thing",
    ],
)
def test_what_the_application_imports_is_followed_however_it_is_written(statement: str) -> None:
    texts: dict[str, str | bytes] = {
        "src/app/__init__.py": "",
        "src/app/main.py": f"{statement}\n{APP}",
        "src/app/config.py": "import os\nkey = os.environ['KEY']\n",
        "src/app/deep/__init__.py": "from ..config import key\nthing = key\n",
        "tests/test_main.py": "from app.main import app\n",
    }
    assert survey(texts).served == ""
    assert survey({**texts, "src/app/config.py": "key = 1\n"}).served == "app.main:app"


@pytest.mark.parametrize(
    ("lock", "command"),
    [("uv.lock", "uv lock"), ("poetry.lock", "poetry lock"), ("pdm.lock", "pdm lock")],
)
def test_a_lock_file_is_told_with_the_command_that_renews_it(lock: str, command: str) -> None:
    host = survey({"main.py": APP, "pyproject.toml": "[project]\nname='x'\n", lock: ""})
    (found,) = [one for one in host.observations if one.subject == "lock file"]
    assert command in found.because
    assert found.place == Place(lock)


def test_a_pipfile_beside_the_requirements_is_told_to_need_them_too() -> None:
    host = survey({"main.py": APP, "requirements.txt": "fastapi\n", "Pipfile.lock": "{}"})
    (found,) = [one for one in host.observations if one.subject == "lock file"]
    assert "the Pipfile is not edited" in found.because


def test_requirements_with_a_byte_order_mark_are_read() -> None:
    text = "\ufefffastapi==0.136\r\nbcrypt==4.0.1\r\n".encode("utf-16-le")
    host = survey({"main.py": APP, "requirements.txt": text})
    assert host.manifest is not None
    assert host.manifest.names == ("fastapi", "bcrypt")


def test_the_lock_file_of_a_workspace_around_the_host_is_told() -> None:
    texts: dict[str, str | bytes] = {
        "backend/main.py": APP,
        "backend/pyproject.toml": "[project]\nname='x'\n",
        "uv.lock": "",
    }
    (found,) = [one for one in survey(texts).observations if one.subject == "lock file"]
    assert found.place == Place("uv.lock")


def test_a_survey_is_the_same_whatever_the_order_of_the_files() -> None:
    texts: dict[str, str | bytes] = {
        "b/main.py": APP,
        "a/main.py": APP,
        "requirements.txt": "fastapi\n",
    }
    assert survey(texts) == survey(dict(reversed(texts.items())))


def test_a_repository_that_is_itself_the_package_is_told() -> None:
    with pytest.raises(CannotAnswer, match="the repository itself is the package") as caught:
        survey({"main.py": f"from . import crud\n{APP}", "crud.py": ""})
    assert "main.py:1" in str(caught.value)
    assert "move its modules" in caught.value.remedy
