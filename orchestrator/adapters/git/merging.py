"""Three-way merges by git's own `merge-file`; touches only a temporary folder."""

from __future__ import annotations

from orchestrator.adapters.files.disk import translated
from orchestrator.adapters.files.temporary import temporary
from orchestrator.adapters.git.commands import Git
from orchestrator.core.change.merging import Merged

# The status of `merge-file` is the number of conflicts, of which it counts no more than these.
_COUNTED = range(128)
_LABELS = ("yours", "the recorded render", "the new render")


def merge(git: Git, base: bytes, ours: bytes, theirs: bytes) -> Merged:
    """Merge two texts that came from one; what both changed stands between diff3 markers.

    Content that is no text cannot hold markers: ours stays, and it counts as one conflict.
    """
    if any(b"\0" in one for one in (base, ours, theirs)):
        return Merged(ours, 1)
    with temporary("merge") as folder:
        names = [str(folder / name) for name in ("ours", "base", "theirs")]
        for name, content in zip(("ours", "base", "theirs"), (ours, base, theirs), strict=True):
            with translated("write", folder / name):
                (folder / name).write_bytes(content)
        labels = [word for label in _LABELS for word in ("-L", label)]
        conflicts, content = git.run(
            "merge-file", "-p", "--diff3", *labels, *names, accept=tuple(_COUNTED)
        )
    return Merged(content, conflicts)
