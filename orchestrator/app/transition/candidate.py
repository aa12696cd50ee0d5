"""What a transition would change, down to the bytes; writes nothing anywhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from orchestrator.app.situation.edited import Edited
from orchestrator.core.change.changes import Change, File
from orchestrator.core.change.pristine import Original, pack_bytes
from orchestrator.core.errors import CannotAnswer
from orchestrator.core.host.host import Observation
from orchestrator.core.record.evidence import pack
from orchestrator.ports.every import Ports


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


def refuse_dirty(ports: Ports, paths: Sequence[str]) -> None:
    """Raise CannotAnswer when a path that would be written is a link, or differs from HEAD."""
    dirty = ports.repository.dirty(paths)
    for path in dirty:
        ports.work_tree.refuse_links(path)
    if dirty:
        raise CannotAnswer(
            f"uncommitted changes are in the way: {', '.join(dirty)}",
            remedy=f"commit or set aside the change first, e.g. `git add {dirty[0]} && git commit`",
        )
