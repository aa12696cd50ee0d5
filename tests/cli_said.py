"""A command run in this process, and what it said."""

from __future__ import annotations

import json
from typing import Any

import pytest

from orchestrator.cli.boundary import run


def said(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of a command."""
    code = run([*words])
    printed = capsys.readouterr()
    return code, printed.out, printed.err


def document(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> Any:
    """The one document of a command that ends with this code."""
    ended, out, err = said(capsys, *words, "--json")
    assert ended == code
    assert code or err == ""
    return json.loads(out)
