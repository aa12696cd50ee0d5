"""How quickly `status` lists many stories: T4 and T5, as ratios of processor time.

Usage: python benchmarks/bench_status.py [ROUNDS]
"""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from paired import HEAD, ORCHESTRATOR, PYTHON, medians, rounds, row

STORY = """\
---
id: {id}
title: Story number {n}
state: DESIGNED
owner: tech-lead
workflow: delivery
specs: [SPEC-{n}]
decisions: [DEC-{n}]
norms: [NORM-SEC-001]
---

## Brief

One of many.

## Requirements

- REQ-{n}: WHEN a user asks THEN the system SHALL answer 200
"""
WALK = "import os\nfor entry in os.scandir('stories'):\n    entry.stat()\n"
CSAFE = """\
import os, yaml
for entry in os.scandir('stories'):
    with open(entry.path, 'rb') as file:
        yaml.load(file.read(4096).split(b'---')[1], yaml.CSafeLoader)
"""


def main() -> None:
    """Measure and print the table."""
    print(HEAD)
    for target, count, times in (("T4", 1_000, rounds(9)), ("T5", 10_000, max(3, rounds(9) // 3))):
        with tempfile.TemporaryDirectory() as folder:
            measure(target, make_stories(Path(folder), count), count, times)


def make_stories(root: Path, count: int) -> Path:
    """A repository with that many stories."""
    subprocess.run(["git", "init", "--quiet", str(root)], check=True)
    (root / "stories").mkdir()
    for n in range(count):
        name = f"LOAD-{n:06d}"
        (root / "stories" / f"{name}.md").write_text(STORY.format(id=name, n=n), encoding="utf-8")
    return root


def measure(target: str, root: Path, count: int, times: int) -> None:
    """One size."""
    found = medians(
        {
            "pass": (PYTHON, "-c", "pass"),
            "no-op": (str(ORCHESTRATOR), "completion", "--help"),
            "walk": (PYTHON, "-c", WALK),
            "libyaml": (PYTHON, "-c", CSAFE),
            "status": (str(ORCHESTRATOR), "status"),
        },
        times,
        root,
    )
    beyond = found["status"] - found["no-op"]
    if target == "T4":
        print(row("T4", f"status, {count}: beyond a no-op / pass", beyond / found["pass"], "2.5"))
        print(row("T4", "libyaml / status beyond a no-op", found["libyaml"] / beyond, ">= 5"))
    else:
        print(row("T5", f"status, {count} / walk and stat", found["status"] / found["walk"], "3"))


if __name__ == "__main__":
    main()
