"""Environments with what the patterns declare, and the generated tests run in them."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from auth_patterns import NAMES, pattern, uv

LIBRARIES = (
    "pytest",
    "pytest-cov",
    "pytest-randomly",
    "pytest-xdist",
    "mypy",
    "bandit",
    "uvicorn",
    "aiosmtpd",
    "trustme",
)


def declared(operator: str) -> list[str]:
    """The requirements of both patterns, with `>=` or `==` before the floor of each."""
    wanted = {one for name in NAMES for one in pattern(name).manifest.dependencies}
    return sorted(f"{one.name}[{','.join(one.extras)}]{operator}{one.floor}" for one in wanted)


def environment(folder: Path, *wanted: str) -> Path:
    """Make an environment with these requirements and the tools; give its interpreter."""
    subprocess.run([uv(), "venv", "-q", "--python", "3.11", folder], check=True)
    interpreter = folder / "bin" / "python"
    install = [uv(), "pip", "install", "-q", "--python", interpreter]
    subprocess.run([*install, *wanted, *LIBRARIES], check=True)
    return interpreter


def run(
    python: Path, folder: Path, *arguments: str, **settings: str
) -> subprocess.CompletedProcess[str]:
    """Run the interpreter in a host; no `AUTH_` variable gets in but those that are given."""
    outside = {name: value for name, value in os.environ.items() if not name.startswith("AUTH_")}
    own = {"PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [str(python), *arguments],
        cwd=folder,
        env={**outside, **own, **settings},
        capture_output=True,
        text=True,
        check=False,
    )


def run_tests(
    python: Path, folder: Path, *arguments: str, **settings: str
) -> subprocess.CompletedProcess[str]:
    """Run a host's tests in two processes, in random order, with warnings as errors."""
    first = ("-m", "pytest", "-q", "-W", "error", "-n", "2")
    return run(python, folder, *first, *arguments, **settings)
