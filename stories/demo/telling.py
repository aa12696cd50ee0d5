"""What the demonstration says, step by step, and how it ends early."""

from __future__ import annotations

import sys
from typing import NoReturn


def say(text: str) -> None:
    """One step, on stdout."""
    print(f"\n{text}" if not text.startswith("  ") else text, flush=True)


def expect(code: int, wanted: int, meaning: str) -> None:
    """Go on only with the exit code that was promised."""
    if code != wanted:
        fail(f"exit code {code}, expected {wanted} ({meaning})")
    say(f"exit code {code}: {meaning}")


def fail(problem: str) -> NoReturn:
    """End the demonstration."""
    print(f"demo: {problem}", file=sys.stderr, flush=True)
    raise SystemExit(1)
