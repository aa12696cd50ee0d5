"""mypy --strict over our sources with the gate's configuration, against the real dependencies."""

from __future__ import annotations

import re
from collections.abc import Mapping

from orchestrator.api import CheckResult, Command, Completed, Figure, Finding, Outcome, Scope
from orchestrator.checks.gate_files import MYPY_INI
from orchestrator.checks.layout import import_roots
from orchestrator.checks.reading import (
    Unreadable,
    ended,
    errored,
    nothing_of_ours,
    relative,
    text_of,
)

NAME = "types"
_LINE = re.compile(r"(?P<path>[^:\n]+):(?P<line>\d+): error: (?P<text>.*)")
_SUMMARY = re.compile(
    r"(?:Success: no issues found in (?P<clean>\d+) source files?"
    r"|Found (?P<errors>\d+) errors? in \d+ files? "
    r"\((?:checked (?P<checked>\d+) source files?|errors prevented further checking)\))\Z"
)


def commands(scope: Scope) -> tuple[Command, ...]:
    """One cold run; the tools' mypy looks at the measured environment's packages."""
    if not scope.sources:
        return ()
    argv = ("{tools}", "-I", "-m", "mypy", "--config-file", "{gate}/mypy.ini")
    path = ":".join(f"{{tree}}/{root}" if root != "." else "{tree}" for root in import_roots(scope))
    return (
        Command(
            name="types",
            argv=(*argv, "--python-executable", "{python}", "--", *scope.sources),
            files=(MYPY_INI,),
            env=(("MYPYPATH", path),),
            timeout=300,
        ),
    )


def parse(scope: Scope, runs: Mapping[str, Completed]) -> CheckResult:
    """Figure errors. A syntax error keeps mypy from checking and is counted like any other."""
    if not scope.sources:
        return nothing_of_ours()
    try:
        run = ended(runs, "types", (0, 1, 2))
        lines = text_of(run.stdout, "mypy").splitlines()
        summary = _SUMMARY.match(lines[-1]) if lines else None
        if summary is None:
            raise Unreadable(f"mypy ended with {run.exit_code} and without a summary")
        findings = tuple(_finding(found) for found in map(_LINE.match, lines) if found)
        _consistent(summary, len(findings), run.exit_code)
    except Unreadable as problem:
        return errored(problem, len(scope.sources))
    examined = int(summary["clean"] or summary["checked"] or 0)
    if not findings and examined != len(scope.sources):
        return errored(f"mypy examined {examined} files", len(scope.sources))
    return CheckResult(
        Outcome.FAILED if findings else Outcome.PASSED,
        f"{len(findings)} errors in {len(scope.sources)} files",
        examined,
        len(scope.sources),
        (Figure("errors", len(findings)),),
        findings,
    )


def _consistent(summary: re.Match[str], found: int, exit_code: int | None) -> None:
    said = int(summary["errors"] or 0)
    if said != found or (exit_code == 0) is bool(found):
        raise Unreadable(f"mypy says {said} errors, lists {found} and ended with {exit_code}")


def _finding(found: re.Match[str]) -> Finding:
    return Finding(
        "mypy", "medium", relative(found["path"]), int(found["line"]), found["text"].strip()
    )
