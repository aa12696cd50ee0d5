"""The host's own tests before and after: what passed must still pass; what failed is known."""

from __future__ import annotations

from collections.abc import Mapping

from orchestrator.api import CheckResult, Command, Completed, Figure, Finding, Outcome, Scope
from orchestrator.checks import testrun
from orchestrator.checks.reading import Unreadable, errored, not_applicable
from orchestrator.checks.testlog import PASSED, TestLog, describe, ends, failures, read_tests

NAME = "host_tests"


def commands(scope: Scope) -> tuple[Command, ...]:
    """The host's suite on the tree as it was and on the tree with our change."""
    if not testrun.host_words_known(scope):
        return ()
    return testrun.host_before(scope), testrun.host_after(scope)


def parse(scope: Scope, runs: Mapping[str, Completed]) -> CheckResult:
    """Figures passed_before, passed_after, regressions, known_failures.

    A suite that could not run before, or of which nothing passed, says nothing about the change:
    not_checked. One that could before and cannot after has regressed.
    """
    if not scope.host_tests:
        return not_applicable("the host has no tests")
    if not testrun.host_words_known(scope):
        command = " ".join(scope.host_tests)
        return CheckResult(Outcome.NOT_CHECKED, f"`{command}` is not pytest", 0, 1)
    try:
        before = read_tests(runs[testrun.HOST_BEFORE])
    except (Unreadable, KeyError) as problem:
        return _not_checked(str(problem))
    if before.not_collected or not before.outcomes:
        return _not_checked(_why(before))
    passed = before.of(PASSED)
    if not passed:
        return _none_passed(before)
    try:
        after = read_tests(runs[testrun.HOST_AFTER])
    except (Unreadable, KeyError) as problem:
        return errored(f"after the change: {problem}", len(before.outcomes))
    return _compare(before, after, passed)


def _compare(before: TestLog, after: TestLog, passed: tuple[str, ...]) -> CheckResult:
    broken = [test for test in passed if after.outcomes.get(test) != PASSED]
    known = len(before.outcomes) - len(passed)
    findings = tuple(
        Finding(
            "regression",
            "high",
            test.split("::")[0],
            0,
            f"{test}: passed before, {after.outcomes.get(test, 'not run')} now"
            + (f" ({after.because[test]})" if after.because.get(test) else ""),
        )
        for test in broken
    )
    figures = (
        Figure("passed_before", len(passed), len(before.outcomes)),
        Figure("passed_after", len(after.of(PASSED)), len(after.outcomes)),
        Figure("regressions", len(broken)),
        Figure("known_failures", known),
    )
    return CheckResult(
        Outcome.FAILED if broken else Outcome.PASSED,
        f"before: {describe(before)}; after: {describe(after)}",
        len(before.outcomes),
        len(before.outcomes),
        figures,
        findings,
        ends(after),
    )


def _why(log: TestLog) -> str:
    if log.not_collected:
        where, reason = min(log.not_collected.items())
        return f"{where} could not be collected: {reason}"
    return "no test was collected"


def _none_passed(log: TestLog) -> CheckResult:
    told = next((f"; {test}: {why}" for test, why in failures(log) if why), "")
    count = len(log.outcomes)
    reason = f"the host's tests say nothing about the change: none of {count} passed before{told}"
    return CheckResult(Outcome.NOT_CHECKED, reason, 0, 1)


def _not_checked(why: str) -> CheckResult:
    reason = f"the host's tests could not run before the change: {why}"
    return CheckResult(Outcome.NOT_CHECKED, reason, 0, 1)
