"""What a transition leaves open: risks that hold, and what a person still has to do."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from orchestrator.app.transition.measure import Measured
from orchestrator.app.transition.trial import Trial
from orchestrator.core.pattern.active import answered
from orchestrator.core.pattern.pattern import Pattern
from orchestrator.core.pattern.risks import facts_of_run, holding
from orchestrator.core.record.record import FollowUpData, RiskData

GAP_DUE_DAYS = 7


def risks_of(
    patterns: list[Pattern], trial: Trial, measured: Measured, answers: Mapping[str, Any]
) -> tuple[RiskData, ...]:
    """The risks that hold: of patterns, of the work, of what is missing or was not measured."""
    actor, gaps = trial.prepared.actor, trial.allowed.gaps
    checks = {check for level in trial.policy.levels for check in trial.policy.checks(level)}
    seen = facts_of_run(measured.results, checks, network_off=measured.network_off)
    held = [
        RiskData(text=risk.text, owner=risk.owner, mitigation=risk.mitigation)
        for pattern in patterns
        for risk in holding(pattern.manifest.risks, {**answered(pattern, answers), **seen})
    ]
    missing = [
        RiskData(text=f"{gap.name}: {gap.because}", owner=actor, mitigation=gap.unblock)
        for gap in gaps
    ]
    unmeasured = [
        RiskData(
            text=f"{one.condition.id} was not established: {one.reason or one.outcome.value}",
            owner=actor,
            mitigation=f"make {one.condition.check} measurable and run the gate again",
        )
        for one in measured.verdict.forgiven
    ]
    own = [
        RiskData(text=one.text, owner=one.owner, mitigation=one.mitigation)
        for one in trial.proposal.risks
    ]
    return (*held, *own, *missing, *unmeasured)


def follow_ups_of(patterns: list[Pattern], trial: Trial, now: datetime) -> tuple[FollowUpData, ...]:
    """What is left for a person, each with a day: planned by a pattern, or missing."""
    gaps, actor = trial.allowed.gaps, trial.prepared.actor
    every = [one for pattern in patterns for one in pattern.manifest.follow_ups]
    planned = [
        FollowUpData(
            action=one.action,
            owner=one.owner,
            due=(now + timedelta(days=one.due_days)).date().isoformat(),
        )
        for one in (*every, *trial.proposal.follow_ups)
    ]
    due = (now + timedelta(days=GAP_DUE_DAYS)).date().isoformat()
    missing = [FollowUpData(action=gap.unblock, owner=actor, due=due) for gap in gaps]
    return (*planned, *missing)
