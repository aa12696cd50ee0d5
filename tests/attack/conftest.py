"""An interpreter for services, made once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from auth_patterns import NAMES, pattern, uv


@pytest.fixture(scope="session")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An interpreter with what the patterns declare, and a server."""
    folder = tmp_path_factory.mktemp("attacked") / "venv"
    declared = {
        f"{one.name}>={one.floor}" for name in NAMES for one in pattern(name).manifest.dependencies
    }
    subprocess.run([uv(), "venv", "-q", "--python", sys.executable, folder], check=True)
    interpreter = folder / "bin" / "python"
    wanted = sorted({*declared, "uvicorn", "gunicorn"})
    subprocess.run([uv(), "pip", "install", "-q", "--python", interpreter, *wanted], check=True)
    return interpreter
