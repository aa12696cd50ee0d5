"""Where a host keeps its data, when that can be read plainly; and when not, why not."""

from __future__ import annotations

import pytest
from host_trees import survey, survey_folder

from orchestrator.core.host.host import DatabaseSetting, Host, Place

APP = "from fastapi import FastAPI\n\napp = FastAPI()\n"
SETTINGS = "from pydantic_settings import BaseSettings, SettingsConfigDict\n"
LITE = "sqlite:///./app.db"


def host_with(config: str, requirements: str = "") -> Host:
    return survey({"main.py": APP, "config.py": config, "requirements.txt": requirements})


def because(host: Host) -> str:
    (found,) = [one for one in host.observations if one.subject == "database setting"]
    assert (found.decision, host.database) == ("stay apart", None)
    return found.because


def test_a_field_of_a_settings_class_is_read_with_its_prefix() -> None:
    host = survey_folder("src_async_sqlalchemy")
    place = Place("src/ledger/config.py", 11)
    default = "sqlite+aiosqlite:///./ledger.db"
    assert host.database == DatabaseSetting("LEDGER_DATABASE_URL", default, place)
    (found,) = [one for one in host.observations if one.subject == "database setting"]
    assert (found.decision, found.place) == ("adopt", place)
    assert f"LEDGER_DATABASE_URL or else {default}" in found.because


@pytest.mark.parametrize(
    ("config", "variable", "default"),
    [
        (f"DATABASE_URL = '{LITE}'\n", "", LITE),
        (f"engine = create_engine('{LITE}')\n", "", LITE),
        (f"URL = 1\nengine = create_async_engine(url='{LITE}')\n", "", LITE),
        (f"import os\nDATABASE_URL = os.environ.get('DB', '{LITE}')\n", "DB", LITE),
        (f"import os\nDB_URL = os.getenv('DB') or '{LITE}'\n", "DB", LITE),
        (f"import os\nengine = create_engine(os.getenv('DB', '{LITE}'))\n", "DB", LITE),
        (f"from decouple import config\nDB_URI = config('DB', default='{LITE}')\n", "DB", LITE),
        (
            "import os\nSQLALCHEMY_DATABASE_URI = os.environ.get('DB', 'postgres://db/x')"
            ".replace('postgres://', 'postgresql://')\n",
            "DB",
            "postgres://db/x",
        ),
        (f"{SETTINGS}class S(BaseSettings):\n    db_url: str = '{LITE}'\n", "DB_URL", LITE),
        (
            f"{SETTINGS}class S(BaseSettings):\n"
            f"    db_url: str = Field('{LITE}', validation_alias='MY_DB')\n",
            "MY_DB",
            LITE,
        ),
        (
            f"{SETTINGS}class M(BaseSettings):\n    model_config = {{'env_prefix': 'x_'}}\n"
            f"class S(M):\n    db_url: str = Field(default='{LITE}')\n",
            "X_DB_URL",
            LITE,
        ),
        (f"class Config:\n    SQLALCHEMY_DATABASE_URI = '{LITE}'\n", "", LITE),
        (f"app.config['SQLALCHEMY_DATABASE_URI'] = '{LITE}'\n", "", LITE),
        (
            f"def make(app):\n    app.config['DATABASE_URL'] = '{LITE}'\n"
            "    app.config.from_prefixed_env('SHOP')\n",
            "SHOP_DATABASE_URL",
            LITE,
        ),
        (f"HERE = '{LITE}'\nDATABASE_URL = HERE\n", "", LITE),
        (
            f"class Dev:\n    DATABASE_URI = '{LITE}'\n"
            "class Prod:\n    DATABASE_URI = os.environ['DB']\n"
            "class TestConfig:\n    DATABASE_URI = 'sqlite://'\n",
            "DB",
            LITE,
        ),
    ],
)
def test_the_usual_spellings_are_read(config: str, variable: str, default: str) -> None:
    found = host_with(config).database
    assert found is not None
    assert (found.variable, found.default) == (variable, default)


