"""Is each requirement claimed by code and verified by a test that passed in this very run?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from orchestrator.api import CheckResult, Command, Completed, Figure, Finding, Outcome, Scope
from orchestrator.checks import testrun
from orchestrator.checks.layout import test_files
from orchestrator.checks.reading import (
    Unreadable,
    ended,
    errored,
    not_applicable,
    text_of,
)
from orchestrator.checks.testlog import PASSED, TestLog, read_tests

NAME = "traceability"
_ROW = re.compile(r"(?P<path>[^\0\n]+)\0(?P<line>\d+)\0(?P<text>.*)")
_CLAIM = re.compile(r"#\s*@req\s+(?P<ids>[A-Z][\w./-]*(?:\s*,\s*[A-Z][\w./-]*)*)")


def commands(scope: Scope) -> tuple[Command, ...]:
    """The claims in the tree, our tests, and the host's tests where the story names one."""
    if not scope.requirements:
        return ()
    grep = ("git", "grep", "--no-index", "-I", "-n", "-z", "--no-color", "-E", "-e", "# *@req ")
    found = [Command("claims", (*grep, "--", "*.py"), timeout=60)]
    if test_files(scope):
        found.append(testrun.tests(scope))
    if scope.verified_by and testrun.host_words(scope) is not None:
        found.append(testrun.host_after(scope))
    return tuple(found)


def parse(scope: Scope, runs: Mapping[str, Completed]) -> CheckResult:
    """Figures verified and claimed (of all requirements), unknown (ids that the story lacks)."""
    wanted = scope.requirements
    if not wanted:
        return not_applicable("the story has no requirement")
    try:
        claims = dict(_claims(runs))
        log = read_tests(runs[testrun.TESTS]) if test_files(scope) else None
        host = _host_verified(scope, runs)
    except (Unreadable, KeyError) as problem:
        return errored(problem, len(wanted))
    claimed = {one for place, ids in claims.items() if not _in_tests(place, scope) for one in ids}
    tested = _tested(log)
    verified = [one for one in wanted if (one in claimed and one in tested) or one in host]
    ours = {id_ for (path, _), ids in claims.items() if path in scope.sources for id_ in ids}
    unknown = sorted((ours | _marked(log)) - set(wanted))
    gaps = tuple(_gap(one, claimed, tested) for one in wanted if one not in verified)
    strange = tuple(
        Finding("unknown-id", "medium", "", 0, f"{one}: not in the story") for one in unknown
    )
    figures = (
        Figure("verified", len(verified), len(wanted)),
        Figure("claimed", len(claimed & set(wanted)), len(wanted)),
        Figure("unknown", len(unknown)),
    )
    holds = not gaps and not unknown
    reason = f"{len(verified)} of {len(wanted)} requirements verified"
    outcome = Outcome.PASSED if holds else Outcome.FAILED
    return CheckResult(outcome, reason, len(wanted), len(wanted), figures, (*gaps, *strange))


def _claims(runs: Mapping[str, Completed]) -> Iterator[tuple[tuple[str, int], frozenset[str]]]:
    run = ended(runs, "claims", (0, 1))
    text = text_of(run.stdout, "git grep")
    if (run.exit_code == 0) is not bool(text):
        raise Unreadable(f"git grep ended with {run.exit_code} and {len(text)} characters")
    if text and not text.endswith("\n"):
        raise Unreadable("git grep was cut off")
    for line in text.split("\n")[:-1]:
        row = _ROW.match(line)
        if row is None:
            raise Unreadable("git grep wrote a line that cannot be read")
        claim = _CLAIM.search(row["text"])
        if claim:
            ids = frozenset(one.strip() for one in claim["ids"].split(","))
            yield (row["path"], int(row["line"])), ids


def _in_tests(place: tuple[str, int], scope: Scope) -> bool:
    path = PurePosixPath(place[0])
    return place[0] in scope.tests or path.name.startswith("test_") or "tests" in path.parts


def _tested(log: TestLog | None) -> frozenset[str]:
    """Requirements with a test that passed and none that did not."""
    if log is None:
        return frozenset()
    good = {id_ for test in log.of(PASSED) for id_ in log.requirements[test]}
    bad = {id_ for test, how in log.outcomes.items() if how in ("failed", "error")
           for id_ in log.requirements[test]}  # fmt: skip
    return frozenset(good - bad)


def _marked(log: TestLog | None) -> frozenset[str]:
    return (
        frozenset(one for ids in log.requirements.values() for one in ids) if log else frozenset()
    )


def _host_verified(scope: Scope, runs: Mapping[str, Completed]) -> frozenset[str]:
    if not scope.verified_by or testrun.host_words(scope) is None:
        return frozenset()
    passed = set(read_tests(runs[testrun.HOST_AFTER]).of(PASSED))
    return frozenset(id_ for id_, test in scope.verified_by if _passes(test, passed))


def _passes(wanted: str, passed: set[str]) -> bool:
    return any(test == wanted or test.startswith((f"{wanted}[", f"{wanted}::")) for test in passed)


def _gap(one: str, claimed: set[str], tested: frozenset[str]) -> Finding:
    lacks = [
        text
        for text, there in (("no code claims it", claimed), ("no test of it passed", tested))
        if one not in there
    ]
    return Finding("unverified", "high", "", 0, f"{one}: {' and '.join(lacks) or 'a test failed'}")
