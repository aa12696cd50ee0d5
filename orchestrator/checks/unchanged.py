"""The host answers as before: its own routes, asked in both trees; what differs closes the gate."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from orchestrator.api import CheckResult, Command, Completed, Figure, Finding, Outcome, Scope, Tree
from orchestrator.checks.answers import (
    OUTPUT,
    Heard,
    Other,
    differences,
    heard,
    sometimes_late,
    unguarded,
)
from orchestrator.checks.gate_files import script
from orchestrator.checks.reading import Unreadable, errored, not_applicable, nothing_of_ours
from orchestrator.checks.routes import FRAMEWORKS, how_imported

NAME = "unchanged"
BEFORE, AFTER = "unchanged_before", "unchanged_after"
_SECONDS = 300
_FINDINGS = 50
# What an answer of a pattern asks for: `headers_scope=app` of http-security is about every route.
_HEADERS = frozenset(
    {"cache-control", "content-security-policy", "referrer-policy", "x-content-type-options"}
    | {"strict-transport-security", "x-request-id"}
)
_ASKED_FOR = {("headers_scope", "app"): _HEADERS}


def commands(scope: Scope) -> tuple[Command, ...]:
    """Two processes of the tree before, one after the other, and one of the tree with the change.

    Each runs in a copy of its tree with files of its own, on the loopback.
    """
    if _refused(scope) is not None:
        return ()
    return _asking(scope, "base"), _asking(scope, "candidate")


def _asking(scope: Scope, tree: Tree) -> Command:
    framework = scope.served.framework if scope.served else ""
    asks = ("observe.py", "asking.py", "describing.py")
    serves = ("serve_app.py", "list_routes.py", "guards.py", f"{framework}_routes.py")
    processes = "2" if tree == "base" else "1"
    start = ("{tools}", "-I", "{gate}/observe.py", "--python", "{python}")
    written = ("--out", "{out}/" + OUTPUT, "--processes", processes, "--package", scope.package)
    return Command(
        name=BEFORE if tree == "base" else AFTER,
        argv=(*start, *written, "--", *how_imported(scope)),
        tree=tree,
        files=tuple(script(name) for name in (*asks, *serves)),
        outputs=(OUTPUT,),
        timeout=_SECONDS,
    )


def parse(scope: Scope, runs: Mapping[str, Completed]) -> CheckResult:
    """Figures differences, expected, volatile, unguarded, requests.

    `expected` are headers that an answer of the pattern asks for on every route; `volatile` is what
    varied without the change; `unguarded` are routes that are listed as protected and answered
    anybody. All are told among the findings.
    """
    if not scope.sources:
        return nothing_of_ours()
    refused = _refused(scope)
    if refused is not None:
        return refused
    try:
        before = heard(runs, BEFORE)
    except Unreadable as problem:
        return _not_checked(str(problem))
    if before.problem:
        return _not_checked(f"the application does not start: {before.problem}")
    try:
        after = heard(runs, AFTER)
    except Unreadable as problem:
        return errored(f"with the change: {problem}", len(before.asked))
    if after.problem:
        return _does_not_start(before, after.problem)
    return _compared(before, after, _asked_for(scope))


def _compared(before: Heard, after: Heard, asked_for: frozenset[str]) -> CheckResult:
    """Compare every request of the tree before that was answered in all processes."""
    found: list[Other] = []
    volatile: list[str] = []
    everywhere = (*before.processes, *after.processes)
    answered = [
        key
        for key in before.asked
        if all(key in one.first and key in one.second for one in before.processes)
        and not sometimes_late(key, before.processes)
        and not sometimes_late(key, after.processes)
    ]
    for key in answered:
        if not all(key in one.first and key in one.second for one in everywhere):
            found.append(Other(key, "the request", "answered", "not asked: no such route"))
            continue
        others, varied = differences(key, before.processes, after.processes[0])
        found += others
        volatile += [f"{key}: {what}" for what in varied]
    expected = [one for one in found if _is_asked_for(one, asked_for)]
    wanting = [one for one in found if not _is_asked_for(one, asked_for)]
    open_ = list(unguarded(after.processes[0]))
    told = (
        *(Finding("asked-for", "low", ".", 0, one) for one in _by_header(expected)),
        *(Finding("volatile", "low", ".", 0, one) for one in volatile[:_FINDINGS]),
        *(Finding("unguarded", "medium", ".", 0, one) for one in open_[:_FINDINGS]),
    )
    figures = (
        Figure("differences", len(wanting)),
        Figure("expected", len(expected)),
        Figure("volatile", len(volatile)),
        Figure("unguarded", len(open_)),
        Figure("requests", len(answered), len(before.asked)),
    )
    return _result(len(before.asked), len(answered), wanting, (figures, told))


def _result(
    asked: int,
    answered: int,
    wanting: Sequence[Other],
    more: tuple[tuple[Figure, ...], tuple[Finding, ...]],
) -> CheckResult:
    figures, told = more
    changed = (Finding("changed", "high", ".", 0, one.sentence) for one in wanting[:_FINDINGS])
    findings = (*changed, *told)
    reason = f"{answered} requests answered alike"
    if wanting:
        reason = wanting[0].sentence
        reason += f" and {len(wanting) - 1} more" if len(wanting) > 1 else ""
    if wanting:
        outcome = Outcome.FAILED
    else:
        outcome = Outcome.PASSED if answered == asked else Outcome.NOT_CHECKED
    if outcome is Outcome.NOT_CHECKED:
        reason = f"only {answered} of {asked} requests were answered in time"
    return CheckResult(outcome, reason, answered, asked, figures, findings)


def _asked_for(scope: Scope) -> frozenset[str]:
    given = scope.served.answers if scope.served else ()
    chosen = {(name, str(json.loads(text))) for name, text in given}
    return frozenset(
        f"header {name}" for key in chosen & _ASKED_FOR.keys() for name in _ASKED_FOR[key]
    )


def _by_header(expected: Sequence[Other]) -> list[str]:
    """One sentence for each header that is sent because an answer asks for it."""
    names = sorted({one.what for one in expected})
    counts = {name: sum(one.what == name for one in expected) for name in names}
    return [f"{name} is sent with {count} answers more" for name, count in counts.items()]


def _is_asked_for(one: Other, asked_for: frozenset[str]) -> bool:
    """A header that the host did not send; one that it sent must stay as it was."""
    return one.what in asked_for and one.was == "nothing"


def _does_not_start(before: Heard, problem: str) -> CheckResult:
    count = len(before.asked)
    reason = f"the application started before the change, and does not now: {problem}"
    finding = Finding("changed", "high", ".", 0, reason)
    figures = (Figure("differences", count),)
    return CheckResult(Outcome.FAILED, reason, 0, count, figures, (finding,))


def _refused(scope: Scope) -> CheckResult | None:
    served = scope.served
    if served is None:
        return not_applicable("no application is served")
    if served.framework not in FRAMEWORKS:
        return not_applicable(f"nobody knows how to serve {served.framework or 'it'}")
    if not served.app:
        return _not_checked("no application was found that could be started")
    return None


def _not_checked(why: str) -> CheckResult:
    return CheckResult(Outcome.NOT_CHECKED, f"the host could not be asked: {why}", 0, 1)
