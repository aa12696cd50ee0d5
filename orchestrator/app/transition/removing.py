"""Take a story's code out of the repository, and leave what a person made of it."""

from __future__ import annotations

from collections.abc import Iterator

from orchestrator.app.situation.edited import Edited
from orchestrator.app.situation.placed import Placed
from orchestrator.app.situation.prepare import Prepared
from orchestrator.app.transition.candidate import Candidate, Managed
from orchestrator.app.transition.land import branch_of
from orchestrator.core.change.changes import File, effective, plan_changes
from orchestrator.core.change.pristine import Original
from orchestrator.core.change.removal import Kept, Leaving
from orchestrator.core.host.host import Observation, Place
from orchestrator.core.proposal.skill import Proposal
from orchestrator.core.record.installed import Installed
from orchestrator.ports.every import Ports

_IGNORED, _SECRETS = ".gitignore", b".env"


def take_out(ports: Ports, prepared: Prepared, proposal: Proposal, placed: Placed) -> Candidate:
    """Delete what is untouched, cut our lines out of the host's files, keep the rest."""
    head = prepared.head
    leaving = placed.leaving
    hides = _IGNORED in leaving.cut and _brings(placed.originals[_IGNORED], _SECRETS)
    moved = () if branch_of(prepared.request) else proposal.secrets
    if hides and ports.secrets.others(moved):
        leaving = _still_hiding(leaving)
    proposed: dict[str, File | None] = {**dict.fromkeys(leaving.gone), **leaving.cut}
    existing = {path: file for path in proposed if (file := ports.repository.read(head, path))}
    changes = plan_changes(proposed, existing, editable=frozenset(proposed))
    return Candidate(
        changes=effective(changes),
        rendered={},
        edited=Edited({}, ()),
        managed=tuple(_managed(ports, head, placed.manifest, leaving)),
        observations=(*map(_told, leaving.kept), *_dependencies(placed.manifest, leaving)),
    )


def _brings(original: Original, line: bytes) -> bool:
    """Say whether our edit of a file brought a line."""
    before = (original.before or b"").splitlines()
    return line in original.after.splitlines() and line not in before


def _still_hiding(leaving: Leaving) -> Leaving:
    """A `.env` that stays, with secrets of the user's own or beside a branch, stays ignored."""
    rest = {path: file for path, file in leaving.cut.items() if path != _IGNORED}
    kept = Kept(_IGNORED, "your .env stays where it is, and this hides it from git")
    return Leaving(leaving.gone, rest, (*leaving.kept, kept))


def _managed(ports: Ports, head: str, manifest: Installed, leaving: Leaving) -> Iterator[Managed]:
    stays = {one.path for one in leaving.kept}
    for one in manifest.files:
        if one.path in leaving.gone:
            yield Managed(one.path, "delete", None)
        elif one.path not in leaving.cut:
            now = ports.repository.read(head, one.path)
            how = "release" if one.path in stays else "delete"
            yield Managed(one.path, how, now, region=one.region)
        elif (after := leaving.cut[one.path]) is None:
            yield Managed(one.path, "delete", None)
        else:
            yield Managed(one.path, "cut", after, region=True)


def _told(kept: Kept) -> Observation:
    because = f"it stays: {kept.because}"
    return Observation("file of this story", "note", because, Place(kept.path))


def _dependencies(manifest: Installed, leaving: Leaving) -> Iterator[Observation]:
    """Those that leave with the lines that brought them, and those that may stand elsewhere now;
    what was there before stays."""
    stays = {one.path for one in leaving.kept}
    ours = [one for one in manifest.dependencies if one.added]
    for path in dict.fromkeys(one.manifest for one in ours):
        names = " ".join(one.requirement for one in ours if one.manifest == path)
        if path in leaving.cut:
            yield Observation("dependencies", "note", f"{names} leave {path}", Place(path))
        elif path not in stays:
            told = f"{path} is gone; if it became another file, take {names} out of that by hand"
            yield Observation("dependencies", "note", told, Place(path))
