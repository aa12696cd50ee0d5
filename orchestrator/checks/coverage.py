"""Lines and branches of our sources that our tests execute; sums the per-file lists itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from orchestrator.api import CheckResult, Command, Completed, Figure, Finding, Outcome, Scope
from orchestrator.checks import testrun
from orchestrator.checks.layout import test_files
from orchestrator.checks.reading import (
    Unreadable,
    document,
    errored,
    mapping,
    nothing_of_ours,
    output,
    relative,
    same_paths,
    sequence,
)
from orchestrator.checks.testlog import read_tests

NAME = "coverage"
_FORMAT = 3


@dataclass(frozen=True)
class _Counts:
    lines: int
    all_lines: int
    branches: int
    all_branches: int
    excluded: int


def commands(scope: Scope) -> tuple[Command, ...]:
    """The shared run of our tests."""
    return (testrun.tests(scope),) if scope.sources and test_files(scope) else ()


def parse(scope: Scope, runs: Mapping[str, Completed]) -> CheckResult:
    """Figures line and branch (executed of executable), excluded (type-checking lines only)."""
    if not scope.sources or not test_files(scope):
        return nothing_of_ours()
    try:
        run = runs[testrun.TESTS]
        read_tests(run)
        files = _files(document(output(run, "coverage.json"), "coverage"))
        same_paths(set(files), scope.sources, "coverage")
        counts = {path: _counts(path, entry) for path, entry in files.items()}
    except (Unreadable, KeyError) as problem:
        return errored(problem, len(scope.sources))
    total = _sum(list(counts.values()))
    if total.all_lines == 0:
        return nothing_of_ours()
    figures = (
        Figure("line", total.lines, total.all_lines),
        Figure("branch", total.branches, total.all_branches),
        Figure("excluded", total.excluded),
    )
    reason = (
        f"{total.lines}/{total.all_lines} lines, {total.branches}/{total.all_branches} branches"
    )
    unmet = tuple(_finding(path, files[path]) for path in sorted(files) if _misses(counts[path]))
    outcome = Outcome.PASSED if total.lines else Outcome.FAILED
    return CheckResult(outcome, reason, len(files), len(scope.sources), figures, unmet)


def _files(report: object) -> dict[str, Mapping[str, object]]:
    top = mapping(report, "the coverage report")
    meta = mapping(top.get("meta"), "coverage's meta")
    if meta.get("format") != _FORMAT or meta.get("branch_coverage") is not True:
        raise Unreadable("the coverage report has another format, or no branches")
    files = mapping(top.get("files"), "coverage's files")
    return {relative(path): mapping(entry, path) for path, entry in files.items()}


def _counts(path: str, entry: Mapping[str, object]) -> _Counts:
    sizes = {
        name: len(sequence(entry.get(name), f"{name} of {path}"))
        for name in (
            "executed_lines",
            "missing_lines",
            "excluded_lines",
            "executed_branches",
            "missing_branches",
        )
    }
    return _Counts(
        sizes["executed_lines"],
        sizes["executed_lines"] + sizes["missing_lines"],
        sizes["executed_branches"],
        sizes["executed_branches"] + sizes["missing_branches"],
        sizes["excluded_lines"],
    )


def _sum(counts: list[_Counts]) -> _Counts:
    return _Counts(
        sum(one.lines for one in counts),
        sum(one.all_lines for one in counts),
        sum(one.branches for one in counts),
        sum(one.all_branches for one in counts),
        sum(one.excluded for one in counts),
    )


def _misses(counts: _Counts) -> bool:
    return counts.lines < counts.all_lines or counts.branches < counts.all_branches


def _finding(path: str, entry: Mapping[str, object]) -> Finding:
    missing = [n for n in sequence(entry["missing_lines"], path) if isinstance(n, int)]
    branches = sequence(entry["missing_branches"], path)
    shown = ", ".join(str(line) for line in missing[:20])
    text = f"{len(missing)} lines ({shown}) and {len(branches)} branches never ran"
    return Finding("not-covered", "low", path, missing[0] if missing else 0, text)
