"""Ask the machine what it has: git, uv, interpreters, folders, the package index; mends nothing."""

from __future__ import annotations

import os
import platform
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from orchestrator.adapters.files.work_tree import repository_root
from orchestrator.adapters.running.environment import cache_folder
from orchestrator.adapters.running.toolchain import UvFailed, pyenv_folders, uv, uv_binary
from orchestrator.core.errors import CannotAnswer

SECONDS = 20
INDEX_SECONDS = 5


class RealMachine:
    """The machine under `start`; every question is asked when its method is called."""

    def __init__(self, start: Path) -> None:
        self._start = start

    def git(self) -> str:
        """The version of git."""
        return _first_line(
            ["git", "--version"], "git is not installed", "install git 2.30 or newer"
        )

    def uv(self) -> str:
        """The version of uv, which makes the gate's environments."""
        return _first_line([uv_binary(), "--version"], "uv cannot be run", "pip install uv")

    def pythons(self) -> tuple[str, ...]:
        """Our own version, then those that uv finds without downloading any, newest first."""
        own = platform.python_version()
        try:
            listed = uv(
                "python", "list", "--only-installed", cwd=Path.home(), folders=pyenv_folders()
            )
        except (UvFailed, CannotAnswer):
            return (own,)
        names = (line.split()[0] for line in listed.splitlines() if line.strip())
        versions = (name.split("-")[1] for name in names if name.startswith("cpython-"))
        return tuple(dict.fromkeys((own, *versions)))

    def repository(self) -> str:
        """The repository's folder name."""
        return repository_root(self._start).name

    def identity(self) -> str:
        """The name and e-mail that git would put into a commit."""
        told = _first_line(
            ["git", "-C", os.fspath(self._start), "var", "GIT_AUTHOR_IDENT"],
            "git knows no name and e-mail for a commit",
            "git config user.name NAME; git config user.email ADDRESS",
        )
        return told.rpartition(">")[0] + ">"

    def writable(self) -> str:
        """Try a file in the repository's folder."""
        root = repository_root(self._start)
        return _try_file(root, root.name)

    def cache(self) -> str:
        """Try a file in the folder of cached environments."""
        return _try_file(cache_folder(), "the cache")

    def index(self) -> str:
        """Resolve one small package without keeping anything."""
        with tempfile.TemporaryDirectory() as nothing:
            try:
                _output(
                    [uv_binary(), "pip", "compile", "--quiet", "--no-header", "--refresh", "-"],
                    text="click\n",
                    folder=nothing,
                    seconds=INDEX_SECONDS,
                )
            except (OSError, subprocess.SubprocessError) as error:
                raise CannotAnswer(
                    "the package index does not answer",
                    remedy="new environments need it; cached ones work without",
                ) from error
        return "answers"


def _output(
    argv: Sequence[str], *, text: str = "", folder: str | None = None, seconds: int = SECONDS
) -> str:
    done = subprocess.run(
        argv, input=text, cwd=folder, capture_output=True, text=True, timeout=seconds, check=True
    )
    return done.stdout


def _first_line(argv: Sequence[str], problem: str, remedy: str) -> str:
    try:
        return _output(argv).splitlines()[0].strip()
    except (OSError, subprocess.SubprocessError, IndexError) as error:
        raise CannotAnswer(problem, remedy=remedy) from error


def _try_file(folder: Path, shown: str) -> str:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return f"{shown} can be written"
    except OSError as error:
        raise CannotAnswer(
            f"{shown} cannot be written: {error.strerror}",
            remedy="free some space, or give yourself the permission",
        ) from error
