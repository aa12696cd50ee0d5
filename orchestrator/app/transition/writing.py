"""The first implementation of a story: new files beside the host's, and its edits."""

from __future__ import annotations

from collections.abc import Iterator

from orchestrator.app.situation.edited import Edited, apply_edits
from orchestrator.app.situation.placed import of_others
from orchestrator.app.situation.prepare import Prepared
from orchestrator.app.situation.view import View
from orchestrator.app.transition.candidate import Candidate, Managed
from orchestrator.app.transition.rendering import rendered
from orchestrator.core.change.changes import Change, conflicts, effective, plan_changes
from orchestrator.core.change.pristine import Original
from orchestrator.core.errors import CannotAnswer
from orchestrator.core.host.edits import AddDependencies, EditThere
from orchestrator.core.proposal.skill import Proposal
from orchestrator.ports.every import Ports


def write(ports: Ports, prepared: Prepared, proposal: Proposal, edited: Edited) -> Candidate:
    """Render, format and plan. Raises CannotAnswer when a file of the host's is in the way."""
    ours, allowances = rendered(ports, proposal, prepared.patterns)
    edited = apply_edits(ports.editor, View(ports.repository, prepared.head), allowances, edited)
    proposed = {**ours, **edited.files}
    read = ports.repository.read
    existing = {path: file for path in proposed if (file := read(prepared.head, path))}
    changes = plan_changes(proposed, existing, editable=frozenset(edited.files))
    _refuse_conflicts(changes)
    return Candidate(
        changes=effective(changes),
        rendered=ours,
        edited=edited,
        managed=tuple(_managed(ports, prepared, changes, edited)),
    )


def _managed(
    ports: Ports, prepared: Prepared, changes: tuple[Change, ...], edited: Edited
) -> Iterator[Managed]:
    """What changes, and what another story brought that this one needs as well."""
    found_there = _found_there(edited)
    asks = found_there or any(one.kind == "same" for one in changes)
    others = of_others(ports, prepared.story.id) if asks else ()
    written = {file.path for _, other in others for file in other.written}
    for change in changes:
        after, region = change.after, change.path in edited.files
        if after is not None and (change.kind != "same" or change.path in written):
            before = change.before.content if region and change.before else None
            original = Original(before, after.content)
            yield Managed(change.path, change.kind, after, original, region)
    brought = {file.path for _, other in others for file in other.edited}
    for path in sorted(found_there & brought):
        file = ports.repository.read(prepared.head, path)
        if file is not None:
            original = Original(file.content, file.content)
            yield Managed(path, "same", file, original, region=True)


def _found_there(edited: Edited) -> set[str]:
    """The host files in which every edit was there already; dependencies are recorded apart."""
    found = {
        result.path
        for edit, result in edited.results
        if isinstance(result, EditThere) and not isinstance(edit, AddDependencies)
    }
    return found - edited.files.keys()


def _refuse_conflicts(changes: tuple[Change, ...]) -> None:
    found = conflicts(changes)
    if found:
        names = ", ".join(change.path for change in found)
        raise CannotAnswer(
            f"files that the pattern would write exist with other content: {names}",
            remedy="move them, or choose another place with `package_path=…`",
        )
