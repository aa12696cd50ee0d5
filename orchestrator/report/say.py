"""What a report says about a record; every figure it names has an evidence line beside it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date
from pathlib import PurePosixPath

from orchestrator.core.record import (
    CheckData,
    ConditionData,
    DependencyData,
    DocumentData,
    FigureData,
    FileData,
    ObservationData,
    PatternData,
    Record,
)
from orchestrator.report.entry import (
    LONGEST_WORD,
    WIDTH,
    Entry,
    Evidence,
    FollowUp,
    Risk,
    field_text,
    plain,
    ref_text,
    role_text,
    shortened,
)

OPERATORS = {">=": "at least ", "<=": "at most ", "==": "must be "}
HOLDS = ("passed", "not_applicable")
UNSAID = "not said"
GIVEN_ELSEWHERE = ("story", "skill")
ALIASES = {"patterns": "search_patterns"}
FEW = 6


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
        evidence=tuple(_tidy(one) for one in _evidence(record, name)),
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


def percent(num: int, den: int) -> str:
    """A percentage with one decimal, truncated: 7996 of 10000 is 79.9%."""
    tenths = num * 1000 // den
    return f"{tenths // 10}.{tenths % 10}%"


def figure_text(figure: FigureData, *, as_percent: bool) -> str:
    """A figure with its numbers: `96.2% 203/211`, `148/148` or `3`."""
    if figure.den is None:
        return str(figure.num)
    whole = f"{figure.num}/{figure.den}"
    return f"{percent(figure.num, figure.den)} {whole}" if as_percent and figure.den else whole


def _why(record: Record) -> Iterable[str]:
    if record.requirements:
        yield f"traceability: requirements {_verified(record)}"
    for pattern in record.patterns:
        yield f"search: pattern {_pattern_name(pattern)} fits, {_score(pattern)}"
    for one in record.observations:
        if one.decision != "note" and one.place:
            yield f"memory: {one.decision} {one.subject} ({one.place})"
    if record.gate is not None:
        yield f"policy: the gate is {'open' if record.gate.passed else 'closed'}, {_gate(record)}"
        word = "tolerated" if record.gate.passed else "not held"
        yield from (f"{word}: {text}" for text in _wanting(record))
    yield from (f"note: {note}" for note in record.notes)


def _summary(record: Record) -> str:
    parts = [*_done(record)]
    if record.requirements:
        parts.append(f"requirements {_verified(record)}")
    parts += [
        f"{one.name} {_headline(one, record)}"
        for one in record.checks
        if one.name in ("tests", "coverage")
    ]
    if record.gate is not None:
        parts.append(f"gate {_gate(record)}")
    return "; ".join(parts)


def _done(record: Record) -> Iterable[str]:
    patterns = " and ".join(_pattern_name(one) for one in record.patterns)
    if record.kind == "attempt":
        yield f"nothing was published of {patterns}" if patterns else "nothing was published"
    elif record.files:
        source = f" from {patterns}" if patterns else ""
        yield f"implementation {_complete(record.files)}{source}"


def _complete(files: tuple[FileData, ...]) -> str:
    return f"complete {len(files)} {'file' if len(files) == 1 else 'files'}"


def _inputs(record: Record) -> str:
    """The request's words as given, then the inputs that nobody gave; empty ones are left out."""
    given = [(word.partition("=")[0].replace("-", "_"), word) for word in record.words]
    named = {ALIASES.get(key, key) for key, _ in given} | {*GIVEN_ELSEWHERE}
    words = [word for key, word in given if key not in GIVEN_ELSEWHERE]
    rest = [f"{key}={value}" for key, value in sorted(record.inputs.items()) if value]
    return " ".join([*words, *(word for word in rest if word.partition("=")[0] not in named)])


def _evidence(record: Record, name: str) -> Iterable[Evidence]:
    for check in record.checks:
        yield Evidence(check.name, _check(check, record), (f"{name}#{check.name}",))
    yield from _unmeasured(record, name)
    if record.gate is not None:
        yield Evidence("gate", _gate(record), (f"{name}#gate",))
    yield from _requirement_lines(record, name)
    yield from _implementation(record.files, name)
    yield from _dependency_lines(record.dependencies)
    for pattern in record.patterns:
        text = f"{_pattern_name(pattern)}: {_score(pattern)}"
        yield Evidence("pattern", text, (f"{name}#pattern/{pattern.name}",))
    yield from _answers(record, name)
    yield from (_memory(one, name) for one in record.observations)
    yield from (_document(one, record.decided_at) for one in record.documents)


def _conditions(record: Record, check: str) -> tuple[ConditionData, ...]:
    conditions = record.gate.conditions if record.gate else ()
    return tuple(one for one in conditions if one.metric.split(".", 1)[0] == check)


def _check(check: CheckData, record: Record) -> str:
    parts = [*_measured(check, _conditions(record, check.name))]
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
        asked = f" ({_asked(condition)})" if condition else ""
        yield f"{figure.id} {figure_text(figure, as_percent=as_percent)}{asked}"


def _asked(condition: ConditionData) -> str:
    unit = "%" if condition.unit == "percent" else ""
    asked = f"{OPERATORS.get(condition.op, condition.op)}{condition.value}{unit}"
    return asked if condition.outcome == "passed" else f"{asked}: {condition.outcome}"


