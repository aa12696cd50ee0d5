"""The phrases that a report is made of: figures, scores, verdicts; each from recorded data."""

from __future__ import annotations

from collections import Counter

from orchestrator.core.record.record import (
    CheckData,
    ConditionData,
    FigureData,
    FileData,
    PatternData,
    Record,
)

OPERATORS = {">=": "at least ", "<=": "at most ", "==": "must be "}
_LEFT = {"delete": "removed", "cut": "cut", "release": "left as yours", "drop": "stay deleted"}
HOLDS = ("passed", "not_applicable")


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


def value_text(value: object) -> str:
    """An answer as a person writes it."""
    match value:
        case bool():
            return "true" if value else "false"
        case list() | tuple():
            return f"[{', '.join(map(value_text, value))}]"
        case _:
            return str(value)


def completeness(files: tuple[FileData, ...]) -> str:
    """How many files stand, changed or left, in words."""
    counts = Counter(one.change for one in files)
    changed = counts["create"] + counts["update"]
    standing = changed + counts["same"]
    told = [f"{counts[change]} {word}" for change, word in _LEFT.items() if counts[change]]
    if not standing:
        return f"taken out: {', '.join(told)}"
    if counts["same"]:
        told.insert(0, f"{changed} changed")
    whole = f"complete {standing} {'file' if standing == 1 else 'files'}"
    return f"{whole}, {', '.join(told)}" if told else whole


def pattern_name(pattern: PatternData) -> str:
    """A pattern by name, version and id."""
    return f"{pattern.name} {pattern.version} ({pattern.id})"


def score_text(pattern: PatternData) -> str:
    """A pattern's score and the parts it is the mean of."""
    if not pattern.score.den:
        return "composed, not searched for"
    parts = ", ".join(f"{one.id} {figure_text(one, as_percent=True)}" for one in pattern.parts)
    return f"score {figure_text(pattern.score, as_percent=True)}, the mean of {parts}"


def conditions_on(record: Record, check: str) -> tuple[ConditionData, ...]:
    """The conditions that read a check's figures."""
    conditions = record.gate.conditions if record.gate else ()
    return tuple(one for one in conditions if one.metric.split(".", 1)[0] == check)


def asked_of(condition: ConditionData) -> str:
    """What a condition asks, and how that came out unless it passed."""
    unit = "%" if condition.unit == "percent" else ""
    asked = f"{OPERATORS.get(condition.op, condition.op)}{condition.value}{unit}"
    return asked if condition.outcome == "passed" else f"{asked}: {condition.outcome}"


def headline(check: CheckData, record: Record) -> str:
    """The check's shares of a whole, with the numbers of its evidence line; else its outcome."""
    percents = {
        one.metric.split(".", 1)[1]
        for one in conditions_on(record, check.name)
        if one.unit == "percent"
    }
    shown = [
        f"{one.id} {figure_text(one, as_percent=one.id in percents)}"
        for one in check.figures
        if one.den and "." not in one.id
    ]
    return " and ".join(shown) if shown else check.outcome


def gate_text(record: Record) -> str:
    """The verdict, the level and how many conditions held."""
    gate = record.gate
    if gate is None:
        return ""
    count = sum(one.outcome in HOLDS for one in gate.conditions)
    word = "passed" if gate.passed else "failed"
    return f"{word} {gate.level}, conditions held {count}/{len(gate.conditions)}"


def verified_text(record: Record) -> str:
    """How many requirements were verified; how many only claimed, where the gate did not ask."""
    total = len(record.requirements)
    if all(one.name != "traceability" for one in record.checks):
        claimed = sum(one.status != "unmatched" for one in record.requirements)
        return f"claimed {claimed}/{total}, not verified at this level"
    return f"verified {sum(one.status == 'verified' for one in record.requirements)}/{total}"
