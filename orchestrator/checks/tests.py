"""The generated tests: each one ran, none failed; a suite without a test that passed has failed."""

from __future__ import annotations

from collections.abc import Mapping

from orchestrator.api import (
    CheckResult,
    Command,
    Completed,
    Figure,
    Finding,
    Outcome,
    Scope,
)
from orchestrator.checks import testrun
from orchestrator.checks.layout import test_files
from orchestrator.checks.reading import Unreadable, errored, nothing_of_ours
from orchestrator.checks.testlog import (
    ERROR,
    FAILED,
    PASSED,
    SKIPPED,
    XFAILED,
    TestLog,
    describe,
    ends,
    failures,
    read_tests,
)

NAME = "tests"


def commands(scope: Scope) -> tuple[Command, ...]:
    """One run of our tests, shared with coverage, order and traceability."""
    return (testrun.tests(scope),) if test_files(scope) else ()


def parse(scope: Scope, runs: Mapping[str, Completed]) -> CheckResult:
    """Figures total, passed, failed (errors and lost files included), skipped."""
    if not test_files(scope):
        return nothing_of_ours("total", "passed", "skipped")
    try:
        log = read_tests(runs[testrun.TESTS])
        _each_file_took_part(log, scope)
    except (Unreadable, KeyError) as problem:
        return errored(problem, len(test_files(scope)))
    bad = failures(log)
    passed = log.of(PASSED)
    skipped = log.of(SKIPPED, XFAILED)
    figures = (
        Figure("total", len(log.collected)),
        Figure("passed", len(passed), len(log.collected)),
        Figure("failed", len(bad)),
        Figure("skipped", len(skipped)),
    )
    holds = passed and not bad
    outcome = Outcome.PASSED if holds else Outcome.FAILED
    findings = tuple(_finding(test, reason) for test, reason in bad)
    examined = len(log.of(PASSED, FAILED, ERROR, SKIPPED, XFAILED))
    return CheckResult(
        outcome, describe(log), examined, len(log.collected), figures, findings, ends(log)
    )


def _each_file_took_part(log: TestLog, scope: Scope) -> None:
    seen = {test.split("::")[0] for test in (*log.outcomes, *log.not_collected)}
    silent = sorted(set(test_files(scope)) - seen)
    if silent and log.outcomes:
        raise Unreadable(f"no test of {', '.join(silent[:5])} took part")


def _finding(test: str, reason: str) -> Finding:
    path = test.split("::")[0]
    return Finding("test-failed", "high", path, 0, f"{test}: {reason}" if reason else test)
