"""Bring a story's files up to a newer render by merge; a person's edits survive."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from orchestrator.app.situation.edited import Edited, apply_edits
from orchestrator.app.situation.placed import Placed
from orchestrator.app.situation.prepare import Prepared
from orchestrator.app.situation.view import View
from orchestrator.app.transition.candidate import Candidate, Managed
from orchestrator.app.transition.rendering import rendered
from orchestrator.core.change.changes import File, effective, plan_changes
from orchestrator.core.change.merging import Upgraded, in_conflict, upgraded
from orchestrator.core.change.pristine import Original
from orchestrator.core.errors import UsageProblem
from orchestrator.core.gate.routes import LOCK_FILE
from orchestrator.core.host.host import Observation, Place
from orchestrator.core.proposal.skill import Proposal
from orchestrator.core.text.nearest import did_you_mean
from orchestrator.ports.every import Ports

SETTLED = "resolved"


def merge(
    ports: Ports, prepared: Prepared, proposal: Proposal, edited: Edited, placed: Placed
) -> Candidate:
    """Render anew and merge three ways: the recorded render, what stands now, the new one.

    Host files are cut first and edited again. Raises UsageProblem for a file that is said to be
    settled and is none of this story's.
    """
    bare = {path: file for path, file in placed.leaving.cut.items() if file is not None}
    new, allowances = rendered(ports, proposal, prepared.patterns, bare)
    edited = apply_edits(ports.editor, placed.without, allowances, edited)
    recorded = {one.path: placed.originals[one.path] for one in placed.manifest.written}
    settled = _settled(prepared, {*new, *recorded})
    now = _now(ports, prepared.head, {*new, *recorded})
    links = View(ports.repository, prepared.head).linked({*new, *recorded})
    found = upgraded(new, recorded, now, ports.repository.merge, settled=settled, links=links)
    host = dict(_host_files(ports, prepared.head, placed, edited))
    proposed = {
        **{one.path: one.file for one in found},
        **{path: one.file for path, one in host.items()},
    }
    existing = _now(ports, prepared.head, proposed)
    changes = plan_changes(proposed, existing, editable=frozenset(proposed))
    kinds = {one.path: one.kind for one in changes}
    return Candidate(
        changes=effective(changes),
        rendered={one.path: one.file for one in found if one.file and one.end != "released"},
        edited=edited,
        managed=(*(_managed(one, kinds[one.path]) for one in found), *host.values()),
        observations=tuple(_told(one) for one in found if one.because),
        conflicts=tuple(one.path for one in in_conflict(found)),
    )


def is_recorded(
    prepared: Prepared, proposal: Proposal, candidate: Candidate, placed: Placed
) -> bool:
    """Say whether the record knows all of this already: the same patterns, the same renders.

    Where a person has merged by hand no file changes, and still there is something to record.
    """
    used = {one.name: one.digest for one in placed.manifest.patterns}
    now = {one.pattern: prepared.patterns[one.pattern].digest for one in proposal.renders}
    renders = {one.path: one.original for one in candidate.managed if one.original}
    before = {path: one for path, one in placed.originals.items() if path != LOCK_FILE}
    return used == now and renders == before


def _settled(prepared: Prepared, known: set[str]) -> frozenset[str]:
    settled = frozenset(prepared.inputs.get(SETTLED) or ())
    for path in sorted(settled - known):
        raise UsageProblem(
            f"{SETTLED}=[{path}]: that is no file of {prepared.story.id}",
            remedy=did_you_mean(path, sorted(known)),
        )
    return settled


def _now(ports: Ports, head: str, paths: Mapping[str, object] | set[str]) -> dict[str, File]:
    return {path: file for path in paths if (file := ports.repository.read(head, path))}


def _managed(one: Upgraded, kind: str) -> Managed:
    match one.end:
        case "gone":
            return Managed(one.path, "delete", None)
        case "released":
            return Managed(one.path, "release", one.file)
        case "dropped":
            return Managed(one.path, "drop", None, _original(one))
        case _:
            return Managed(one.path, kind, one.file, _original(one))


def _original(one: Upgraded) -> Original | None:
    return Original(None, one.pristine.content) if one.pristine else None


def _host_files(
    ports: Ports, head: str, placed: Placed, edited: Edited
) -> Iterator[tuple[str, Managed]]:
    """The host's files as they would be, edited anew.

    One that could not be cut stays as it is, with the change that is recorded for it. The lock of
    the routes is written by the gate.
    """
    stuck = {one.path for one in placed.leaving.kept}
    recorded = {one.path for one in placed.manifest.edited} - {LOCK_FILE}
    for path in sorted(recorded | edited.files.keys()):
        before, now = placed.without.get(path), ports.repository.read(head, path)
        after = edited.files.get(path, before)
        kind = "create" if now is None else "same" if now == after else "update"
        if after is None:
            yield path, Managed(path, "delete" if now else "release", None)
        elif path in stuck and path not in edited.files:
            yield path, Managed(path, kind, after, placed.originals[path], region=True)
        elif path in edited.files:
            original = Original(before.content if before else None, after.content)
            yield path, Managed(path, kind, after, original, region=True)
        else:
            yield path, Managed(path, "cut", after, region=True)


def _told(one: Upgraded) -> Observation:
    return Observation("generated file", "note", one.because, Place(one.path))
