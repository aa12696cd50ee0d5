"""Interpreters that can import web applications, made once."""

from __future__ import annotations

from pathlib import Path

import pytest
from web_hosts import NEWEST, OLDER, interpreter


@pytest.fixture(scope="session")
def web_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One with the newest FastAPI and Flask."""
    return interpreter(tmp_path_factory.mktemp("web") / "venv", *NEWEST)


@pytest.fixture(scope="session")
def older_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One with a FastAPI that copies the routes of included routers."""
    return interpreter(tmp_path_factory.mktemp("older") / "venv", *OLDER)
