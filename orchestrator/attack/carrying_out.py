"""Carry out an order: start the rig, run the probes, leave no process behind."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

from orchestrator.attack.judging.catalogue import catalogue
from orchestrator.attack.judging.results import Proof, Result
from orchestrator.attack.orders import Order
from orchestrator.attack.rig import Outside, Rig
from orchestrator.attack.running import Plan, needs_met, run
from orchestrator.attack.subject.server import Application, NotStarted
from orchestrator.attack.surroundings.stores import stores_here

_KEPT_SECONDS = 15.0


def carry_out(
    order: Order,
    python: Path,
    tree: Path,
    folder: Path,
    told: Callable[[Proof], None],
    outside: Outside = lambda _folder: {},
) -> Result:
    """Attack, and answer for every id of the order; `folder` holds all that the services write.

    Where the application of the order does not start alone, because it wants settings of its own,
    a bare one with the same module is attacked, and the result says so.
    """
    book = catalogue()
    answers = book.answers(order.answers)
    deadline = time.monotonic() + order.budget if order.budget else None
    wanted = tuple(one for one in book.properties if one.id in set(order.ids))
    plan = Plan(wanted, answers, needs_met(stores_here()), order.full, order.lanes)
    application = Application(
        python, tree, order.app, order.framework, order.factory, order.package, order.paths
    )
    lacking = application.lacks()
    if lacking:
        raise SystemExit(f"the interpreter {python} lacks {lacking}: install it there")
    rig = Rig(application, answers, folder, deadline=deadline, kept=_KEPT_SECONDS,
              full=order.full, outside=outside)  # fmt: skip
    note = ""
    try:
        if not _starts(rig):
            app = order.app or "the application"
            note = f"{app} does not start alone; a bare application was attacked instead"
            rig.application = rig.bare()
        return Result(tuple(run(plan, rig, told)), note)
    finally:
        rig.close()


def _starts(rig: Rig) -> bool:
    if not rig.application.app:
        return False
    try:
        rig.service()
    except NotStarted:
        return False
    return True


def tell(proof: Proof) -> None:
    """Progress for whoever watches, one line a property."""
    reason = f": {proof.reason}" if proof.reason else ""
    sys.stderr.write(f"{proof.id} {proof.outcome} {proof.ms} ms{reason}\n")
    sys.stderr.flush()
