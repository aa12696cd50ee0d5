"""What linters report of files in a copy of the host: ruff's answer read, pycodestyle run."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orchestrator.adapters.patterns.host_styles import Flake8

_SECONDS = 120
_LINE = re.compile(r"(?P<path>.+):(?P<row>\d+):(?P<column>\d+): (?P<rule>[A-Z]\d+) (?P<message>.*)")


@dataclass(frozen=True)
class Finding:
    """One finding: a path in the copy, the rule's code, and what the linter says."""

    path: str
    rule: str
    message: str


def of_ruff(shown: bytes, copy: Path) -> list[Finding]:
    """The findings in ruff's JSON."""
    return [_finding(row, copy) for row in json.loads(shown or b"[]")]


def of_pycodestyle(copy: Path, paths: Iterable[str], flake8: Flake8) -> list[Finding]:
    """What flake8's own checker of style finds, for which ruff has no equal: it knows slices that
    black spaces as E203, and operators at the start of a line as W503."""
    length = [f"--max-line-length={flake8.length}"]
    if flake8.doc_length:
        length.append(f"--max-doc-length={flake8.doc_length}")
    # It looks for settings in the user's home and in every folder above: here nobody's count.
    (copy / "tox.ini").touch()
    env = {**os.environ, "XDG_CONFIG_HOME": os.devnull}
    words = [sys.executable, "-m", "pycodestyle", "--select=E,W", *length, "--", *sorted(paths)]
    done = subprocess.run(
        words, cwd=copy, env=env, capture_output=True, timeout=_SECONDS, check=False
    )
    lines = (_LINE.fullmatch(line) for line in done.stdout.decode("utf-8").splitlines())
    return [Finding(one["path"], one["rule"], one["message"]) for one in lines if one]


def _finding(row: dict[str, Any], copy: Path) -> Finding:
    path = Path(row["filename"]).resolve().relative_to(copy.resolve()).as_posix()
    return Finding(path, row["code"] or "invalid-syntax", row["message"])