def _headline(check: CheckData, record: Record) -> str:
    """The check's shares of a whole, with the numbers of its evidence line; else its outcome."""
    percents = {
        one.metric.split(".", 1)[1]
        for one in _conditions(record, check.name)
        if one.unit == "percent"
    }
    shown = [
        f"{one.id} {figure_text(one, as_percent=one.id in percents)}"
        for one in check.figures
        if one.den and "." not in one.id
    ]
    return " and ".join(shown) if shown else check.outcome


def _unmeasured(record: Record, name: str) -> Iterable[Evidence]:
    """A line for every condition whose check left no result, so that none goes unseen."""
    ran = {check.name for check in record.checks}
    for condition in record.gate.conditions if record.gate else ():
        if condition.metric.split(".", 1)[0] not in ran:
            text = f"{condition.outcome}: {condition.reason} ({_asked(condition)})"
            yield Evidence(condition.metric, text, (f"{name}#gate",))


def _gate(record: Record) -> str:
    gate = record.gate
    if gate is None:
        return ""
    count = sum(one.outcome in HOLDS for one in gate.conditions)
    word = "passed" if gate.passed else "failed"
    return f"{word} {gate.level}, conditions held {count}/{len(gate.conditions)}"


def _wanting(record: Record) -> Iterable[str]:
    for one in record.gate.conditions if record.gate else ():
        if one.outcome not in HOLDS:
            actual = (
                f" {figure_text(one.actual, as_percent=one.unit == 'percent')}"
                if one.actual
                else ""
            )
            because = f": {one.reason}" if one.reason else ""
            yield f"{one.id}: {one.metric}{actual} ({_asked(one)}){because}"


def _verified(record: Record) -> str:
    """How many requirements were verified; how many only claimed, where the gate did not ask."""
    total = len(record.requirements)
    if all(one.name != "traceability" for one in record.checks):
        claimed = sum(one.status != "unmatched" for one in record.requirements)
        return f"claimed {claimed}/{total}, not verified at this level"
    return f"verified {sum(one.status == 'verified' for one in record.requirements)}/{total}"


def _requirement_lines(record: Record, name: str) -> Iterable[Evidence]:
    if not record.requirements:
        return
    ids = ", ".join(one.id for one in record.requirements if one.status == "verified")
    text = f"{_verified(record)}{f': {ids}' if ids else ''}"
    yield Evidence("requirements", text, (f"{name}#requirements",))
    for one in record.requirements:
        if one.status != "verified":
            yield Evidence(f"requirement {one.id}", one.status, (f"{name}#requirements",))


def _implementation(files: tuple[FileData, ...], name: str) -> Iterable[Evidence]:
    """The places of the files, in as many evidence lines as they need."""
    result = _complete(files)
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


def value_text(value: object) -> str:
    """An answer as a person writes it."""
    match value:
        case bool():
            return "true" if value else "false"
        case list() | tuple():
            return f"[{', '.join(map(value_text, value))}]"
        case _:
            return str(value)


def _dependency_lines(dependencies: tuple[DependencyData, ...]) -> Iterable[Evidence]:
    for manifest in dict.fromkeys(one.manifest for one in dependencies):
        mine = [one for one in dependencies if one.manifest == manifest]
        added = " ".join(one.requirement for one in mine if one.added)
        there = " ".join(one.requirement for one in mine if not one.added)
        parts = [f"added {added}" if added else "", f"already there {there}" if there else ""]
        yield Evidence("dependencies", "; ".join(filter(None, parts)), (manifest,))


def _pattern_name(pattern: PatternData) -> str:
    return f"{pattern.name} {pattern.version} ({pattern.id})"


def _score(pattern: PatternData) -> str:
    if not pattern.score.den:
        return "composed, not searched for"
    parts = ", ".join(f"{one.id} {figure_text(one, as_percent=True)}" for one in pattern.parts)
    return f"score {figure_text(pattern.score, as_percent=True)}, the mean of {parts}"


def _memory(one: ObservationData, name: str) -> Evidence:
    path, _, line = (one.place or "").rpartition(":")
    place = f"{path}#L{line}" if path and line.isdigit() else one.place or f"{name}#observations"
    return Evidence("memory", f"{one.decision} {one.subject}: {one.because}", (place,))


def _document(one: DocumentData, decided_at: str) -> Evidence:
    origin = (
        "cited by the pattern, nothing fetched" if one.origin == "pattern" else f"from {one.origin}"
    )
    text = f"{one.title}: {one.claim}; {origin}, checked on {one.checked_on}"
    return Evidence("document", text + _age(one.checked_on, decided_at), (one.url,))


def _age(checked_on: str, decided_at: str) -> str:
    try:
        days = (date.fromisoformat(decided_at[:10]) - date.fromisoformat(checked_on)).days
    except ValueError:
        return ""
    return f", {days} days before this" if days > 0 else ""


def _tidy(one: Evidence) -> Evidence:
    refs = tuple(shortened(ref_text(ref)) for ref in one.refs if ref)
    return Evidence(field_text(one.name), field_text(one.result), refs)
