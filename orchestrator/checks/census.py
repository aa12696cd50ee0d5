"""Count what our files silence: noqa, nosec, type: ignore, no cover, skip and xfail."""

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

NAME = "census"
_SILENCES = ("noqa", "nosec", "type_ignore", "no_cover")
_SKIPS = ("skip", "xfail")
_KINDS = (*_SILENCES, *_SKIPS, "no_format")


def commands(scope: Scope) -> tuple[Command, ...]:
    """One reading of our sources and tests, by their tokens."""
    files = (*scope.sources, *scope.tests)
    if not files:
        return ()
    argv = ("{tools}", "-I", "{gate}/count_silences.py", "{out}/census.json", *files)
    files_of_gate = (script("count_silences.py"),)
    return (Command("census", argv, files=files_of_gate, outputs=("census.json",)),)


def parse(scope: Scope, runs: Mapping[str, Completed]) -> CheckResult:
    """Figures suppressions and skips, and one for each kind. A layout that was kept from the
    formatter is counted, and is no suppression."""
    files = (*scope.sources, *scope.tests)
    if not files:
        return nothing_of_ours()
    try:
        run = ended(runs, "census", (0,))
        report = mapping(document(output(run, "census.json"), "census"), "the census")
        examined = {word(one, "a path") for one in sequence(report.get("examined"), "examined")}
        same_paths(examined, files, "the census")
        rows = [mapping(one, "a row") for one in sequence(report.get("found"), "found")]
        findings = tuple(_finding(row) for row in rows)
    except Unreadable as problem:
        return errored(problem, len(files))
    counts = {kind: sum(f.rule == kind for f in findings) for kind in _KINDS}
    silences = sum(counts[kind] for kind in _SILENCES)
    skips = sum(counts[kind] for kind in _SKIPS)
    figures = (Figure("suppressions", silences), Figure("skips", skips))
    return CheckResult(
        Outcome.FAILED if silences or skips else Outcome.PASSED,
        f"{silences} suppressions, {skips} skips in {len(files)} files",
        len(examined),
        len(files),
        (*figures, *(Figure(kind, count) for kind, count in counts.items())),
        findings,
    )


def _finding(row: Mapping[str, object]) -> Finding:
    kind = word(row.get("kind"), "a kind")
    if kind not in _KINDS:
        raise Unreadable(f"unknown kind {kind}")
    path, line = word(row.get("path"), "a path"), number(row.get("line"), "a line")
    return Finding(kind, "low", path, line, f"{kind.replace('_', ' ')} silences a check")
