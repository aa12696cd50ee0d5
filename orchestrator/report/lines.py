"""The evidence lines of a report: what was measured, how it came out, where to look it up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date
from pathlib import PurePosixPath

from orchestrator.core.record.record import (
    CheckData,
    ConditionData,
    DependencyData,
    DocumentData,
    FileData,
    ObservationData,
    Record,
)
from orchestrator.report.entry import (
    LONGEST_WORD,
    WIDTH,
    Evidence,
    field_text,
    ref_text,
    shortened,
)
from orchestrator.report.phrases import (
    asked_of,
    completeness,
    conditions_on,
    figure_text,
    gate_text,
    pattern_name,
    score_text,
    value_text,
    verified_text,
)

FEW = 6
# Checks whose reason is a line of its own that says all their figures.
TOLD_BY_REASON = frozenset({"attack"})


def evidence_of(record: Record, name: str) -> Iterable[Evidence]:
    """Every evidence line of a record, in order; `name` is what they refer to."""
    return map(_tidy, _lines_of(record, name))


def _lines_of(record: Record, name: str) -> Iterable[Evidence]:
    for check in record.checks:
        yield Evidence(check.name, _check(check, record), (f"{name}#{check.name}",))
    yield from _unmeasured(record, name)
    if record.gate is not None:
        yield Evidence("gate", gate_text(record), (f"{name}#gate",))
    yield from _requirement_lines(record, name)
    yield from _implementation(record.files, name)
    yield from _dependency_lines(record.dependencies)
    for pattern in record.patterns:
        text = f"{pattern_name(pattern)}: {score_text(pattern)}"
        yield Evidence("pattern", text, (f"{name}#pattern/{pattern.name}",))
    yield from _answers(record, name)
    yield from (_memory(one, name) for one in record.observations)
    yield from (_document(one, record.decided_at, name) for one in record.documents)


def _check(check: CheckData, record: Record) -> str:
    if check.name in TOLD_BY_REASON and check.outcome in ("passed", "failed"):
        return f"{check.outcome}, {check.reason}"
    parts = [*_measured(check, conditions_on(record, check.name))]
    parts.append(f"examined {check.examined}/{check.expected}")
    if check.outcome != "passed" and check.reason:
        return f"{check.outcome}: {check.reason}; {', '.join(parts)}"
    doubled = parts[0].split(" ", 1)[0] == check.outcome
    return ", ".join(parts if doubled else [check.outcome, *parts])


def _measured(check: CheckData, conditions: tuple[ConditionData, ...]) -> Iterable[str]:
    """The check's plain figures and those that a condition reads, with what it asks of them."""
    judged = {one.metric.split(".", 1)[1]: one for one in conditions}
    shown = [one for one in check.figures if one.id in judged or "." not in one.id]
    for figure in sorted(shown, key=lambda one: one.id != check.outcome):
        condition = judged.get(figure.id)
        as_percent = condition is not None and condition.unit == "percent"
        asked = f" ({asked_of(condition)})" if condition else ""
        yield f"{figure.id} {figure_text(figure, as_percent=as_percent)}{asked}"


def _unmeasured(record: Record, name: str) -> Iterable[Evidence]:
    """A line for every condition whose check left no result, so that none goes unseen."""
    ran = {check.name for check in record.checks}
    for condition in record.gate.conditions if record.gate else ():
        if condition.metric.split(".", 1)[0] not in ran:
            text = f"{condition.outcome}: {condition.reason} ({asked_of(condition)})"
            yield Evidence(condition.metric, text, (f"{name}#gate",))


def _requirement_lines(record: Record, name: str) -> Iterable[Evidence]:
    if not record.requirements:
        return
    ids = ", ".join(one.id for one in record.requirements if one.status == "verified")
    text = f"{verified_text(record)}{f': {ids}' if ids else ''}"
    yield Evidence("requirements", text, (f"{name}#requirements",))
    for one in record.requirements:
        if one.status != "verified":
            yield Evidence(f"requirement {one.id}", one.status, (f"{name}#requirements",))


def _implementation(files: tuple[FileData, ...], name: str) -> Iterable[Evidence]:
    """The places of the files, in as many evidence lines as they need."""
    result = completeness(files)
    refs: list[str] = []
    for place in _places(files):
        ref = ref_text(place)
        ref = ref if len(ref) <= LONGEST_WORD else f"{name}#files"
        line = f"evidence: implementation|result={result}|ref={','.join([*refs, ref])}"
        if refs and len(line) > WIDTH:
            yield Evidence("implementation", result, tuple(refs))
            refs, result = [], "continued"
        refs.append(ref)
    if refs:
        yield Evidence("implementation", result, tuple(refs))


def _places(files: tuple[FileData, ...]) -> Iterable[str]:
    """Every path; but a folder stands for what was created in and below it, from FEW files on."""
    created = [PurePosixPath(one.path) for one in files if one.change == "create"]
    counts = Counter(path.parent for path in created)
    full = [one for one, count in counts.items() if count >= FEW and one.name]
    outer = {one for one in full if not any(other in one.parents for other in full)}
    yield from sorted(f"{one}/" for one in outer)
    for file in files:
        if file.change != "create" or not outer & {*PurePosixPath(file.path).parents}:
            yield file.path


def _answers(record: Record, name: str) -> Iterable[Evidence]:
    if record.origins:
        text = ", ".join(
            f"{key}={value_text(record.answers.get(key))} ({origin})"
            for key, origin in sorted(record.origins.items())
        )
        yield Evidence("answers", text, (f"{name}#answers",))


def _dependency_lines(dependencies: tuple[DependencyData, ...]) -> Iterable[Evidence]:
    for manifest in dict.fromkeys(one.manifest for one in dependencies):
        mine = [one for one in dependencies if one.manifest == manifest]
        added = " ".join(one.requirement for one in mine if one.added)
        there = " ".join(one.requirement for one in mine if not one.added)
        parts = [
            f"added {added}" if added else "",
            f"named there already, needed {there}" if there else "",
        ]
        yield Evidence("dependencies", "; ".join(filter(None, parts)), (manifest,))


def _memory(one: ObservationData, name: str) -> Evidence:
    path, _, line = (one.place or "").rpartition(":")
    place = f"{path}#L{line}" if path and line.isdigit() else one.place or f"{name}#observations"
    return Evidence("memory", f"{one.decision} {one.subject}: {one.because}", (place,))


def _document(one: DocumentData, decided_at: str, name: str) -> Evidence:
    age, fetched = _age(one.checked_on, decided_at), one.fetched
    if fetched is None:
        origin = "cited by the pattern, nothing fetched"
        text = f"{one.title}: {one.claim}; {origin}, checked on {one.checked_on}{age}"
        return Evidence("document", text, (one.url,))
    library = f"{fetched.library} {fetched.version}".strip()
    origin = f"from {one.origin}, {library}, retrieved on {one.checked_on}{age}"
    refs = (one.url, f"{name}#snippet/{fetched.snippet[:16]}")
    return Evidence("document", f"“{one.title}”: {one.claim}; {origin}", refs)


def _age(checked_on: str, decided_at: str) -> str:
    try:
        days = (date.fromisoformat(decided_at[:10]) - date.fromisoformat(checked_on)).days
    except ValueError:
        return ""
    return f", {days} days before this" if days > 0 else ""


def _tidy(one: Evidence) -> Evidence:
    refs = tuple(shortened(ref_text(ref)) for ref in one.refs if ref)
    return Evidence(field_text(one.name), field_text(one.result), refs)
