"""What a story's manifest has become in the tree, and the tree without it; decides nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from orchestrator.app.situation.edited import apply_edits
from orchestrator.app.situation.held import hold
from orchestrator.app.situation.view import View
from orchestrator.core.change.changes import File
from orchestrator.core.change.pristine import Original, blob_id, read_pack
from orchestrator.core.change.removal import Leaving, leaving
from orchestrator.core.errors import CannotAnswer, IntegrityBroken
from orchestrator.core.host.edits import AddDependencies
from orchestrator.core.host.host import Observation
from orchestrator.core.pattern.foreign import Reserved, refused_path
from orchestrator.core.pattern.pattern import Pattern
from orchestrator.core.place import Place
from orchestrator.core.record.chain import replay
from orchestrator.core.record.evidence import fetch
from orchestrator.core.record.installed import Installed, installed, released
from orchestrator.ports.every import Ports

Others = tuple[tuple[str, Installed], ...]


@dataclass(frozen=True)
class Placed:
    """A manifest held against HEAD.

    `originals` are the recorded renders, `leaving` what taking the story out would do, `without`
    the tree in which nothing of the story is left (a host's file that cannot be cut is as it is).
    `users` is where that tree still imports the package, and `told` what the recorded list of files
    rests on.
    """

    manifest: Installed
    originals: Mapping[str, Original]
    leaving: Leaving
    without: View
    users: tuple[Place, ...]
    told: Observation


def find_placed(
    ports: Ports,
    head: str,
    manifest: Installed,
    reserved: Reserved,
    patterns: Mapping[str, Pattern],
) -> Placed:
    """Hold a manifest against a commit, and against the patterns that it was made with.

    Raises CannotAnswer for a record without its pristine renders, and IntegrityBroken when they
    are not the recorded ones, lie where no pattern may write, or are none of its pattern's.
    """
    _refuse_places(manifest, reserved)
    recorded = {**read_originals(ports, manifest), **dict(_inherited(ports, manifest))}
    held = hold(ports, manifest, recorded, patterns)
    originals = held.originals
    tree = View(ports.repository, head)
    others = of_others(ports, manifest.story)
    now = {one.path: file for one in manifest.files if (file := tree.get(one.path))}
    found = leaving(
        [one.path for one in manifest.written],
        [one.path for one in manifest.edited],
        originals,
        now,
        ports.repository.merge,
        needed={**dict(_needed(ports, tree, manifest, others)), **held.doubtful},
        links=tree.linked(one.path for one in manifest.files),
    )
    found = replace(found, cut=_given_back(ports, tree, found.cut, others))
    taken = {one.path: None for one in manifest.written}
    without = tree.with_({**taken, **found.cut})
    users = _users(ports, without, manifest)
    return Placed(manifest, originals, found, without, users, held.told)


def _refuse_places(manifest: Installed, reserved: Reserved) -> None:
    """What a record lists is deleted and overwritten in its name, so it may list no more than what
    a pattern may write, and edits of the host's own files."""
    for one in manifest.files:
        reason, why = refused_path(one.path, reserved)
        if reason and not (one.region and reason == "hook"):
            raise IntegrityBroken(
                f"{manifest.entry} lists {one.path!r} as a file of {manifest.story}, and it {why}",
                remedy="no run records that; restore the log from git",
            )


def _users(ports: Ports, without: View, manifest: Installed) -> tuple[Place, ...]:
    if not manifest.package:
        return ()
    return ports.memory.importers(
        without.listing, without.content, package=manifest.package, folder=manifest.folder
    )


def read_originals(ports: Ports, manifest: Installed) -> Mapping[str, Original]:
    """The recorded renders of a manifest by path."""
    if manifest.pristine is None:
        raise CannotAnswer(
            f"{manifest.entry} was recorded by an older version, without its pristine renders",
            remedy="revert the commit of that transition with git, and implement the story again",
        )
    originals = read_pack(fetch(ports.log.evidence, manifest.pristine))
    for one in manifest.files:
        found = originals.get(one.path)
        if found is None or blob_id(found.after, one.pristine) != one.pristine:
            raise IntegrityBroken(
                f"the pristine render of {one.path} is not the one that {manifest.entry} names",
                remedy="`orchestrator verify` names everything that differs; restore it from git",
            )
    return originals


def of_others(ports: Ports, story: str) -> Others:
    """What other stories have in place, by story."""
    found = ((one, installed(replay(one, ports.log.entries(one)))) for one in ports.log.stories())
    return tuple((name, one) for name, one in found if one is not None and name != story)


def _given_back(
    ports: Ports, tree: View, cut: Mapping[str, File | None], others: Others
) -> Mapping[str, File | None]:
    """The cut manifests with what other stories need of them, which they found there already."""
    wanted = [one for _, other in others for one in other.dependencies if one.manifest in cut]
    if not wanted:
        return cut
    manifest = ports.memory.survey(tree.listing, tree.content, framework=None).manifest
    style = manifest.style if manifest else "requirements"
    edits = [AddDependencies(one.manifest, style, (one.requirement,)) for one in wanted]
    return {**cut, **apply_edits(ports.editor, tree.with_(cut), edits).files}


def _found_there(ports: Ports, other: Installed) -> set[str]:
    """The host files in which another story found all that it needs."""
    if not other.edited or other.pristine is None:
        return set()
    originals = read_originals(ports, other)
    edited = {one.path: originals[one.path] for one in other.edited}
    return {path for path, one in edited.items() if one.before == one.after}


def _inherited(ports: Ports, manifest: Installed) -> Iterator[tuple[str, Original]]:
    """The edits of stories that were taken out, where they stayed because this story needed them:
    it found them there, and so they leave with it."""
    found = _found_there(ports, manifest)
    for story in ports.log.stories() if found else ():
        left = released(replay(story, ports.log.entries(story)))
        if left is not None and left.pristine is not None:
            originals = read_pack(fetch(ports.log.evidence, left.pristine))
            for path in found.intersection(originals, [one.path for one in left.files]):
                if originals[path].before != originals[path].after:
                    yield path, originals[path]


def _needed(
    ports: Ports, tree: View, manifest: Installed, others: Others
) -> Iterator[tuple[str, str]]:
    """Untouched files that something else rests on, each with the reason."""
    for story, other in others:
        needs = {one.path for one in other.written} | _found_there(ports, other)
        yield from ((path, f"{story} needs it as well") for path in needs)
    for one in manifest.written:
        after = ports.memory.followers(tree.listing, tree.content, revision=one.path)
        if after:
            yield one.path, f"the revision {after[0]} follows it"
