"""`python -m orchestrator.attack ORDER OUT`: attack the application of an order, write the result.

The order is a JSON file (see `orders.py`); `--python` is the interpreter of the service. Exit code
0 when a result was written, whatever it says; 2 when the order cannot be carried out.
"""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
from pathlib import Path
from types import FrameType

from orchestrator.attack.carrying_out import carry_out, tell
from orchestrator.attack.judging.results import result_text
from orchestrator.attack.orders import read_order


def main() -> int:
    """Carry out one order."""
    words = argparse.ArgumentParser(prog="python -m orchestrator.attack")
    words.add_argument("order", type=Path)
    words.add_argument("out", type=Path)
    words.add_argument("--python", type=Path, required=True)
    words.add_argument("--tree", type=Path, default=Path())
    given = words.parse_args()
    signal.signal(signal.SIGTERM, _stop)
    order = read_order(given.order.read_bytes())
    with tempfile.TemporaryDirectory(prefix="attack-") as folder:
        result = carry_out(order, given.python, given.tree.resolve(), Path(folder), tell)
    given.out.write_text(result_text(result), encoding="utf-8")
    sys.stdout.write(f"{result.summary}\n")
    return 0


def _stop(_number: int, _frame: FrameType | None) -> None:
    """End by the way of `finally`, so that no server is left behind."""
    raise SystemExit(143)


if __name__ == "__main__":
    sys.exit(main())
