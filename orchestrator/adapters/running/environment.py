"""Make interpreters with uv from a host's manifest, cached; never touches the host's own."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from orchestrator.adapters.running.dependencies import (
    Declared,
    command_to_raise,
    declared,
    held_lower,
    locked,
    unchanged,
)
from orchestrator.adapters.running.toolchain import Interpreter, UvFailed, interpreter_for, uv
from orchestrator.core.errors import CannotAnswer
from orchestrator.core.host.host import Manifest
from orchestrator.ports.running import Environment

TOOLS = ("pytest>=7.2", "coverage>=7.2", "pytest-randomly>=3.12")
# What the attack serves the application with; an interpreter that is given may do without.
SERVERS = ("uvicorn", "gunicorn")
_FORMAT = 2
_READY = "orchestrator.json"
_LEFTOVER_SECONDS = 24 * 3600


class UvEnvironments:
    """Interpreters that have the host's dependencies, ours and the gate's test tools.

    An environment is a folder named by the digest of all that went in: the Python version, the
    manifest and lock texts, the added requirements, the gate's own tools. The host's package is
    not installed into it (a cached place must not point into a scratch tree); the gate puts the
    tree on the path of each run instead. With `configured` that interpreter is used as it is.
    """

    def __init__(self, *, cache: Path | None = None, configured: Path | None = None) -> None:
        self._cache = cache
        self._configured = configured

    def refuse(self, manifest: Manifest | None) -> None:
        """Raise CannotAnswer when no Python of this machine is one that the manifest allows."""
        if self._configured is None:
            interpreter_for(manifest.requires_python if manifest else "")

    def prepare(
        self,
        root: Path,
        manifest: Manifest | None,
        requirements: Sequence[str],
        *,
        within: Environment | None = None,
    ) -> Environment:
        """An environment, from the cache when nothing that goes into it has changed.

        With `within`, no version that this environment has may move. Raises CannotAnswer when uv,
        the network or a matching Python is missing, or when the host's versions do not allow it.
        """
        if self._configured is not None:
            return _as_it_is(self._configured)
        python = interpreter_for(manifest.requires_python if manifest else "")
        asked = declared(root, manifest)
        _refuse_held(root, manifest, requirements)
        digest = _digest(root, python, asked, requirements, within)
        place = self._folder() / digest[:32]
        if not (place / _READY).is_file():
            wanted = _Wanted(root, python, asked, tuple(requirements), within)
            self._make(place, wanted)
        origin = f"uv, Python {python.version}, {manifest.path if manifest else 'no manifest'}"
        return Environment(place / "bin" / "python", digest, origin)

    def _folder(self) -> Path:
        folder = (self._cache or cache_folder()) / "environments"
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise CannotAnswer(
                f"the cache folder {folder} cannot be made: {error.strerror}",
                remedy="set ORCHESTRATOR_CACHE to a folder that can be written",
            ) from error
        return folder

    def _make(self, place: Path, wanted: _Wanted) -> None:
        _sweep(place.parent)
        fresh = place.parent / f".{place.name}-{os.getpid()}-{secrets.token_hex(4)}"
        try:
            frozen = wanted.install(fresh)
            (fresh / _READY).write_text(json.dumps({"freeze": frozen}), encoding="utf-8")
            _settle(fresh, place)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)


def _refuse_held(root: Path, manifest: Manifest | None, requirements: Sequence[str]) -> None:
    for lock in manifest.lock_files if manifest else ():
        held = held_lower(tuple(locked(root / lock)), requirements)
        if held:
            raise _held(lock, held, root)


def _held(lock: str, held: Mapping[str, str], root: Path) -> CannotAnswer:
    said = ", ".join(f"{pin.replace('==', ' ')} ({need} is needed)" for pin, need in held.items())
    text = (root / lock).read_text("utf-8", errors="replace")
    command = command_to_raise(lock, [pin.partition("==")[0] for pin in held], text)
    how = command if command.startswith("raise ") else f"`{command}`"
    return CannotAnswer(
        f"{lock} holds what must be newer: {said}",
        remedy=f"{how}, commit {lock} and run again",
    )


class _Wanted:
    """All that one environment is made of."""

    def __init__(
        self,
        root: Path,
        python: Interpreter,
        asked: Declared,
        requirements: tuple[str, ...],
        within: Environment | None,
    ) -> None:
        self._root, self._python, self._asked = root, python, asked
        self._requirements = requirements
        self._kept = _frozen(within) if within else ()

    def install(self, folder: Path) -> list[str]:
        """Fill a new folder and return the exact versions in it."""
        python = str(folder / "bin" / "python")
        try:
            uv("venv", "--no-project", "--relocatable", "--python", str(self._python.path),
               str(folder), cwd=self._root)  # fmt: skip
        except UvFailed as error:
            raise CannotAnswer(
                f"no environment can be made with {self._python.path}: {error}",
                remedy="see that this Python works, and that the cache folder has space",
            ) from error
        self._fill(folder, python)
        frozen = uv("pip", "freeze", "--python", python, cwd=self._root).splitlines()
        moved = unchanged(self._kept, frozen)
        if moved:
            raise CannotAnswer(
                f"the added requirements would move what the host has: {', '.join(moved)}",
                remedy="raise these versions in the host first, or choose other answers",
            )
        return frozen

    def _fill(self, folder: Path, python: str) -> None:
        constraints = folder / "constraints.txt"
        constraints.write_text("\n".join((*self._asked.pins, *self._kept)) + "\n", "utf-8")
        asked = folder / "requirements.txt"
        lines = (*self._asked.requirements, *self._requirements, *TOOLS, *SERVERS)
        asked.write_text("\n".join(lines) + "\n", "utf-8")
        words = ("pip", "install", "--python", python, "--compile-bytecode", "--link-mode", "copy",
                 "-c", str(constraints), *self._asked.options, "-r", str(asked))  # fmt: skip
        try:
            uv(*words, cwd=self._root)
        except UvFailed as online:
            try:
                uv(*words, "--offline", cwd=self._root)
            except UvFailed:
                raise _not_installed(str(online)) from online


def _not_installed(said: str) -> CannotAnswer:
    network = any(word in said for word in ("error sending request", "dns error", "Failed to fetch",
                                            "Could not connect", "client error"))  # fmt: skip
    if network:
        return CannotAnswer(
            f"the package index cannot be reached and uv's cache lacks what is needed: {said}",
            remedy="connect once, or name an interpreter as `environment:` in orchestrator.yaml",
        )
    return CannotAnswer(
        f"the dependencies cannot be installed together: {said}",
        remedy="make the host's manifest installable, or raise the versions that are in the way",
    )


def _digest(
    root: Path,
    python: Interpreter,
    asked: Declared,
    requirements: Sequence[str],
    within: Environment | None,
) -> str:
    parts = {
        "format": _FORMAT,
        "python": [python.version, str(python.path), sys.platform, os.uname().machine],
        "files": [[name, _content(root / name)] for name in asked.read],
        "requirements": sorted(requirements),
        "tools": [*TOOLS, *SERVERS],
        "within": within.digest if within else "",
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _content(file: Path) -> str:
    try:
        return hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError:
        return ""


def _frozen(environment: Environment) -> tuple[str, ...]:
    ready = environment.python.parent.parent / _READY
    try:
        lines: list[str] = json.loads(ready.read_text(encoding="utf-8"))["freeze"]
    except (OSError, ValueError, KeyError) as error:
        raise CannotAnswer(
            f"the environment {environment.digest[:12]} is incomplete",
            remedy=f"remove {ready.parent} and run again",
        ) from error
    return tuple(line for line in lines if not line.startswith("-e "))


def _settle(fresh: Path, place: Path) -> None:
    """Give the finished folder its name; when another process was first, its folder stays."""
    try:
        fresh.rename(place)
    except OSError:
        if (place / _READY).is_file():
            return
        shutil.rmtree(place, ignore_errors=True)
        fresh.rename(place)


def _sweep(folder: Path) -> None:
    """Remove what killed runs left."""
    oldest = time.time() - _LEFTOVER_SECONDS
    for entry in folder.glob(".*-*-*"):
        if entry.stat().st_mtime < oldest:
            shutil.rmtree(entry, ignore_errors=True)


def cache_folder() -> Path:
    """Where environments are kept: $ORCHESTRATOR_CACHE, else the user's cache folder."""
    named = os.environ.get("ORCHESTRATOR_CACHE")
    if named:
        return Path(named).absolute()
    import platformdirs

    return Path(platformdirs.user_cache_dir("story-orchestrator"))


def _as_it_is(python: Path) -> Environment:
    """The interpreter that `orchestrator.yaml` names; only the gate's own tools must be in it."""
    if not python.is_file():
        raise CannotAnswer(
            f"the interpreter {python} of orchestrator.yaml does not exist",
            remedy="set `environment:` to an existing interpreter, or remove it",
        )
    try:
        lines = uv("pip", "freeze", "--python", str(python), cwd=python.parent).splitlines()
    except UvFailed as error:
        raise CannotAnswer(
            f"the interpreter {python} of orchestrator.yaml does not work: {error}",
            remedy="set `environment:` to a working interpreter, or remove it",
        ) from error
    there = {line.partition("==")[0].lower() for line in lines}
    missing = [tool for tool in TOOLS if tool.partition(">=")[0] not in there]
    if missing:
        raise CannotAnswer(
            f"the interpreter {python} lacks the gate's test tools: {', '.join(missing)}",
            remedy=f"install them there: pip install {' '.join(missing)}",
        )
    return Environment(python, hashlib.sha256("\n".join(lines).encode()).hexdigest(), "given")
