"""A gate's answer as text and as data: conditions, figures, findings; judges nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from orchestrator.core.gate.check import CheckResult, Figure, Finding, Outcome
from orchestrator.core.gate.policy import Condition, Judged, Verdict
from orchestrator.report.entry import plain

_SHOWN = 20
_OPERATORS = {">=": "at least", "<=": "at most", "==": "must be"}


def gate_text(
    title: str,
    results: Mapping[str, CheckResult],
    verdict: Verdict,
    differs: Sequence[str] = (),
) -> str:
    """The verdict, what keeps the gate closed, then everything that was measured."""
    open_ = "open" if verdict.passed else "closed"
    lines = [f"{title}: the gate {verdict.level} is {open_}"]
    lines += _section("CLOSED BY:", (judged_text(one) for one in verdict.closed_by))
    lines += _section("FORGIVEN:", (judged_text(one) for one in verdict.forgiven))
    for name in dict.fromkeys(one.condition.check for one in verdict.closed_by):
        if name in results:
            lines += _section(f"FINDINGS of {name}:", _findings(results[name].findings))
    lines += _section("CHECKS:", (_check(name, one) for name, one in results.items()))
    lines += _section("NOT AS RECORDED:", differs)
    return "\n".join(lines) + "\n"


def gate_document(
    results: Mapping[str, CheckResult], verdict: Verdict, differs: Sequence[str] = ()
) -> dict[str, object]:
    """The same as plain data; integers only."""
    return {
        "outcome": "passed" if verdict.passed else "closed",
        "level": verdict.level,
        "conditions": [_condition_data(one) for one in verdict.judged],
        "checks": [_check_data(name, one) for name, one in results.items()],
        "differs": list(differs),
    }


def figure_text(figure: Figure) -> str:
    """A count, or a share with its percentage cut off after one decimal."""
    if figure.den is None:
        return str(figure.num)
    if figure.den == 0:
        return f"{figure.num}/0"
    tenths = figure.num * 1000 // figure.den
    return f"{figure.num}/{figure.den} ({tenths // 10}.{tenths % 10}%)"


def judged_text(one: Judged) -> str:
    """One condition: what was asked, what was found."""
    asked = f"{one.condition.metric} {_wanted(one.condition)}"
    found = figure_text(one.actual) if one.actual else one.outcome.value.replace("_", " ")
    reason = f" ({one.reason})" if one.reason else ""
    return f"{one.condition.id}: {asked}, found {found}{reason}"


def _wanted(condition: Condition) -> str:
    unit = "%" if condition.unit == "percent" else ""
    return f"{_OPERATORS[condition.op]} {condition.value}{unit}"


def _section(title: str, lines: Iterator[str] | Sequence[str]) -> list[str]:
    found = [f"  {plain(line)}" for line in lines]
    return [title, *found] if found else []


def _findings(findings: Sequence[Finding]) -> Iterator[str]:
    for one in findings[:_SHOWN]:
        place = f"{one.path}:{one.line}" if one.line else one.path
        told = "" if one.message.startswith(one.path) else f" {place}"
        yield f"{one.severity} {one.rule}{told} {one.message}"
    if len(findings) > _SHOWN:
        yield f"… and {len(findings) - _SHOWN} more"


def _check(name: str, result: CheckResult) -> str:
    outcome = result.outcome.value.replace("_", " ")
    figures = ", ".join(f"{one.id} {figure_text(one)}" for one in result.figures)
    examined = f"examined {result.examined} of {result.expected}"
    said = "" if result.outcome is Outcome.PASSED else f" - {result.reason}"
    return f"{name}: {outcome}, {examined}" + (f"; {figures}" if figures else "") + said


def _condition_data(one: Judged) -> dict[str, object]:
    condition = one.condition
    return {
        "id": condition.id,
        "metric": condition.metric,
        "op": condition.op,
        "value": condition.value,
        "unit": condition.unit,
        "must": condition.must,
        "unmeasured": condition.unmeasured,
        "outcome": one.outcome.value,
        "actual": _figure_data(one.actual) if one.actual else None,
        "reason": one.reason,
    }


def _check_data(name: str, result: CheckResult) -> dict[str, object]:
    return {
        "name": name,
        "outcome": result.outcome.value,
        "reason": result.reason,
        "examined": result.examined,
        "expected": result.expected,
        "figures": [_figure_data(one) for one in result.figures],
        "findings": [
            {
                "rule": one.rule,
                "severity": one.severity,
                "path": one.path,
                "line": one.line,
                "message": one.message,
            }
            for one in result.findings
        ],
    }


def _figure_data(figure: Figure) -> dict[str, object]:
    return {"id": figure.id, "num": figure.num, "den": figure.den}