@pytest.mark.parametrize("driver", ["psycopg", "asyncpg", "aiosqlite"])
def test_a_variable_alone_is_enough_when_a_driver_tells_the_kind(driver: str) -> None:
    config = "import os\nDATABASE_URL = os.environ['DB']\n"
    found = host_with(config, f"{driver}\n").database
    kind = "sqlite" if driver == "aiosqlite" else "postgresql"
    assert found == DatabaseSetting("DB", "", Place("config.py", 2), kind)


@pytest.mark.parametrize(
    ("config", "reason"),
    [
        (
            "import os\nclass Prod:\n    DB_URL = os.environ.get('DB', 'postgresql://db/x')\n"
            "class Dev:\n    DB_URL = 'sqlite:///{0}'.format(os.path.join('a', 'b'))\n",
            "its settings name several databases",
        ),
        (
            f"import os\nDATABASE_URL = os.getenv('DB', '{LITE}')\n"
            "MAIN_URL = os.getenv('MAIN')\nengine = create_engine(MAIN_URL)\n",
            "its settings name several databases",
        ),
        (
            f"class A:\n    DB_URL = '{LITE}'\nclass B:\n    DB_URL = 'sqlite:///./b.db'\n",
            "its settings name several databases",
        ),
        ("DB_URL = 'postgresql://me:secret@db/x'\n", "holds a password"),
        ("DB_URL = 'mysql://db/x'\n", "neither SQLite nor PostgreSQL"),
        ("import os\nDB_URL = os.environ['DB']\n", "whether it is SQLite or PostgreSQL"),
        ("DB_URL = 'sqlite://'\n", "kept in memory"),
        ("DB_URL = 'sqlite+aiosqlite:///:memory:'\n", "kept in memory"),
        ("DB_URL = 'sqlite:///a \"b.db'\n", "unusual form"),
        ("import os\nDB_URL = os.environ.get('A B', 'sqlite:///x')\n", "unusual form"),
        (f"import flask_sqlalchemy\nDB_URL = '{LITE}'\n", "a folder of the instance"),
    ],
)
def test_what_is_not_shared_says_why(config: str, reason: str) -> None:
    assert reason in because(host_with(config))


@pytest.mark.parametrize(
    "config",
    [
        "DB_URL = f'sqlite:///{name}'\n",
        f"{SETTINGS}class S(BaseSettings):\n    db_dsn: str = Field(default_factory=make)\n",
        f"{SETTINGS}class S(BaseSettings):\n    db_dsn: str = secret('db_dsn')\n",
    ],
)
def test_a_url_that_is_put_together_is_told_as_that(config: str) -> None:
    assert "put together when it runs" in because(host_with(config, "asyncpg\n"))


def test_the_default_of_a_field_that_reads_a_variable_is_what_that_falls_back_on() -> None:
    field = f"    db_url: str = os.getenv('DB_URL', '{LITE}')\n"
    found = host_with(f"{SETTINGS}class S(BaseSettings):\n{field}").database
    assert found == DatabaseSetting("DB_URL", LITE, Place("config.py", 3))


def test_the_urls_of_tortoise_are_not_those_of_sqlalchemy() -> None:
    config = "import os\nDB_URL = os.environ['DB_URL']\n"
    tortoise = "from tortoise.contrib.fastapi import register_tortoise\n"
    assert "Tortoise ORM opens it" in because(host_with(f"{tortoise}{config}", "asyncpg\n"))
    assert host_with(f"import sqlalchemy\n{tortoise}{config}", "asyncpg\n").database
    assert host_with(config, "asyncpg\n").database


def test_a_password_in_a_default_is_not_copied_when_a_variable_names_the_database() -> None:
    config = "import os\nDB_URL = os.getenv('DB', 'postgresql://me:secret@db/x')\n"
    found = host_with(config, "psycopg\n").database
    assert found == DatabaseSetting("DB", "", Place("config.py", 2), "postgresql")


@pytest.mark.parametrize(
    "config",
    ["", "engine = create_engine(url())\n", "DB_URL = 'https://files.example/data.json'\n"],
)
def test_what_cannot_be_read_is_passed_over(config: str) -> None:
    host = host_with(config)
    assert host.database is None
    assert not [one for one in host.observations if one.subject == "database setting"]


