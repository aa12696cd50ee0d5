"""The host's files after the edits that a pattern asks for; writes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from orchestrator.app.situation.view import View
from orchestrator.core.change.changes import File
from orchestrator.core.host.edits import (
    AddDependencies,
    Edit,
    EditCannot,
    EditDone,
    EditResult,
    EditThere,
)
from orchestrator.core.host.host import Observation
from orchestrator.ports.host import Editor


@dataclass(frozen=True)
class Edited:
    """The host's files after every edit that could be made, and what each edit answered."""

    files: Mapping[str, File]
    results: tuple[tuple[Edit, EditResult], ...]

    @property
    def cannot(self) -> tuple[EditCannot, ...]:
        """The edits that a person has to make, with the text to paste."""
        return tuple(result for _, result in self.results if isinstance(result, EditCannot))


def apply_edits(
    editor: Editor, tree: View, edits: Iterable[Edit], before: Edited | None = None
) -> Edited:
    """Apply edits one after another to a tree; a later edit sees the earlier one, and those that
    were made `before`."""
    after = dict(before.files) if before else {}
    results = list(before.results) if before else []
    for edit in edits:
        result = editor.apply(edit, tree.with_(after))
        if isinstance(result, EditDone):
            after[result.path] = result.after
        results.append((edit, result))
    return Edited(after, tuple(results))


def describe(result: EditResult) -> str:
    """What an edit answered, in one line."""
    match result:
        case EditDone(path):
            return f"{path}: edited"
        case EditThere(path):
            return f"{path}: already there"
        case EditCannot(path, because):
            return f"{path}: {because}"


def with_written_manifest(
    observations: Iterable[Observation], edited: Edited
) -> tuple[Observation, ...]:
    """What was observed, but a manifest that is never edited is adopted once a person has written
    all that is needed into it."""
    ends = {one.manifest: end for one, end in edited.results if isinstance(one, AddDependencies)}
    complete = {path for path, end in ends.items() if isinstance(end, EditThere)}
    return tuple(_written(one) if _refuses(one, complete) else one for one in observations)


def _refuses(one: Observation, complete: set[str]) -> bool:
    path = one.place.path if one.place else ""
    refused = one.subject == "manifest" and one.decision == "refuse" and path in complete
    return refused or (one.subject == "lock file" and path.removesuffix(".lock") in complete)


def _written(one: Observation) -> Observation:
    if one.subject == "manifest":
        because = "it has all that is needed, and is not edited"
        return replace(one, decision="adopt", because=because)
    return replace(one, because="nothing is added to what it locks")
