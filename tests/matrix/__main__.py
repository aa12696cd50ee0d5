"""`make matrix`: try every cell; ends with 1 when one is red, with 4 when one could not be tried.

Usage: python tests/matrix [--again] [--list] [WORD…]    only cells whose name holds every word

Green cells are remembered in .matrix/state.json until a template changes; --again forgets them.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from auth_patterns import ROOT
from cell import Cell, cells, installed_pythons
from stores import Stores, running_stores
from trying import Red, try_cell

_STATE = ROOT / ".matrix" / "state.json"
_FULL = 2
_GREEN, _RED, _NOT_RUN = "green", "RED", "not run"


def main(words: list[str]) -> int:
    """Try the cells and print how each ended."""
    chosen = [one for one in cells(installed_pythons()) if _chosen(one, words)]
    if "--list" in words:
        sys.stdout.writelines(f"{one.name}\n" for one in chosen)
        return 0
    state = {} if "--again" in words else _remembered()
    with ExitStack() as stack:
        stores = running_stores(stack)
        ends = [end for one in chosen for end in _tried(one, stores, state)]
    counts = {name: ends.count(name) for name in (_GREEN, _RED, _NOT_RUN)}
    print(", ".join(f"{count} {name}" for name, count in counts.items()))
    if counts[_RED] or not chosen:
        return 1
    return 4 if counts[_NOT_RUN] else 0


def _chosen(cell: Cell, words: list[str]) -> bool:
    return all(word in cell.name for word in words if not word.startswith("--"))


def _tried(cell: Cell, stores: Stores, state: dict[str, str]) -> Iterator[str]:
    """Try a cell, say how it ended, and remember it when it was green."""
    started = time.monotonic()
    if state.get(cell.name) == cell.digest:
        end, said = _GREEN, ["as remembered"]
    elif lacking := stores.lacking(cell):
        end, said = _NOT_RUN, [lacking]
    else:
        end, said = _outcome(cell, stores)
    if end == _GREEN:
        state[cell.name] = cell.digest
        _remember(state)
    print(f"{cell.name}: {end} after {time.monotonic() - started:.0f} s", flush=True)
    for line in said:
        print(f"    {line}", flush=True)
    yield end


def _outcome(cell: Cell, stores: Stores) -> tuple[str, list[str]]:
    with tempfile.TemporaryDirectory(prefix="cell-") as place:
        try:
            parts = try_cell(cell, Path(place), stores, full=cell.number <= _FULL)
        except Red as red:
            return _RED, str(red).splitlines()
    return _GREEN, [f"{name}: {said}" for name, said in parts.items()]


def _remembered() -> dict[str, str]:
    if not _STATE.exists():
        return {}
    return {str(name): str(digest) for name, digest in json.loads(_STATE.read_text()).items()}


def _remember(state: dict[str, str]) -> None:
    _STATE.parent.mkdir(exist_ok=True)
    fresh = _STATE.with_suffix(".new")
    fresh.write_text(json.dumps(state, indent=1, sort_keys=True) + "\n")
    fresh.replace(_STATE)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
