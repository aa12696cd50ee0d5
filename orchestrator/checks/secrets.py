"""Secrets in any file of the change; a comment that allows one hides nothing."""

from __future__ import annotations

from collections.abc import Mapping

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
    same_paths,
    sequence,
    word,
)

NAME = "secrets"


def commands(scope: Scope) -> tuple[Command, ...]:
    """detect-secrets over every changed file; in tests only keys of a known form count."""
    if not scope.changed:
        return ()
    tests = tuple(word for path in scope.tests for word in ("--test", path))
    argv = (
        "{tools}",
        "-I",
        "{gate}/find_secrets.py",
        "--report",
        "{out}/secrets.json",
        *tests,
        "--",
    )
    return (
        Command(
            name="secrets",
            argv=(*argv, *scope.changed),
            files=(script("find_secrets.py"),),
            outputs=("secrets.json",),
            timeout=120,
        ),
    )


def parse(scope: Scope, runs: Mapping[str, Completed]) -> CheckResult:
    """Figure found: secrets in changed files."""
    if not scope.changed:
        return nothing_of_ours()
    try:
        run = ended(runs, "secrets", (0,))
        report = mapping(document(output(run, "secrets.json"), "secrets"), "the report")
        examined = {word(one, "a path") for one in sequence(report.get("examined"), "examined")}
        same_paths(examined, scope.changed, "the search for secrets")
        rows = [mapping(one, "a finding") for one in sequence(report.get("findings"), "findings")]
        findings = tuple(
            Finding(
                "SECRET",
                "high",
                word(one.get("path"), "a path"),
                number(one.get("line"), "a line"),
                word(one.get("type"), "a type"),
            )
            for one in rows
        )
    except Unreadable as problem:
        return errored(problem, len(scope.changed))
    return CheckResult(
        Outcome.FAILED if findings else Outcome.PASSED,
        f"{len(findings)} in {len(scope.changed)} files",
        len(examined),
        len(scope.changed),
        (Figure("found", len(findings)),),
        findings,
    )
