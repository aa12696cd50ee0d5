"""Find uv and the installed Pythons and call uv; downloads no interpreter."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from orchestrator.adapters.running.dependencies import poetry_version
from orchestrator.core.errors import CannotAnswer

_SECONDS = 600
# What leads uv astray, and a key that is no business of the packages that it builds.
_OF_THE_CALLER = (
    *("VIRTUAL_ENV", "CONDA_PREFIX", "PYTHONPATH", "PYTHONHOME", "UV_PROJECT"),
    "CONTEXT7_API_KEY",
)


class UvFailed(Exception):
    """uv ended with an error; the text is what it said, in one line."""


@dataclass(frozen=True)
class Interpreter:
    """An installed Python: its executable and full version."""

    path: Path
    version: str


@lru_cache(maxsize=1)
def uv_binary() -> str:
    """The path of uv: the one installed beside the tool, else the one on PATH."""
    try:
        from uv import find_uv_bin

        return str(find_uv_bin())
    except (ImportError, FileNotFoundError):
        found = shutil.which("uv")
    if found is None:
        raise CannotAnswer(
            "uv is not installed, so no environment can be made for the gate",
            remedy="pip install uv, or name an interpreter as `environment:` in orchestrator.yaml",
        )
    return found


def uv(*words: str, cwd: Path, folders: Sequence[Path] = ()) -> str:
    """Run uv, with `folders` after those of PATH, and return its stdout. Raises UvFailed."""
    env = {name: value for name, value in os.environ.items() if name not in _OF_THE_CALLER}
    env["PATH"] = os.pathsep.join((env.get("PATH", os.defpath), *map(str, folders)))
    env |= {"UV_PYTHON_DOWNLOADS": "never", "UV_NO_PROGRESS": "1", "NO_COLOR": "1"}
    try:
        done = subprocess.run(
            [uv_binary(), *words],
            cwd=cwd,
            env=env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UvFailed(str(error)) from error
    if done.returncode != 0:
        raise UvFailed(_gist(done.stderr))
    return done.stdout


def _gist(text: str) -> str:
    lines = [line.strip(" \u00d7\u2570\u2500\u25b6\u251c\u2502") for line in text.splitlines()]
    wanted = [line for line in lines if line and not line.startswith(("Using Python", "warning:"))]
    return " ".join(wanted)[:600] or "uv said nothing"


def interpreter_for(requires_python: str) -> Interpreter:
    """An installed Python that fits, this one if it does. Raises CannotAnswer naming the need."""
    wanted = python_specifiers(requires_python)
    own = Interpreter(Path(getattr(sys, "_base_executable", sys.executable)), _own_version())
    if own.version in wanted:
        return own
    installed = _installed()
    fitting = [one for one in installed if one.version in wanted]
    if not fitting:
        found = ", ".join(dict.fromkeys(one.version for one in (own, *installed)))
        raise CannotAnswer(
            f"the host needs Python {requires_python}; installed are {found}",
            remedy=f"install one that fits, for example with `uv python install '{wanted}'`",
        )
    return max(fitting, key=lambda one: Version(one.version))


def python_specifiers(text: str) -> SpecifierSet:
    """A Python requirement as specifiers; poetry's `^3.11` and `~3.11` are understood."""
    parts = [
        poetry_version(part.strip()) for part in text.split(",") if part.strip() not in ("", "*")
    ]
    try:
        return SpecifierSet(",".join(parts))
    except InvalidSpecifier as error:
        raise CannotAnswer(
            f"the host's Python requirement {text!r} cannot be read",
            remedy="write it like `>=3.11`",
        ) from error


def _own_version() -> str:
    return ".".join(str(number) for number in sys.version_info[:3])


@lru_cache(maxsize=1)
def _installed() -> Sequence[Interpreter]:
    try:
        words = ("python", "list", "--only-installed", "--output-format", "json")
        rows = json.loads(uv(*words, cwd=Path.cwd(), folders=pyenv_folders()))
    except (UvFailed, ValueError):
        return ()
    return tuple(
        Interpreter(Path(row["path"]), row["version"])
        for row in rows
        if row.get("implementation") == "cpython" and _stable(row["version"])
    )


def pyenv_folders() -> tuple[Path, ...]:
    """Where pyenv keeps the interpreters that are on no PATH."""
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    return tuple(sorted(root.glob("versions/*/bin")))


def _stable(version: str) -> bool:
    try:
        return not Version(version).is_prerelease
    except InvalidVersion:
        return False