ENV = "from alembic import context\nfrom models import Base\ntarget_metadata = Base.metadata\n"
MOVED = {
    "main.py": f"{APP}DATABASE_URL = '{LITE}'\n",
    "alembic.ini": "[alembic]\nscript_location = migrations\n",
    "migrations/env.py": ENV,
    "migrations/versions/a_one.py": "revision = 'a'\ndown_revision = None\n",
    "migrations/versions/b_two.py": "revision: str = 'b'\ndown_revision: str | None = 'a'\n",
}


def test_the_newest_revision_is_the_one_that_none_follows() -> None:
    found = survey({**MOVED}).migrations
    assert found is not None
    assert (found.versions, found.heads) == ("migrations/versions", ("b",))
    assert (found.script, found.compares) == (Place("migrations/env.py", 3), True)


@pytest.mark.parametrize(
    ("texts", "heads"),
    [
        ({"migrations/versions/c.py": "revision = 'c'\ndown_revision = 'a'\n"}, ("b", "c")),
        (
            {
                "migrations/versions/c.py": "revision = 'c'\ndown_revision = 'a'\n",
                "migrations/versions/d.py": "revision = 'd'\ndown_revision = ('b', 'c')\n",
            },
            ("d",),
        ),
        ({"migrations/versions/helper.py": "x = 1\n"}, ("b",)),
    ],
)
def test_branches_and_merges_are_followed(texts: dict[str, str], heads: tuple[str, ...]) -> None:
    found = survey({**MOVED, **texts}).migrations
    assert found is not None
    assert found.heads == heads


def test_a_history_without_revisions_has_no_newest() -> None:
    texts = {path: text for path, text in MOVED.items() if "versions" not in path}
    host = survey({**texts})
    assert host.migrations is not None
    assert host.migrations.heads == ()
    (told,) = (one.because for one in host.observations if one.subject == "migrations")
    first = "the new tables get a revision of their own in migrations/versions, the first one there"
    assert told == first


@pytest.mark.parametrize(
    ("ini", "env"),
    [
        ("[alembic]\nscript_location = %(here)s/migrations\n", "migrations/env.py"),
        ("[alembic]\nscript_location = ./migrations\n", "migrations/env.py"),
        ("[alembic]\nscript_location = shop:moves\n", "shop/moves/env.py"),
    ],
)
def test_the_folder_is_found_as_the_settings_spell_it(ini: str, env: str) -> None:
    texts = {"main.py": MOVED["main.py"], "alembic.ini": ini, env: ENV}
    found = survey({**texts}).migrations
    assert found is not None
    assert found.script.path == env


def test_flask_migrate_keeps_its_settings_beside_the_script() -> None:
    env = "context.configure(connection=c, target_metadata=get_metadata())\n"
    texts = {
        "main.py": MOVED["main.py"],
        "migrations/alembic.ini": "[alembic]\n",
        "migrations/env.py": env,
    }
    found = survey({**texts}).migrations
    assert found is not None
    assert (found.script, found.compares) == (Place("migrations/env.py", 1), True)


def test_without_metadata_nothing_is_compared() -> None:
    env = "target_metadata = None\ncontext.configure(target_metadata=target_metadata)\n"
    found = survey({**MOVED, "migrations/env.py": env}).migrations
    assert found is not None
    assert not found.compares


@pytest.mark.parametrize(
    ("texts", "reason"),
    [
        ({"main.py": APP}, "Alembic manages the host's tables only"),
        (
            {"alembic.ini": "[alembic]\nscript_location = migrations\nversion_locations = a b\n"},
            "there is no revision in a (version_locations)",
        ),
        ({"alembic.ini": "[alembic]\nscript_location = no\n"}, "there is no env.py in no"),
        ({"alembic.ini": "not a setting\n"}, "cannot be read"),
        ({"migrations/versions/c.py": "revision = f'{x}'\n"}, "c.py cannot be read"),
        (
            {"migrations/versions/c.py": "revision = 'c'\ndown_revision = 'gone'\n"},
            "the revision gone is not in migrations/versions",
        ),
    ],
)
def test_migrations_that_cannot_be_extended_are_left_alone(
    texts: dict[str, str], reason: str
) -> None:
    host = survey({**MOVED, **texts})
    (found,) = [one for one in host.observations if one.subject == "migrations"]
    assert (host.migrations, found.decision) == (None, "stay apart")
    assert reason in found.because
