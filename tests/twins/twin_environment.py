"""The interpreter that twins run with: what the patterns declare, and a server."""

from __future__ import annotations

import subprocess
from pathlib import Path

from auth_patterns import NAMES, pattern, uv

SERVERS = ("uvicorn", "gunicorn")


def make_environment(folder: Path) -> Path:
    """Make an environment and return its interpreter."""
    subprocess.run([uv(), "venv", "-q", "--python", "3.11", folder], check=True)
    interpreter = folder / "bin" / "python"
    needed = {one.name for name in NAMES for one in pattern(name).manifest.dependencies}
    install = [uv(), "pip", "install", "-q", "--python", interpreter, *sorted(needed), *SERVERS]
    subprocess.run(install, check=True)
    return interpreter
