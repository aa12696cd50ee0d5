"""The module as a real service under attack: which properties of the catalogue were proven."""

from __future__ import annotations

import json
from collections.abc import Mapping

from orchestrator.api import (
    CheckResult,
    Command,
    Completed,
    Figure,
    Finding,
    Outcome,
    Scope,
    Served,
)
from orchestrator.attack.judging.catalogue import catalogue
from orchestrator.attack.judging.results import BadResult, Result, read_result
from orchestrator.attack.orders import Order, order_text, read_order
from orchestrator.checks.layout import import_roots
from orchestrator.checks.reading import (
    Unreadable,
    document,
    ended,
    errored,
    not_applicable,
    nothing_of_ours,
    output,
)

NAME = "attack"
PATTERN = "jwt-auth"
BUDGET = 120
_GRACE = 60
_ORDER, _RESULT = "order.json", "result.json"


def commands(scope: Scope) -> tuple[Command, ...]:
    """One process that starts the service, attacks it for at most 120 s, and answers."""
    served = scope.served
    if served is None or served.pattern != PATTERN:
        return ()
    return (attacking(order_of(scope, served, catalogue().ids, budget=BUDGET)),)


def order_of(
    scope: Scope,
    served: Served,
    ids: tuple[str, ...],
    *,
    full: bool = False,
    budget: int | None = None,
) -> Order:
    """The order to attack the application of a scope."""
    return Order(
        app=served.app,
        framework=served.framework,
        factory=served.factory,
        package=scope.package,
        paths=import_roots(scope),
        answers={name: json.loads(text) for name, text in served.answers},
        ids=ids,
        full=full,
        budget=budget,
    )


def attacking(order: Order, *, seconds: int = BUDGET + _GRACE) -> Command:
    """The process that carries out an order and ends within so many seconds."""
    start = ("{tools}", "-I", "-m", "orchestrator.attack", "{gate}/" + _ORDER, "{out}/" + _RESULT)
    return Command(
        name=NAME,
        argv=(*start, "--python", "{python}"),
        files=((_ORDER, order_text(order)),),
        outputs=(_RESULT,),
        timeout=seconds,
    )


def parse(scope: Scope, runs: Mapping[str, Completed]) -> CheckResult:
    """Figures proven (of what applies), failed, not_checked, not_applicable.

    Every property of the order is answered; the reason is the line that a report shows.
    """
    if not scope.sources:
        return nothing_of_ours("proven")
    if scope.served is None or scope.served.pattern != PATTERN:
        return not_applicable("no service that this attack knows was generated")
    try:
        result = read_attack(runs)
    except Unreadable as problem:
        return errored(problem, len(catalogue().ids))
    failed = result.of("failed")
    figures = (
        Figure("proven", len(result.of("passed")), result.applicable),
        Figure("failed", len(failed)),
        Figure("not_checked", len(result.of("not_checked"))),
        Figure("not_applicable", len(result.of("not_applicable"))),
    )
    folder = scope.package.replace(".", "/") or "."
    return CheckResult(
        Outcome.FAILED if failed else Outcome.PASSED,
        result.summary + (f"; {result.note}" if result.note else ""),
        len(result.proofs),
        len(result.proofs),
        figures,
        tuple(Finding(one.id, "high", folder, 0, one.reason) for one in failed),
    )


def read_attack(runs: Mapping[str, Completed]) -> Result:
    """What the process answered, for exactly the ids of its order. Raises Unreadable."""
    run = ended(runs, NAME, (0,))
    order = read_order(dict(run.command.files)[_ORDER])
    if not order.ids:
        raise Unreadable("the order asks for nothing")
    try:
        return read_result(document(output(run, _RESULT), "the attack"), order.ids)
    except BadResult as problem:
        raise Unreadable(str(problem)) from problem
