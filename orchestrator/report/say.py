"""What a report says about a record; every figure it names has an evidence line beside it."""

from __future__ import annotations

from collections.abc import Iterable

from orchestrator.core.record.record import Record
from orchestrator.report.entry import Entry, FollowUp, Risk, field_text, plain, role_text
from orchestrator.report.lines import evidence_of
from orchestrator.report.phrases import (
    HOLDS,
    asked_of,
    completeness,
    figure_text,
    gate_text,
    headline,
    pattern_name,
    score_text,
    verified_text,
)

GIVEN_ELSEWHERE = ("story", "skill")
ALIASES = {"patterns": "search_patterns"}
UNSAID = "not said"


def entry_of(record: Record, name: str) -> Entry:
    """The report of a record as values; `name` is what its evidence lines refer to."""
    return Entry(
        tag=role_text(record.skill or record.tag),
        actor=role_text(record.actor.role),
        mode=plain(record.mode),
        from_state=plain(record.from_),
        to_state=plain(record.to),
        why=tuple(plain(reason) for reason in _why(record)),
        title=plain(record.title),
        summary=plain(_summary(record)),
        inputs=plain(_inputs(record)),
        evidence=tuple(evidence_of(record, name)),
        risks=tuple(
            Risk(field_text(one.text) or UNSAID, role_text(one.owner), field_text(one.mitigation))
            for one in record.risks
        ),
        next_steps=plain(record.next_steps),
        follow_ups=tuple(
            FollowUp(plain(one.action) or UNSAID, role_text(one.owner), role_text(one.due))
            for one in record.follow_ups
        ),
    )


def _why(record: Record) -> Iterable[str]:
    if record.requirements:
        yield f"traceability: requirements {verified_text(record)}"
    for pattern in record.patterns:
        yield f"search: pattern {pattern_name(pattern)} fits, {score_text(pattern)}"
    for one in record.observations:
        if one.decision != "note" and one.place:
            yield f"memory: {one.decision} {one.subject} ({one.place})"
    if record.gate is not None:
        state = "open" if record.gate.passed else "closed"
        yield f"policy: the gate is {state}, {gate_text(record)}"
        word = "tolerated" if record.gate.passed else "not held"
        yield from (f"{word}: {text}" for text in _wanting(record))
    yield from (f"note: {note}" for note in record.notes)


def _wanting(record: Record) -> Iterable[str]:
    for one in record.gate.conditions if record.gate else ():
        if one.outcome not in HOLDS:
            actual = (
                f" {figure_text(one.actual, as_percent=one.unit == 'percent')}"
                if one.actual
                else ""
            )
            because = f": {one.reason}" if one.reason else ""
            yield f"{one.id}: {one.metric}{actual} ({asked_of(one)}){because}"


def _summary(record: Record) -> str:
    parts = [*_done(record)]
    if record.requirements:
        parts.append(f"requirements {verified_text(record)}")
    parts += [
        f"{one.name} {headline(one, record)}"
        for one in record.checks
        if one.name in ("tests", "coverage")
    ]
    if record.gate is not None:
        parts.append(f"gate {gate_text(record)}")
    return "; ".join(parts)


def _done(record: Record) -> Iterable[str]:
    patterns = " and ".join(pattern_name(one) for one in record.patterns)
    if record.kind == "attempt":
        yield f"nothing was published of {patterns}" if patterns else "nothing was published"
    elif record.files:
        source = f" from {patterns}" if patterns else ""
        yield f"implementation {completeness(record.files)}{source}"


def _inputs(record: Record) -> str:
    """The request's words as given, then the inputs that nobody gave; empty ones are left out."""
    given = [(word.partition("=")[0].replace("-", "_"), word) for word in record.words]
    named = {ALIASES.get(key, key) for key, _ in given} | {*GIVEN_ELSEWHERE}
    words = [word for key, word in given if key not in GIVEN_ELSEWHERE]
    rest = [f"{key}={value}" for key, value in sorted(record.inputs.items()) if value]
    return " ".join([*words, *(word for word in rest if word.partition("=")[0] not in named)])
