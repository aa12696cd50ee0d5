"""Run the probes against a rig: several at once, within a budget; every property gets an answer."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from orchestrator.attack.judging.catalogue import Property
from orchestrator.attack.judging.proving import Failure, NotPossible, Probe
from orchestrator.attack.judging.results import End, Proof
from orchestrator.attack.loading import load_probes
from orchestrator.attack.rig import OutOfTime, Rig

_OURS = {
    "peek": "a look into the database",
    "workers": "two processes of ours",
    "provider": "a provider of identities of ours",
    "redis": "a Redis of ours",
    "postgres": "a PostgreSQL of ours",
}


@dataclass(frozen=True)
class Plan:
    """Which properties are wanted, how, and what there is to prove them with.

    `has` are the needs that can be met; `full` includes what the gate leaves out.
    """

    properties: tuple[Property, ...]
    answers: Mapping[str, Any]
    has: frozenset[str]
    full: bool = False
    lanes: int = 2
    outside: bool = False


def run(plan: Plan, rig: Rig, told: Callable[[Proof], None]) -> list[Proof]:
    """Answer for every property of the plan, in its order.

    Quiet probes run alone after the others, `last` ones at the very end. A probe that breaks has
    failed: what nobody could look at is never taken for proven.
    """
    probes = load_probes()
    early = {one.id: proof for one in plan.properties if (proof := _unasked(one, plan, probes))}
    asked = [one.id for one in plan.properties if one.id not in early]
    todo = list({id(probes[name]): probes[name] for name in asked}.values())
    done = {**early}

    def finish(proofs: Iterable[Proof]) -> None:
        for proof in proofs:
            done[proof.id] = proof
            told(proof)

    with ThreadPoolExecutor(plan.lanes) as lanes:
        together = [one for one in todo if not (one.quiet or one.last)]
        for proofs in lanes.map(lambda one: _proven(one, rig), together):
            finish(proofs)
    for probe in (one for one in todo if one.quiet and not one.last):
        finish(_proven(probe, rig))
    rig.begin_the_end()
    for probe in (one for one in todo if one.last):
        finish(_proven(probe, rig))
    return [done[one.id] for one in plan.properties]


def _unasked(one: Property, plan: Plan, probes: Mapping[str, Probe]) -> Proof | None:
    """The answer that needs no probe, if there is one."""
    reason = one.not_applicable(plan.answers)
    if reason:
        return Proof(one.id, "not_applicable", reason)
    if one.unseen:
        return Proof(one.id, "not_checked", one.unseen)
    if plan.outside and not one.provable_from_outside:
        return Proof(one.id, "not_checked", f"from outside: needs {_ours(one)}")
    missing = [need for need in one.needs if need not in plan.has]
    if "accounts" in missing:
        return Proof(one.id, "not_checked", "from outside: needs accounts, and so the mails")
    if missing:
        return Proof(one.id, "not_checked", f"there is no {' and no '.join(missing)} here")
    if one.id not in probes:
        return Proof(one.id, "not_checked", "no probe is written for it")
    if one.full and not plan.full:
        return Proof(one.id, "not_checked", "left to the full run")
    return None


def _ours(one: Property) -> str:
    """What only a service of our own has."""
    return ", ".join(_OURS[need] for need in one.needs) or "keys, clock, mails or settings of ours"


def _proven(probe: Probe, rig: Rig) -> list[Proof]:
    started = time.monotonic()
    outcome, reason = _outcome(probe, rig)
    ms = int((time.monotonic() - started) * 1000)
    return [Proof(name, outcome, reason, ms) for name in probe.ids]


def _outcome(probe: Probe, rig: Rig) -> tuple[End, str]:
    try:
        rig.check_time()
        probe.attack(rig)
    except OutOfTime:
        return "not_checked", "budget"
    except NotPossible as reason:
        return "not_checked", str(reason)
    except Failure as failure:
        return "failed", str(failure)
    except Exception as error:
        return "failed", f"the probe broke: {error!r:.300}"
    return "passed", ""


def needs_met(extra: Collection[str] = ()) -> frozenset[str]:
    """What a rig with a service of its own offers; `extra` names the stores that are there."""
    return frozenset({"outside", "accounts", "peek", "workers", "provider", *extra})
