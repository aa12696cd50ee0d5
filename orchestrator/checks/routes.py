"""Every route of the application with its protection: what nobody acknowledged closes the gate."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from orchestrator.api import (
    LOCK_FILE,
    CheckResult,
    Command,
    Completed,
    Difference,
    Figure,
    Finding,
    Listing,
    Outcome,
    Route,
    Scope,
    Served,
    Tree,
    differences,
    read_listing,
    read_lock,
)
from orchestrator.checks.gate_files import script
from orchestrator.checks.layout import import_roots
from orchestrator.checks.reading import (
    Unreadable,
    ended,
    errored,
    not_applicable,
    nothing_of_ours,
    output,
)
from orchestrator.checks.testrun import host_folder

NAME = "routes"
BEFORE, AFTER = "routes_before", "routes_after"
FRAMEWORKS = ("fastapi", "flask")
CLASSES = ("public", "unknown", "user", "roles")
_LISTING = "routes.json"
_SECONDS = 60


def commands(scope: Scope) -> tuple[Command, ...]:
    """The application of both trees, imported by its own interpreter; no server is started."""
    if not _can_be_asked(scope.served):
        return ()
    return listing(scope, "base"), listing(scope, "candidate")


def listing(scope: Scope, tree: Tree) -> Command:
    """The process that imports the application of a tree and lists its routes."""
    scripts = ("list_routes.py", "guards.py", f"{_served(scope).framework}_routes.py")
    return Command(
        name=BEFORE if tree == "base" else AFTER,
        argv=("{python}", "-s", "{gate}/list_routes.py", "--out", "{out}", *how_imported(scope)),
        tree=tree,
        files=tuple(script(name) for name in scripts),
        outputs=(_LISTING, LOCK_FILE),
        timeout=_SECONDS,
    )


def how_imported(scope: Scope) -> tuple[str, ...]:
    """The words that tell a script which application it is and how to import it."""
    served = _served(scope)
    paths = tuple(word for root in import_roots(scope) for word in ("--path", root))
    factory = ("--factory",) if served.factory else ()
    folder = ("--folder", host_folder(scope))
    return ("--app", served.app, "--framework", served.framework, *factory, *paths, *folder)


def parse(scope: Scope, runs: Mapping[str, Completed]) -> CheckResult:
    """Figures unacknowledged, added, listed, public, user, roles, unknown, gone.

    What counts as acknowledged is the lock of the candidate, else that of the tree before, else
    the routes of the tree before. With `scope.acknowledges` new routes of that package are `added`
    by the change itself; they are told, and do not close the gate.
    """
    if not scope.sources:
        return nothing_of_ours()
    refused = _refused(scope.served)
    if refused is not None:
        return refused
    try:
        after = listed(runs, AFTER)
    except Unreadable as problem:
        return errored(f"with the change: {problem}", 1)
    before = _before(runs)
    if after.problem:
        return _not_imported(after, before)
    try:
        known = _known(runs, before)
    except ValueError as problem:
        return errored(f"{LOCK_FILE}: {problem}", len(after.routes))
    if known is None:
        return _not_checked(f"without the change it cannot be imported: {before.problem}")
    return _compared(after, differences(known, after.routes), scope.acknowledges)


def listed(runs: Mapping[str, Completed], name: str) -> Listing:
    """The listing of a run. Raises Unreadable."""
    raw = output(ended(runs, name, (0,)), _LISTING)
    try:
        return read_listing(raw)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"{name}: {error}") from error


def _before(runs: Mapping[str, Completed]) -> Listing:
    try:
        return listed(runs, BEFORE)
    except Unreadable as problem:
        return Listing((), str(problem))


def _known(runs: Mapping[str, Completed], before: Listing) -> tuple[Route, ...] | None:
    """The acknowledged routes; None when nobody can say. Raises ValueError for a lock that is none.

    A lock that the change takes away still holds.
    """
    locks = [runs[name].outputs.get(LOCK_FILE) for name in (AFTER, BEFORE) if name in runs]
    lock = next((one for one in locks if one is not None), None)
    if lock is not None:
        return read_lock(lock.decode("utf-8"))
    return None if before.problem else before.routes


def _compared(after: Listing, found: Iterable[Difference], package: str) -> CheckResult:
    added, wanting, told = [], [], []
    for one in found:
        if one.kind == "new" and one.now is not None and one.now.belongs_to(package):
            added.append(one)
        elif one.matters:
            wanting.append(one)
        else:
            told.append(one)
    kinds = [one.kind for one in after.routes]
    count = len(after.routes)
    figures = (
        Figure("unacknowledged", len(wanting)),
        Figure("added", len(added)),
        *(Figure(kind, kinds.count(kind), count) for kind in CLASSES),
        Figure("gone", sum(one.kind == "gone" for one in told)),
    )
    findings = (
        *(_finding(one, "high") for one in wanting),
        *(Finding("route-added", "low", LOCK_FILE, 0, one.sentence) for one in added),
        *(_finding(one, "low") for one in told),
    )
    reason = _summary(count, added, wanting)
    if after.startup:
        reason += f"; what its startup adds was not seen: {after.startup}"
    outcome = Outcome.FAILED if wanting else Outcome.PASSED
    return CheckResult(outcome, reason, count, count, figures, findings)


def _summary(count: int, added: list[Difference], wanting: list[Difference]) -> str:
    said = f"{count} routes"
    if added:
        public = sum(one.now is not None and one.now.kind == "public" for one in added)
        said += f", {len(added)} added by the change ({public} public)"
    if wanting:
        said += f"; {wanting[0].sentence}"
        said += f" and {len(wanting) - 1} more" if len(wanting) > 1 else ""
        said += ": review, then `orchestrator routes --acknowledge`"
    return said


def _finding(one: Difference, severity: str) -> Finding:
    high = severity == "high"
    return Finding(f"route-{one.kind}", "high" if high else "low", LOCK_FILE, 0, one.sentence)


def _not_imported(after: Listing, before: Listing) -> CheckResult:
    if before.problem:
        return _not_checked(f"the application cannot be imported: {after.problem}")
    reason = f"the application could be imported before the change, and not now: {after.problem}"
    count = len(before.routes)
    return CheckResult(Outcome.FAILED, reason, 0, count, (Figure("unacknowledged", count),))


def _refused(served: Served | None) -> CheckResult | None:
    if served is None:
        return not_applicable("no application is served")
    if served.framework not in FRAMEWORKS:
        return not_applicable(f"no routes are known of {served.framework or 'what is served'}")
    if not served.app:
        return _not_checked("no application was found that could be imported")
    return None


def _not_checked(why: str) -> CheckResult:
    return CheckResult(Outcome.NOT_CHECKED, f"the routes could not be listed: {why}", 0, 1)


def _can_be_asked(served: Served | None) -> bool:
    return _refused(served) is None


def _served(scope: Scope) -> Served:
    if scope.served is None:
        raise ValueError("no application is served")
    return scope.served
