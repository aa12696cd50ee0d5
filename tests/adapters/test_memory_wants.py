"""How a host's settings read `.env`: which of them would refuse a name that is not theirs."""

from __future__ import annotations

import pytest
from host_trees import survey

from orchestrator.core.host.host import Place

APP = "from fastapi import FastAPI\nfrom config import settings\n\napp = FastAPI()\n"
BASE = "from pydantic_settings import BaseSettings, SettingsConfigDict\n\n\n"


def _config(body: str, *, head: str = "class Settings(BaseSettings):") -> str:
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    return f"{BASE}{head}\n{lines}    name: str = 'x'\n\n\nsettings = Settings()\n"


@pytest.mark.parametrize(
    "body",
    [
        "model_config = SettingsConfigDict(env_file='.env')",
        "model_config = SettingsConfigDict(env_file='.env', env_prefix='APP_')",
        "model_config = SettingsConfigDict(env_file='.env', extra='forbid')",
        "model_config = SettingsConfigDict(env_file='../.env')",
        "model_config = SettingsConfigDict(env_file=('.env', '.env.local'))",
        "model_config = SettingsConfigDict(env_file=ROOT / '.env')",
        "model_config = SettingsConfigDict(env_file=dotenv_path())",
        "model_config = {'env_file': '.env'}",
        "class Config:\n    env_file = '.env'",
    ],
)
def test_settings_that_refuse_foreign_names_in_the_env_file_are_told(body: str) -> None:
    host = survey({"main.py": APP, "config.py": _config(body)})
    assert host.closed_env_file == Place("config.py", 4)
    (found,) = [one for one in host.observations if one.subject == "env file"]
    assert found.because.startswith("Settings refuses")


@pytest.mark.parametrize(
    "body",
    [
        "",
        "model_config = SettingsConfigDict(env_prefix='APP_')",
        "model_config = SettingsConfigDict(env_file=None)",
        "model_config = SettingsConfigDict(env_file='.env.dev')",
        "model_config = SettingsConfigDict(env_file='.env', extra='ignore')",
        "model_config = SettingsConfigDict(env_file='.env', extra='allow')",
        "model_config = {'env_file': '.env', 'extra': 'ignore'}",
        "class Config:\n    env_file = '.env'\n    extra = Extra.ignore",
    ],
)
def test_settings_that_leave_foreign_names_alone_are_not(body: str) -> None:
    host = survey({"main.py": APP, "config.py": _config(body)})
    assert host.closed_env_file is None
    assert "env file" not in {one.subject for one in host.observations}


OLD = "from pydantic import BaseSettings\n"


def test_settings_of_pydantic_1_refuse_nothing_and_are_told() -> None:
    config = _config("class Config:\n    env_file = '.env'").replace(BASE, OLD)
    host = survey({"main.py": APP, "config.py": config})
    assert host.closed_env_file is None
    (found,) = [one for one in host.observations if one.subject == "pydantic"]
    assert (found.decision, found.place) == ("note", Place("config.py", 1))


@pytest.mark.parametrize(
    "imported", [BASE, f"try:\n    {BASE.strip()}\nexcept ImportError:\n    {OLD}"]
)
def test_settings_that_pydantic_2_can_have_are_not(imported: str) -> None:
    host = survey({"main.py": APP, "config.py": _config("").replace(BASE, imported)})
    assert "pydantic" not in {one.subject for one in host.observations}


def test_what_a_settings_class_inherits_counts_and_its_own_word_is_the_last() -> None:
    mother = "class Mother(BaseSettings):\n    model_config = {'env_file': '.env'}\n\n\n"
    child = _config("a: int = 1", head=f"{mother}class Settings(Mother):")
    assert survey({"main.py": APP, "config.py": child}).closed_env_file == Place("config.py", 4)
    tolerant = mother.replace("'.env'}", "'.env', 'extra': 'ignore'}")
    child = _config("a: int = 1", head=f"{tolerant}class Settings(Mother):")
    assert survey({"main.py": APP, "config.py": child}).closed_env_file is None


def test_keywords_of_the_class_are_read() -> None:
    config = _config("a: int = 1", head="class Settings(BaseSettings, env_file='.env'):")
    assert survey({"main.py": APP, "config.py": config}).closed_env_file == Place("config.py", 4)


def test_a_class_that_is_no_settings_class_reads_no_env_file() -> None:
    config = "class Settings:\n    model_config = {'env_file': '.env'}\n\n\nsettings = 1\n"
    assert survey({"main.py": APP, "config.py": config}).closed_env_file is None
