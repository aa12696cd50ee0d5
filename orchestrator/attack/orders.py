"""An order to attack, as JSON, and its result; the gate writes one and reads the other."""

from __future__ import annotations

import json
import shutil
import sys
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from orchestrator.attack.catalogue import catalogue
from orchestrator.attack.rig import Rig
from orchestrator.attack.running import Plan, Proof, counts, needs_met, run, summary
from orchestrator.attack.server import Application

RESULT = "story-orchestrator/attack-result/1"


@dataclass(frozen=True)
class Order:
    """What to attack and what to look at. `budget` is in seconds; `ids` must all be answered."""

    app: str
    framework: str
    factory: bool = False
    package: str = ""
    paths: tuple[str, ...] = (".",)
    answers: Mapping[str, Any] = field(default_factory=dict)
    ids: tuple[str, ...] = ()
    full: bool = False
    budget: int | None = None
    lanes: int = 2


def order_text(order: Order) -> str:
    """An order as JSON."""
    return json.dumps(asdict(order), indent=1, sort_keys=True) + "\n"


def read_order(text: bytes | str) -> Order:
    """An order from JSON. Raises ValueError or TypeError for anything else."""
    given = json.loads(text)
    lists = {name: tuple(given[name]) for name in ("paths", "ids") if name in given}
    return Order(**{**given, **lists})


def carry_out(order: Order, python: Path, tree: Path, folder: Path) -> list[Proof]:
    """Attack, and answer for every id of the order. No process is left behind."""
    book = catalogue()
    answers = book.answers(order.answers)
    application = Application(
        python, tree, order.app, order.framework, order.factory, order.package, order.paths
    )
    wanted = tuple(one for one in book.properties if one.id in set(order.ids))
    deadline = time.monotonic() + order.budget if order.budget else None
    rig = Rig(application, answers, folder, deadline=deadline)
    plan = Plan(wanted, answers, needs_met(_stores()), order.full, order.lanes)
    try:
        proofs = run(plan, rig, _tell)
    finally:
        rig.close()
    sys.stdout.write(summary(counts(proofs)) + "\n")
    return proofs


def write_result(out: Path, proofs: Iterable[Proof]) -> None:
    """Write the answers as JSON, in the catalogue's order."""
    document = {"schema": RESULT, "properties": [asdict(one) for one in proofs]}
    out.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


def _tell(proof: Proof) -> None:
    """Progress for whoever watches, one line a property."""
    reason = f": {proof.reason}" if proof.reason else ""
    sys.stderr.write(f"{proof.id} {proof.outcome} {proof.ms} ms{reason}\n")
    sys.stderr.flush()


def _stores() -> tuple[str, ...]:
    """The outside programs that are on this machine, by the needs that they meet."""
    programs = {"redis": "redis-server", "postgres": "pg_ctl"}
    return tuple(need for need, program in programs.items() if shutil.which(program))
