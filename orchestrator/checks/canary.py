"""Does the harness tell the truth? A planted test that must fail has to be reported as failed."""

from __future__ import annotations

from collections.abc import Mapping

from orchestrator.api import CheckResult, Command, Completed, Figure, Outcome, Scope
from orchestrator.checks import testrun
from orchestrator.checks.layout import test_files
from orchestrator.checks.reading import Unreadable, errored, nothing_of_ours
from orchestrator.checks.testlog import ERROR, FAILED, PASSED, read_tests

NAME = "canary"
_WANTED = {
    "test_that_must_fail": FAILED,
    "test_that_must_error": ERROR,
    "test_that_must_pass": PASSED,
}


def commands(scope: Scope) -> tuple[Command, ...]:
    """One run of the planted file alone, under the generated tests' conftest."""
    return (testrun.canary(scope),) if test_files(scope) else ()


def parse(scope: Scope, runs: Mapping[str, Completed]) -> CheckResult:
    """Figure caught: 1 when all three planted tests ended as they must, with exit code 1."""
    if not test_files(scope):
        return nothing_of_ours("caught")
    try:
        run = runs[testrun.CANARY]
        outcomes = read_tests(run).outcomes
    except (Unreadable, KeyError) as problem:
        return errored(problem, len(_WANTED))
    path = testrun.canary_path(scope)
    wrong = [name for name, end in _WANTED.items() if outcomes.get(f"{path}::{name}") != end]
    caught = not wrong and run.exit_code == 1 and len(outcomes) == len(_WANTED)
    reason = "the planted failures were reported" if caught else _lie(wrong)
    return CheckResult(
        Outcome.PASSED if caught else Outcome.FAILED,
        reason,
        len(outcomes),
        len(_WANTED),
        (Figure("caught", int(caught)),),
    )


def _lie(wrong: list[str]) -> str:
    named = ", ".join(wrong) or "the whole run"
    return f"the test harness misreports {named}: no result of these tests can be believed"
