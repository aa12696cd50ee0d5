"""Secrets that a change brings into any file; a comment that allows one hides nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

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
BEFORE = "secrets_before"
_Row = Mapping[str, object]
_Same = tuple[object, object, object]


def commands(scope: Scope) -> tuple[Command, ...]:
    """detect-secrets over every changed file, with our change and without it.

    In tests only keys of a known form count.
    """
    if not scope.changed:
        return ()
    search = _search(scope)
    return search, replace(search, name=BEFORE, tree="base")


def _search(scope: Scope) -> Command:
    tests = tuple(word for path in scope.tests for word in ("--test", path))
    argv = ("{tools}", "-I", "{gate}/find_secrets.py", "--report", "{out}/secrets.json", *tests)
    return Command(
        name=NAME,
        argv=(*argv, "--", *scope.changed),
        files=(script("find_secrets.py"),),
        outputs=("secrets.json",),
        timeout=120,
    )


def parse(scope: Scope, runs: Mapping[str, Completed]) -> CheckResult:
    """Figure found: secrets that the change brought; those that were there are the host's."""
    if not scope.changed:
        return nothing_of_ours()
    try:
        examined, rows = _report(runs, NAME)
        same_paths(examined, scope.changed, "the search for secrets")
        there = Counter(map(_same, _report(runs, BEFORE)[1])) if BEFORE in runs else Counter()
        brought = [one for one in rows if not _taken(there, _same(one))]
        findings = tuple(
            Finding(
                "SECRET",
                "high",
                word(one.get("path"), "a path"),
                number(one.get("line"), "a line"),
                word(one.get("type"), "a type"),
            )
            for one in brought
        )
    except Unreadable as problem:
        return errored(problem, len(scope.changed))
    hosts = len(rows) - len(findings)
    was = f", and {hosts} that the host had" if hosts else ""
    return CheckResult(
        Outcome.FAILED if findings else Outcome.PASSED,
        f"{len(findings)} in {len(scope.changed)} files{was}",
        len(examined),
        len(scope.changed),
        (Figure("found", len(findings)),),
        findings,
    )


def _report(runs: Mapping[str, Completed], name: str) -> tuple[set[str], list[_Row]]:
    """The files that a search looked at, and what it found."""
    run = ended(runs, name, (0,))
    report = mapping(document(output(run, "secrets.json"), "secrets"), "the report")
    examined = {word(one, "a path") for one in sequence(report.get("examined"), "examined")}
    rows = [mapping(one, "a finding") for one in sequence(report.get("findings"), "findings")]
    return examined, rows


def _same(row: _Row) -> _Same:
    """What a secret keeps when its line moves."""
    return row.get("path"), row.get("type"), row.get("mark")


def _taken(there: Counter[_Same], one: _Same) -> bool:
    """Strike one of these off the list; False when none is left."""
    left = there[one] > 0
    there[one] -= left
    return left
