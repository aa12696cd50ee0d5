"""The lock of the routes as a transition leaves it: what its gate listed, and nothing guessed."""

from __future__ import annotations

from dataclasses import replace

from orchestrator.app.measuring.gate import GateRun
from orchestrator.app.situation.placed import Placed
from orchestrator.app.transition.candidate import Candidate, Managed
from orchestrator.core.change.changes import Change, ChangeKind, File, effective
from orchestrator.core.change.pristine import Original
from orchestrator.core.gate.check import Outcome
from orchestrator.core.gate.routes import LOCK_FILE, lock_text, read_listing

CHECK = "routes"
AFTER = "routes_after"
LISTING = "routes.json"


def locked(
    candidate: Candidate, now: File | None, placed: Placed | None, run: GateRun
) -> Candidate:
    """The candidate with the lock that the listed routes make, where every one is acknowledged.

    `now` is the lock at HEAD. What is recorded of one that could not be listed again stays so.
    """
    before = placed.without.get(LOCK_FILE) if placed else now
    after = _listed(run, executable=bool(now and now.executable))
    recorded = placed.originals.get(LOCK_FILE) if placed else None
    if after is None:
        if now is None or recorded is None:
            return candidate
        return _with(candidate, Managed(LOCK_FILE, "same", now, recorded, region=True))
    if after == before:
        return candidate
    kind: ChangeKind = "create" if now is None else "same" if now == after else "update"
    original = Original(before.content if before else None, after.content)
    lock = Managed(LOCK_FILE, kind, after, original, region=True)
    done = _with(candidate, lock)
    return replace(done, changes=effective((*done.changes, Change(LOCK_FILE, kind, now, after))))


def _with(candidate: Candidate, lock: Managed) -> Candidate:
    managed = sorted((*candidate.managed, lock), key=lambda one: one.path)
    return replace(candidate, managed=tuple(managed))


def _listed(run: GateRun, *, executable: bool) -> File | None:
    result = run.results.get(CHECK)
    if result is None or result.outcome is not Outcome.PASSED:
        return None
    listing = read_listing(run.runs[AFTER].outputs[LISTING])
    return File(lock_text(listing.routes).encode(), executable)
