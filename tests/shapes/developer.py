"""What the host's developer runs: lint, format and tests, in a copy of the working copy."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

from auth_patterns import ROOT, uv
from generated_environment import declared
from shape import Shape

PLACE = ROOT / ".hosts"
_OURS = (".git", ".orchestrator", "stories", "templates")
_TOOLS = ("black", "flake8", "isort", "pytest", "ruff")
# What the hosts are made with, beside what the patterns need.
_LIBRARIES = (
    "aiosqlite",
    "alembic",
    "flask-migrate",
    "flask-sqlalchemy",
    "greenlet",
    "httpx2",
    "sqlmodel",
)


class Red(Exception):
    """Something did not go well; the text says what."""


@cache
def environment() -> Path:
    """The interpreter of a developer who has every library and tool of the hosts, made once."""
    interpreter = PLACE / "environment" / "bin" / "python"
    wanted = [*declared(">="), *_LIBRARIES, *_TOOLS]
    ready = interpreter.parents[1] / "wanted"
    if not ready.is_file() or ready.read_text() != "\n".join(wanted):
        make = [uv(), "venv", "-q", "--clear", "--python", "3.11", interpreter.parents[1]]
        subprocess.run(make, check=True)
        install = [uv(), "pip", "install", "-q", "--python", interpreter, *wanted]
        subprocess.run(install, check=True)
        ready.write_text("\n".join(wanted))
    return interpreter


def inspect(shape: Shape, root: Path, when: str) -> None:
    """Run the host's own lint, format and tests. Raises Red with the first that is not content."""
    python = environment()
    with tempfile.TemporaryDirectory(prefix="developer-") as place:
        copy = Path(place) / "copy"
        shutil.copytree(root, copy, ignore=lambda at, _: _OURS if Path(at) == root else ())
        for words in shape.lint:
            _run([str(python), "-m", *words], copy / shape.at, f"{' '.join(words)} {when}")
        tests = [str(python), "-m", "pytest", "-q", "-p", "no:cacheprovider", *shape.tests]
        _run(tests, copy / shape.at, f"the host's tests {when}")


def _run(words: list[str], folder: Path, name: str) -> None:
    kept = {key: value for key, value in os.environ.items() if not key.startswith("AUTH_")}
    done = subprocess.run(
        words, cwd=folder, env=kept, capture_output=True, text=True, check=False, timeout=600
    )
    if done.returncode != 0:
        raise Red(f"{name}:\n{(done.stdout + done.stderr)[-3000:]}")
