"""Are our files formatted as the host formats? Only layout settings are taken from the host."""

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
    relative,
    same_paths,
    sequence,
    word,
)

NAME = "format"


def commands(scope: Scope) -> tuple[Command, ...]:
    """Ruff's formatter in checking mode, with the host's line length, quotes and indents."""
    files = (*scope.sources, *scope.tests)
    if not files:
        return ()
    argv = ("{tools}", "-I", "{gate}/formatted.py", "{out}/formatted.json", *files)
    return (Command("format", argv, files=(script("formatted.py"),), outputs=("formatted.json",)),)


def parse(scope: Scope, runs: Mapping[str, Completed]) -> CheckResult:
    """Figure changed: files that the formatter would change."""
    files = (*scope.sources, *scope.tests)
    if not files:
        return nothing_of_ours()
    try:
        run = ended(runs, "format", (0,))
        report = mapping(document(run.outputs.get("formatted.json", b""), "format"), "the report")
        trouble = sequence(report.get("trouble"), "the troubles")
        examined = {relative(word(one, "a path")) for one in sequence(report.get("same"), "same")}
        changed = sorted(
            relative(word(one, "a path")) for one in sequence(report.get("changed"), "changed")
        )
        if trouble:
            raise Unreadable(f"ruff format: {trouble[0]}")
        same_paths({*examined, *changed}, files, "ruff format")
    except Unreadable as problem:
        return errored(problem, len(files))
    findings = tuple(Finding("format", "low", path, 0, "would be reformatted") for path in changed)
    return CheckResult(
        Outcome.FAILED if changed else Outcome.PASSED,
        f"{len(changed)} of {len(files)} files would change",
        len(files),
        len(files),
        (Figure("changed", len(changed)),),
        findings,
    )
