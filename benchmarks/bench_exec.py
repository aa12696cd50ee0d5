"""How long `exec` takes: its dry run against copier alone (T6), and the seconds of each step.

Usage: python benchmarks/bench_exec.py [ROUNDS]      Needs the network once, for the environments.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from paired import HEAD, ORCHESTRATOR, PYTHON, medians, rounds, row

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "stories"))
WORDS = ["exec", "story=AUTH-IMPLEMENT-001", "skill=code-development", "language=python"]
WORDS += ["framework=fastapi", "quality_gate=comprehensive"]
COPIER = """\
import sys, tempfile
import copier
for source in sys.argv[1:]:
    copier.run_copy(source, tempfile.mkdtemp(), defaults=True, quiet=True, unsafe=False)
"""


def main() -> None:
    """Measure and print both tables."""
    from demo import new_repository

    with tempfile.TemporaryDirectory() as folder:
        repository = new_repository(Path(folder) / "taskflow")
        dry_run(repository)
        os.environ["ORCHESTRATOR_CACHE"] = str(Path(folder) / "cache")
        first = steps(repository)
        again = steps(new_repository(Path(folder) / "again"))
    print("\n| step of `exec` | first, s | environments cached, s |\n|---|---|---|")
    for name, seconds in first.items():
        print(f"| {name} | {seconds:.1f} | {again.get(name, 0):.1f} |")
    print(f"| all | {sum(first.values()):.1f} | {sum(again.values()):.1f} |")


def dry_run(repository: Path) -> None:
    """T6: the whole process of a dry run against copier rendering the same patterns."""
    patterns = [str(ROOT / "templates" / name) for name in ("http-security", "jwt-auth")]
    found = medians(
        {
            "copier": (PYTHON, "-c", COPIER, *patterns),
            "dry run": (str(ORCHESTRATOR), *WORDS, "--dry-run", "--no-progress"),
        },
        rounds(5),
        repository,
    )
    print(HEAD)
    print(row("T6", "`exec --dry-run` / copier", found["dry run"] / found["copier"], "<= 1.5"))


def steps(repository: Path) -> dict[str, float]:
    """Seconds on the clock between one progress line and the next."""
    process = subprocess.Popen(
        [str(ORCHESTRATOR), *WORDS],
        cwd=repository,
        env={**os.environ, "CI": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    taken: dict[str, float] = {}
    name, began = "start", time.monotonic()
    line = ""
    for line in process.stderr or ():
        if line.startswith("- "):
            now = time.monotonic()
            taken[name] = taken.get(name, 0.0) + now - began
            name, began = line[2:].strip(), now
    if process.wait():
        raise SystemExit(f"exec ended with {process.returncode}: {line}")
    taken[name] = time.monotonic() - began
    return taken


if __name__ == "__main__":
    main()
