"""`make twins`: attack every broken twin, two at a time; ends with 1 when one survives.

Usage: python tests/twins [WORD…]      only twins whose id holds one of the words
"""

from __future__ import annotations

import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from twin import Twin, survived, twins
from twin_environment import make_environment

LANES = 2


def main(words: list[str]) -> int:
    """Attack the twins and print how each ended."""
    chosen = [one for one in twins() if not words or any(word in one.id for word in words)]
    with tempfile.TemporaryDirectory(prefix="twins-") as place:
        python = make_environment(Path(place) / "venv")
        with ThreadPoolExecutor(LANES) as lanes:
            ends = list(lanes.map(lambda one: _tried(one, python), chosen))
    alive = [one.id for one, killed in zip(chosen, ends, strict=True) if not killed]
    print(f"{len(chosen) - len(alive)} of {len(chosen)} twins were killed")
    return 1 if alive or not chosen else 0


def _tried(twin: Twin, python: Path) -> bool:
    started = time.monotonic()
    problems = survived(twin, python)
    end = "killed" if not problems else "SURVIVED"
    print(f"{twin.id:<36} {end:<9} {time.monotonic() - started:5.1f} s", flush=True)
    for problem in problems:
        print(f"    {problem}", flush=True)
    return not problems


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
