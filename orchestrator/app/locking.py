"""The lock of the routes as a transition leaves it: what its gate listed, and nothing guessed."""

from __future__ import annotations

from collections.abc import Mapping

from orchestrator.core.changes import Change, File
from orchestrator.core.check import CheckResult, Completed, Outcome
from orchestrator.core.routes import LOCK_FILE, lock_text, read_listing
from orchestrator.ports import Repository

CHECK = "routes"
AFTER = "routes_after"
LISTING = "routes.json"


def locked(
    repository: Repository,
    head: str,
    results: Mapping[str, CheckResult],
    runs: Mapping[str, Completed],
) -> tuple[Change, ...]:
    """The change of the lock, where the routes were listed and every one is acknowledged."""
    result = results.get(CHECK)
    if result is None or result.outcome is not Outcome.PASSED:
        return ()
    listing = read_listing(runs[AFTER].outputs[LISTING])
    before = repository.read(head, LOCK_FILE)
    after = File(lock_text(listing.routes).encode(), bool(before and before.executable))
    if before == after:
        return ()
    return (Change(LOCK_FILE, "create" if before is None else "update", before, after),)
