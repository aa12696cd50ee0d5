"""Keep what is needed to mend a bug of ours: versions and traceback, in a file of the user."""

from __future__ import annotations

import os
import platform
import sys
import tempfile
import time
import traceback
from collections.abc import Sequence
from pathlib import Path

from orchestrator.version import VERSION

_LIBRARIES = ("click", "pydantic", "jinja2", "copier", "GitPython", "ruamel.yaml", "libcst", "uv")


def write_bug_log(error: BaseException, argv: Sequence[str]) -> str:
    """Write the log and return its path; the home folder is shown as `~`."""
    text = _text(error, argv)
    name = f"bug-{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}-{os.getpid()}.log"
    for folder in _folders():
        try:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8", errors="backslashreplace")
        except OSError:
            continue
        return _shown(folder / name)
    return "no file (no folder is writable):\n" + text


def _folders() -> tuple[Path, ...]:
    from platformdirs import user_log_path

    return (user_log_path("story-orchestrator"), Path(tempfile.gettempdir()))


def _text(error: BaseException, argv: Sequence[str]) -> str:
    trace = "".join(traceback.format_exception(error))
    lines = [
        f"story-orchestrator {VERSION}",
        f"python {platform.python_version()} ({sys.implementation.name}), {platform.platform()}",
        *(f"{name} {_version(name)}" for name in _LIBRARIES),
        f"arguments: {list(argv)!r}",
        "",
        trace,
    ]
    return "\n".join(lines)


def _version(name: str) -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def _shown(path: Path) -> str:
    try:
        return f"~/{path.relative_to(Path.home()).as_posix()}"
    except (ValueError, RuntimeError):
        return str(path)
