"""How each end of `exec` is said: text, document, exit code; decides nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, assert_never

from orchestrator.app.candidate import describe
from orchestrator.app.execute import Closed, Ended, Landed, Planned, Stopped
from orchestrator.app.land import name_of
from orchestrator.core.canonical import sha256
from orchestrator.core.changes import Change
from orchestrator.core.check import Finding
from orchestrator.core.diff import unified
from orchestrator.core.policy import Judged
from orchestrator.core.workflow import Blocked, Refused
from orchestrator.report.json import diagnostic, exec_document, stopped_document
from orchestrator.report.text import render_report

FINDINGS_SHOWN = 20


@dataclass(frozen=True)
class Said:
    """What a command prints: stdout as `text` or `document`, `line` and `aside` on stderr."""

    text: str
    document: Mapping[str, object]
    code: int = 0
    line: str = ""
    aside: tuple[str, ...] = ()


def answer_of(ended: Ended) -> Said:
    """Say how a transition ended."""
    match ended:
        case Landed():
            return _landed(ended)
        case Closed():
            return _closed(ended)
        case Stopped():
            return _stopped(ended)
        case Planned():
            return _planned(ended)
        case _:
            assert_never(ended)


def _landed(ended: Landed) -> Said:
    where = f"on branch {ended.branch}" if ended.branch else "on the current branch"
    aside = [f"committed {ended.commit[:12]} {where}"]
    if ended.secrets.written:
        aside.append(f"wrote .env with {', '.join(ended.secrets.written)} (untracked, mode 0600)")
    if ended.secrets.because:
        aside.append(ended.secrets.because)
    notes = [diagnostic("secrets", line, severity="info") for line in aside[1:]]
    document = exec_document(
        ended.record,
        outcome="moved",
        name=ended.name,
        commit=ended.commit,
        diagnostics=notes,
    )
    return Said(render_report(ended.record, ended.name), document, aside=tuple(aside))


def _closed(ended: Closed) -> Said:
    name = name_of(ended.record)
    closing = ended.verdict.closed_by
    named = "; ".join(f"{one.condition.id}: {one.reason or one.outcome.value}" for one in closing)
    line = (
        f"the gate could not be measured ({named})\ntry: mend what is named, then run again"
        if ended.cannot_answer
        else f"the gate is closed ({named}); the attempt is kept as {ended.attempt}"
    )
    seen = [_finding(check, one) for check, one in _findings(ended)]
    document = exec_document(
        ended.record,
        outcome="not_checked" if ended.cannot_answer else "closed",
        name=name,
        diagnostics=[
            diagnostic(one.condition.id, one.reason or one.outcome.value) for one in closing
        ]
        + seen,
    )
    aside = [f"{one['code']}: {one['target']}: {one['message']}" for one in seen[:FINDINGS_SHOWN]]
    if len(seen) > FINDINGS_SHOWN:
        aside.append(f"… and {len(seen) - FINDINGS_SHOWN} more findings (--json names them all)")
    text = render_report(ended.record, name)
    return Said(text, document, 4 if ended.cannot_answer else 1, line, tuple(aside))


def _condition(one: Judged) -> dict[str, Any]:
    return diagnostic(one.condition.id, one.reason or one.outcome.value)


def _findings(ended: Closed) -> Iterator[tuple[str, Finding]]:
    """What the checks that closed the gate found, the worst first."""
    for check in dict.fromkeys(one.condition.check for one in ended.verdict.closed_by):
        result = ended.results.get(check)
        for one in sorted(result.findings if result else (), key=_weight):
            yield check, one


def _weight(one: Finding) -> tuple[int, str, int]:
    return ("high", "medium", "low").index(one.severity), one.path, one.line


def _finding(check: str, one: Finding) -> dict[str, Any]:
    where = f"{one.path}:{one.line}" if one.line else one.path
    return diagnostic(f"{check}/{one.rule}", one.message, target=where)


def _stopped(ended: Stopped) -> Said:
    decision, prepared = ended.decision, ended.prepared
    gaps = decision.gaps if isinstance(decision, Blocked) else ()
    document = stopped_document(
        story=prepared.story.id,
        skill=prepared.request.skill,
        mode=prepared.request.mode,
        actor=prepared.actor,
        state=prepared.state,
        outcome="blocked" if gaps else "refused",
        missing_inputs=[gap.name for gap in gaps],
        unblock_steps=[gap.unblock for gap in gaps],
        diagnostics=list(_why_stopped(decision)),
    )
    if isinstance(decision, Refused):
        return Said("", document, 1, f"{decision.reason}\ntry: {decision.remedy}")
    line = "\n".join(f"{gap.name}: {gap.because}\ntry: {gap.unblock}" for gap in gaps)
    return Said(str(decision), document, 1, line)


def _why_stopped(decision: Blocked | Refused) -> Iterator[dict[str, object]]:
    if isinstance(decision, Refused):
        yield diagnostic("refused", decision.reason, fix=decision.remedy)
        return
    for gap in decision.gaps:
        yield diagnostic(gap.name, gap.because, fix=gap.unblock)


def _planned(ended: Planned) -> Said:
    changes = ended.candidate.changes
    document = {
        **_about(ended.prepared.story.id, ended.prepared.skill.name, ended.prepared.request.mode),
        "actor": ended.prepared.actor,
        "from": ended.prepared.state,
        "to": ended.allowed.target,
        "outcome": "planned",
        "files": [_file(change) for change in changes],
        "diff": unified(changes),
        "gate": {
            "level": ended.level,
            "conditions": [one.model_dump() for one in ended.policy.levels[ended.level]],
        },
        "diagnostics": [],
    }
    return Said("\n".join(_plan_lines(ended)), document)


def _plan_lines(ended: Planned) -> Iterator[str]:
    prepared = ended.prepared
    yield f"PLAN {prepared.story.id}: {prepared.state} -> {ended.allowed.target} (nothing written)"
    yield ""
    for seen in ended.proposal.observations:
        place = f" ({seen.place})" if seen.place else ""
        yield f"  {seen.subject}: {seen.decision}, {seen.because}{place}"
    yield ""
    for change in ended.candidate.changes:
        yield f"  {change.kind:<7}{change.path}"
    for _, result in ended.candidate.edited.results:
        yield f"  edit   {describe(result)}"
    for gap in ended.allowed.gaps:
        yield f"  risk   {gap.name}: {gap.because}"
    yield ""
    yield f"GATE {ended.level}"
    for one in ended.policy.levels[ended.level]:
        unit = "%" if one.unit == "percent" else ""
        yield f"  {one.id:<24}{one.metric} {one.op} {one.value}{unit}"
    yield ""
    yield unified(ended.candidate.changes).rstrip("\n")


def _about(story: str, skill: str, mode: str) -> dict[str, object]:
    return {"story": story, "skill": skill, "mode": mode}


def _file(change: Change) -> dict[str, object]:
    after = sha256(change.after.content) if change.after else None
    return {"path": change.path, "change": change.kind, "sha256": after}
