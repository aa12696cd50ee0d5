"""Bandit, and the gate's own rules on how tokens and keys are used; nosec hides nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from orchestrator.api import CheckResult, Command, Completed, Figure, Finding, Outcome, Scope
from orchestrator.checks.gate_files import script
from orchestrator.checks.reading import (
    Unreadable,
    document,
    ended,
    errored,
    mapping,
    nothing_of_ours,
    number,
    output,
    relative,
    same_paths,
    sequence,
    word,
)

NAME = "security_lint"
Severity = Literal["low", "medium", "high"]
_SEVERITIES: tuple[Severity, ...] = ("high", "medium", "low")


def commands(scope: Scope) -> tuple[Command, ...]:
    """Bandit and our rules, over our sources."""
    if not scope.sources:
        return ()
    bandit = ("{tools}", "-I", "-m", "bandit", "-q", "-f", "json", "--ignore-nosec")
    rules = ("{tools}", "-I", "{gate}/rules.py", "{out}/rules.json")
    return (
        Command("bandit", (*bandit, "--", *scope.sources), timeout=120),
        Command(
            "rules", (*rules, *scope.sources), files=(script("rules.py"),), outputs=("rules.json",)
        ),
    )


def parse(scope: Scope, runs: Mapping[str, Completed]) -> CheckResult:
    """Figures high, medium, low: findings of bandit and of our rules together."""
    if not scope.sources:
        return nothing_of_ours()
    try:
        findings = (*_bandit(scope, runs), *_rules(scope, runs))
    except Unreadable as problem:
        return errored(problem, len(scope.sources))
    counts = {one: sum(f.severity == one for f in findings) for one in _SEVERITIES}
    reason = ", ".join(f"{count} {name}" for name, count in counts.items())
    worst = counts["high"] + counts["medium"]
    return CheckResult(
        Outcome.FAILED if worst else Outcome.PASSED,
        f"{reason} in {len(scope.sources)} files",
        len(scope.sources),
        len(scope.sources),
        tuple(Figure(name, count) for name, count in counts.items()),
        findings,
    )


def _bandit(scope: Scope, runs: Mapping[str, Completed]) -> tuple[Finding, ...]:
    run = ended(runs, "bandit", (0, 1))
    report = mapping(document(run.stdout, "bandit"), "bandit's report")
    trouble = sequence(report.get("errors"), "bandit's errors")
    if trouble:
        first = mapping(trouble[0], "an error")
        raise Unreadable(f"bandit could not read {first.get('filename')}: {first.get('reason')}")
    metrics = mapping(report.get("metrics"), "bandit's metrics")
    same_paths({relative(path) for path in metrics if path != "_totals"}, scope.sources, "bandit")
    rows = sequence(report.get("results"), "bandit's results")
    if (run.exit_code == 0) is bool(rows):
        raise Unreadable(f"bandit ended with {run.exit_code} and {len(rows)} findings")
    return tuple(_finding(mapping(row, "a result")) for row in rows)


def _finding(row: Mapping[str, object]) -> Finding:
    return Finding(
        word(row.get("test_id"), "a rule"),
        _severity(row.get("issue_severity")),
        relative(word(row.get("filename"), "a file name")),
        number(row.get("line_number"), "a line"),
        word(row.get("issue_text"), "a message"),
    )


def _rules(scope: Scope, runs: Mapping[str, Completed]) -> tuple[Finding, ...]:
    run = ended(runs, "rules", (0,))
    report = mapping(document(output(run, "rules.json"), "rules"), "the report of our rules")
    unread = sequence(report.get("unread"), "unread")
    if unread:
        raise Unreadable(f"our rules could not read {unread[0]}")
    examined = sequence(report.get("examined"), "examined")
    same_paths({word(path, "a path") for path in examined}, scope.sources, "our rules")
    found = (mapping(one, "a finding") for one in sequence(report.get("findings"), "findings"))
    return tuple(
        Finding(
            word(one.get("rule"), "a rule"),
            _severity(one.get("severity")),
            word(one.get("path"), "a path"),
            number(one.get("line"), "a line"),
            word(one.get("message"), "a message"),
        )
        for one in found
    )


def _severity(value: object) -> Severity:
    name = word(value, "a severity").lower()
    for one in _SEVERITIES:
        if one == name:
            return one
    raise Unreadable(f"unknown severity {name}")
