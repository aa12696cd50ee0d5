"""The generated tests again, in the opposite order: nothing may change."""

from __future__ import annotations

from collections.abc import Mapping

from orchestrator.api import CheckResult, Command, Completed, Figure, Finding, Outcome, Scope
from orchestrator.checks import testrun
from orchestrator.checks.layout import test_files
from orchestrator.checks.reading import Unreadable, errored, nothing_of_ours
from orchestrator.checks.testlog import read_tests

NAME = "order"


def commands(scope: Scope) -> tuple[Command, ...]:
    """The shared run in a fixed shuffled order, and one in the reverse of it."""
    return (testrun.tests(scope), testrun.reordered(scope)) if test_files(scope) else ()


def parse(scope: Scope, runs: Mapping[str, Completed]) -> CheckResult:
    """Figure disagreements: tests that ended differently, or were only in one of the runs."""
    if not test_files(scope):
        return nothing_of_ours()
    try:
        first = read_tests(runs[testrun.TESTS]).outcomes
        second = read_tests(runs[testrun.ORDER]).outcomes
    except (Unreadable, KeyError) as problem:
        return errored(problem, len(test_files(scope)))
    everything = sorted({*first, *second})
    if not everything:
        return nothing_of_ours()
    differing = [test for test in everything if first.get(test) != second.get(test)]
    findings = tuple(
        Finding(
            "order-dependent",
            "high",
            test.split("::")[0],
            0,
            f"{test}: {first.get(test, 'absent')}, then {second.get(test, 'absent')}",
        )
        for test in differing
    )
    outcome = Outcome.FAILED if differing else Outcome.PASSED
    reason = f"{len(everything)} tests in both orders, {len(differing)} ended differently"
    figures = (Figure("disagreements", len(differing)),)
    examined = len({*first} & {*second}) if not differing else len(everything)
    return CheckResult(outcome, reason, examined, len(everything), figures, findings)
