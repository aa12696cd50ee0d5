"""Write results and problems to the two streams; a reader that leaves early changes no answer."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import TextIO

from orchestrator.core.errors import CannotAnswer

SCHEMA = "story-orchestrator/cli/1"


def document_text(kind: str, document: Mapping[str, object]) -> str:
    """One JSON document with its schema and kind, indented, in ASCII."""
    import json

    whole = {"schema": SCHEMA, "kind": kind, **document}
    return json.dumps(whole, indent=2, default=_plain) + "\n"


def failure_text(exit_code: int, code: str, message: str, fix: str, target: str = "") -> str:
    """The JSON document of a command that could not answer."""
    diagnostic = {
        "severity": "error",
        "code": code,
        "message": message,
        "target": target or None,
        "fix": fix or None,
    }
    return document_text("error", {"exit_code": exit_code, "diagnostics": [diagnostic]})


def put(text: str, *, error: bool = False) -> None:
    """Write and flush. Raises CannotAnswer when the disk behind a redirected stdout is full."""
    stream = sys.stderr if error else sys.stdout
    if stream is None:
        return
    try:
        stream.write(text)
        stream.flush()
    except BrokenPipeError:
        silence(stream)
    except OSError as problem:
        silence(stream)
        if not error:
            raise CannotAnswer(
                f"the result could not be written: {problem.strerror}",
                remedy="redirect the output to a place with room for it",
            ) from problem


def readable_streams() -> None:
    """Print what the terminal's encoding lacks as an escape, instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def silence(stream: TextIO) -> None:
    """Let nothing that is still buffered fail again when the interpreter exits."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def _plain(value: object) -> object:
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    return str(value)
