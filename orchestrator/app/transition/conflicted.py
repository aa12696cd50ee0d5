"""Edits that a merge could not unite: kept on a branch with their markers, never thrown away."""

from __future__ import annotations

from itertools import count

from orchestrator.app.situation.prepare import Prepared
from orchestrator.app.transition.candidate import Candidate
from orchestrator.app.transition.upgrading import SETTLED
from orchestrator.core.story.workflow import Gap
from orchestrator.ports.every import Ports


def gap(ports: Ports, prepared: Prepared, candidate: Candidate, *, dry_run: bool) -> Gap:
    """What is missing before the upgrade can go on. Unless it is a dry run, the whole merge is
    committed to a branch of its own; no file of the working copy changes."""
    paths = candidate.conflicts
    because = f"you and the pattern changed the same lines of {' and '.join(paths)}"
    again = f"run the same with {SETTLED}={'+'.join(paths)}"
    if dry_run:
        return Gap("merge_clean", because, "without --dry-run the marked files go to a branch")
    branch = _keep(ports, prepared, candidate)
    settle = f"`git merge {branch}` and settle the marked lines and commit"
    return Gap("merge_clean", because, f"{settle}; then {again}")


def _keep(ports: Ports, prepared: Prepared, candidate: Candidate) -> str:
    """The branch that holds the merge; one that holds the same already is used again."""
    tree = ports.repository.tree_with(prepared.head, candidate.changes)
    for number in count(1):
        name = f"story/{prepared.story.id}/upgrade{f'-{number}' if number > 1 else ''}"
        there = ports.repository.tree_at(name)
        if there is None:
            message = f"{prepared.story.id}: upgrade with conflicts in {len(candidate.conflicts)}"
            ports.publisher.publish(
                candidate.changes,
                base=prepared.head,
                message=f"{message} files\n\nSettle the marked lines before this goes anywhere.\n",
                branch=name,
            )
        if there in (None, tree):
            return name
    raise AssertionError("count() does not end")
