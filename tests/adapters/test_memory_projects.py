"""In a repository of many projects only what the application can reach is said of it."""

from __future__ import annotations

import pytest
from host_trees import survey

from orchestrator.core.host.host import Host

APP = "from fastapi import FastAPI\n\napp = FastAPI()\n"
PROJECT = "[project]\nname = 'one'\ndependencies = []\n"
ENGINE = "from sqlalchemy import create_engine\nDATABASE_URL = 'sqlite:///./a.db'\n"
MIGRATIONS = {
    "alembic.ini": "[alembic]\nscript_location = moves\n",
    "moves/env.py": "from alembic import context\ntarget_metadata = None\n",
    "moves/versions/a.py": "from alembic import op\nrevision = 'a'\ndown_revision = None\n",
}


def told(host: Host) -> dict[str, str]:
    return {one.subject: str(one.place) for one in host.observations}


def test_settings_and_databases_of_another_project_are_not_told() -> None:
    other = {
        "two/pyproject.toml": PROJECT,
        "two/app/main.py": f"{APP}app.add_middleware(X)\n",
        "two/app/config.py": f"{ENGINE}class Settings(BaseSettings): ...\n",
        "two/tests/test_a.py": "",
        **{f"two/{path}": text for path, text in MIGRATIONS.items()},
    }
    one = {"one/pyproject.toml": PROJECT, "one/app/main.py": APP, "one/tests/test_b.py": ""}
    host = survey({**one, **other})
    assert not {"database setting", "settings", "middleware", "migrations"} & set(told(host))
    assert host.database is None
    assert host.test_command == ("env", "-C", "one", "{python}", "-m", "pytest", "tests")
    assert survey({path.replace("two/", "one/"): text for path, text in other.items()}).database


@pytest.mark.parametrize(
    ("statement", "library"),
    [
        ("from shared.db import DATABASE_URL", "shared"),
        ("from shared.db import DATABASE_URL", "libs/shared/src/shared"),
    ],
)
def test_a_library_of_the_repository_counts_when_the_application_imports_it(
    statement: str, library: str
) -> None:
    texts = {
        "one/pyproject.toml": PROJECT,
        "one/app/main.py": f"{statement}\n{APP}",
        f"{library}/__init__.py": "",
        f"{library}/db.py": ENGINE,
        "libs/shared/pyproject.toml": PROJECT,
    }
    assert told(survey(texts))["database setting"] == f"{library}/db.py:2"
    assert survey({**texts, "one/app/main.py": APP}).database is None


def test_what_lies_beside_the_sources_counts_when_it_imports_them() -> None:
    texts = {
        "pyproject.toml": PROJECT,
        "src/main.py": f"import shop\n{APP}",
        "src/shop.py": "",
        "sketch/db.py": ENGINE,
        "serve.py": "from shop import x\nDB_URL = 'sqlite:///./b.db'\n",
    }
    host = survey(texts)
    assert host.import_root == "src"
    assert told(host)["database setting"] == "serve.py:2"


def test_what_is_the_applications_own_is_told_first() -> None:
    texts = {
        "a/pyproject.toml": PROJECT,
        "a/kit.py": "class Settings(BaseSettings): ...\n",
        "b/pyproject.toml": PROJECT,
        "b/app/main.py": f"import kit\nfrom app import own\n{APP}",
        "b/app/own.py": "class Mine(BaseSettings): ...\n",
    }
    assert told(survey(texts))["settings"] == "b/app/own.py:1"


def test_a_folder_of_sources_that_holds_packages_is_no_package() -> None:
    texts = {"src/main.py": APP, "pyproject.toml": PROJECT}
    assert survey({**texts, "src/shop/__init__.py": ""}).import_root == "src"
    assert survey(texts).package_import == "src.auth"


def test_modules_of_another_project_do_not_say_where_this_one_imports_from() -> None:
    texts = {
        "one/pyproject.toml": PROJECT,
        "one/shop/app.py": f"from shop.models import X\n{APP}",
        "one/shop/models.py": "",
        "lib/__init__.py": "",
        **{f"tools/t{number}.py": "import lib\nimport app\n" for number in range(9)},
    }
    host = survey(texts)
    assert (host.import_root, host.package_import) == ("one", "shop.auth")
