"""Ruff over our files with the gate's own rules; the host's configuration and noqa hide nothing."""

from __future__ import annotations

from collections.abc import Mapping

from orchestrator.api import CheckResult, Command, Completed, Figure, Finding, Outcome, Scope
from orchestrator.checks.layout import tests_folder
from orchestrator.checks.reading import (
    Unreadable,
    document,
    ended,
    errored,
    mapping,
    nothing_of_ours,
    relative,
    same_paths,
    sequence,
    text_of,
    word,
)

NAME = "lint"
_RULES = "E4,E7,E9,F,W,B,UP,S,C4,SIM,RUF,PT,ARG,N"
# Literal keys are judged by our own rules (security_lint), which know a token type from a secret;
# N818 and PT023 are matters of taste.
_NOT = "S105,S106,S107,N818,PT023"
_IN_TESTS = "S,ARG,PLR"
_RUFF = ("{tools}", "-I", "-m", "ruff", "check", "--isolated", "--no-cache")


def commands(scope: Scope) -> tuple[Command, ...]:
    """As configured by the gate; once more with noqa ignored; and which files ruff looks at."""
    files = (*scope.sources, *scope.tests)
    if not files:
        return ()
    select = ("--select", _RULES, "--ignore", _NOT, "--target-version", "py311")
    folder = tests_folder(scope)
    spare = tuple(f"{path}:{rule}" for path in scope.tests for rule in _IN_TESTS.split(","))
    apart = (f"{folder}/*:{rule}" for rule in _IN_TESTS.split(","))
    excused = ",".join(spare if folder == "." else apart)
    excuse = ("--per-file-ignores", excused) if scope.tests else ()
    words = (*_RUFF, *select, *excuse, "--output-format", "json")
    return (
        Command("lint", (*words, "--", *files), timeout=60),
        Command("lint_unsilenced", (*words, "--ignore-noqa", "--", *files), timeout=60),
        Command("lint_files", (*_RUFF, "--show-files", "--", *files), timeout=60),
    )


def parse(scope: Scope, runs: Mapping[str, Completed]) -> CheckResult:
    """Figures findings (all of them, silenced or not) and hidden (those that noqa silences)."""
    files = (*scope.sources, *scope.tests)
    if not files:
        return nothing_of_ours()
    try:
        seen = text_of(ended(runs, "lint_files", (0,)).stdout, "ruff").splitlines()
        examined = {relative(line) for line in seen if line}
        same_paths(examined, files, "ruff")
        open_ = _findings(runs, "lint")
        everything = _findings(runs, "lint_unsilenced")
    except Unreadable as problem:
        return errored(problem, len(files))
    hidden = max(0, len(everything) - len(open_))
    worst = everything if len(everything) >= len(open_) else open_
    return CheckResult(
        Outcome.FAILED if worst else Outcome.PASSED,
        f"{len(worst)} findings in {len(examined)} files, {hidden} of them silenced",
        len(examined),
        len(files),
        (Figure("findings", len(worst)), Figure("hidden", hidden)),
        worst,
    )


def _findings(runs: Mapping[str, Completed], name: str) -> tuple[Finding, ...]:
    run = ended(runs, name, (0, 1))
    rows = sequence(document(run.stdout, "ruff"), "ruff's report")
    if (run.exit_code == 0) is bool(rows):
        raise Unreadable(f"ruff ended with {run.exit_code} and {len(rows)} findings")
    return tuple(_finding(mapping(row, "a finding")) for row in rows)


def _finding(row: Mapping[str, object]) -> Finding:
    place = mapping(row.get("location") or {"row": 0}, "a place")
    line = place.get("row", 0)
    code = row.get("code") or "invalid-syntax"
    severe = code in ("invalid-syntax", "E902", "F821", "E999")
    return Finding(
        str(code),
        "high" if severe else "medium",
        relative(word(row.get("filename"), "a file name")),
        line if isinstance(line, int) else 0,
        word(row.get("message"), "a message"),
    )
