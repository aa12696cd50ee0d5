"""Run commands in turn, many times, and compare the medians of their processor time; no verdict."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

PYTHON = sys.executable
ORCHESTRATOR = Path(sys.executable).parent / "orchestrator"
DEVNULL = subprocess.DEVNULL


def rounds(default: int) -> int:
    """How often each command runs: the first argument, or the default."""
    return int(sys.argv[1]) if len(sys.argv) > 1 else default


def cpu_seconds(argv: Sequence[str], cwd: Path | None = None) -> float:
    """User and system time of one process and of all that it waited for."""
    process = subprocess.Popen(argv, cwd=cwd, stdin=DEVNULL, stdout=DEVNULL, stderr=DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(argv)} ended with {process.returncode}")
    return usage.ru_utime + usage.ru_stime


def medians(
    commands: Mapping[str, Sequence[str]], times: int, cwd: Path | None = None
) -> dict[str, float]:
    """Median seconds of each command; every round runs all of them, so that noise is shared."""
    taken: dict[str, list[float]] = {name: [] for name in commands}
    for argv in commands.values():
        cpu_seconds(argv, cwd)
    for _ in range(times):
        for name, argv in commands.items():
            taken[name].append(cpu_seconds(argv, cwd))
    return {name: statistics.median(values) for name, values in taken.items()}


def row(target: str, what: str, ratio: float, limit: str) -> str:
    """One line of a table in Markdown."""
    return f"| {target} | {what} | {ratio:.2f} | {limit} |"


HEAD = "| target | what | measured | aim |\n|---|---|---|---|"
