"""Which requirements the traceability check found wanting; the one reading of its findings."""

from __future__ import annotations

from collections.abc import Mapping

from orchestrator.core.gate.check import CheckResult, Outcome

CHECK = "traceability"
UNVERIFIED = "unverified"


def unverified(results: Mapping[str, CheckResult]) -> frozenset[str] | None:
    """The ids without a claim or a passed test; None when the check could not say."""
    result = results.get(CHECK)
    if result is None or result.outcome not in (Outcome.PASSED, Outcome.FAILED):
        return None
    wanting = (one for one in result.findings if one.rule == UNVERIFIED)
    return frozenset(one.message.partition(":")[0] for one in wanting)
