"""What a transition would change, down to the bytes; writes nothing anywhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from orchestrator.app.view import View
from orchestrator.core.changes import Change, File
from orchestrator.core.edits import Edit, EditCannot, EditDone, EditResult, EditThere
from orchestrator.core.errors import CannotAnswer
from orchestrator.core.evidence import pack
from orchestrator.core.host import Observation
from orchestrator.core.pristine import Original, pack_bytes
from orchestrator.ports import Editor, Ports


@dataclass(frozen=True)
class Edited:
    """The host's files after every edit that could be made, and what each edit answered."""

    files: Mapping[str, File]
    results: tuple[tuple[Edit, EditResult], ...]

    @property
    def cannot(self) -> tuple[EditCannot, ...]:
        """The edits that a person has to make, with the text to paste."""
        return tuple(result for _, result in self.results if isinstance(result, EditCannot))


@dataclass(frozen=True)
class Managed:
    """A file as the record lists it, with the words of `FileData.change`.

    `file` is what stands there afterwards; `original` is kept for a later merge or removal, and is
    None when the file is not ours any more.
    """

    path: str
    change: str
    file: File | None
    original: Original | None = None
    region: bool = False


@dataclass(frozen=True)
class Candidate:
    """What would change.

    `rendered` are the files of ours as they would stand, `edited` the host files that we touch,
    `managed` what the record lists, `observations` what a person should know of single files.
    `conflicts` are paths in which a person's edits and ours could not be merged.
    """

    changes: tuple[Change, ...]
    rendered: Mapping[str, File]
    edited: Edited
    managed: tuple[Managed, ...]
    observations: tuple[Observation, ...] = ()
    conflicts: tuple[str, ...] = ()

    @cached_property
    def pristine(self) -> tuple[str, bytes] | None:
        """The name and stored bytes of the renders that a later merge or removal starts from."""
        originals = {one.path: one.original for one in self.managed if one.original is not None}
        return pack(pack_bytes(originals)) if originals else None


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


def refuse_dirty(ports: Ports, paths: Sequence[str]) -> None:
    """Raise CannotAnswer when a path that would be written differs from HEAD."""
    dirty = ports.repository.dirty(paths)
    if dirty:
        raise CannotAnswer(
            f"uncommitted changes are in the way: {', '.join(dirty)}",
            remedy=f"commit or set aside the change first, e.g. `git add {dirty[0]} && git commit`",
        )


def describe(result: EditResult) -> str:
    """What an edit answered, in one line."""
    match result:
        case EditDone(path):
            return f"{path}: edited"
        case EditThere(path):
            return f"{path}: already there"
        case EditCannot(path, because):
            return f"{path}: {because}"
