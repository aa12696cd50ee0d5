"""What a record says of its files, held against what can be known without it; writes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from orchestrator.core.change.changes import File
from orchestrator.core.change.pristine import Original
from orchestrator.core.errors import CannotAnswer, IntegrityBroken
from orchestrator.core.gate.routes import LOCK_FILE
from orchestrator.core.host.host import Observation
from orchestrator.core.pattern.pattern import Pattern
from orchestrator.core.proposal.recorded import (
    foreign_words,
    impossible_edit,
    says_the_same,
    vocabulary,
)
from orchestrator.core.record.installed import Installed
from orchestrator.ports.every import Ports

_RESTORE = "no run records that; restore the log from git"


@dataclass(frozen=True)
class Held:
    """The recorded originals as they may be relied on.

    A file of ours that the pattern renders otherwise has what it renders, so that a removal takes
    it for edited and a merge starts from the truth. `doubtful` host files stay, each with the
    reason. `told` says what the list of files rests on.
    """

    originals: Mapping[str, Original]
    told: Observation
    doubtful: Mapping[str, str] = field(default_factory=dict)


def hold(
    ports: Ports,
    manifest: Installed,
    originals: Mapping[str, Original],
    patterns: Mapping[str, Pattern],
) -> Held:
    """Hold a manifest against a fresh render of its answers, where its patterns are still there.

    Raises IntegrityBroken for what no run can have recorded.
    """
    for one in manifest.edited:
        if why := impossible_edit(one.path, originals[one.path]):
            raise IntegrityBroken(
                f"{manifest.entry} lists {one.path!r} as edited by {manifest.story}, and it {why}",
                remedy=_RESTORE,
            )
    fresh = _rendered(ports, manifest, patterns)
    if isinstance(fresh, str):
        return Held(originals, _told(f"it rests on the log alone: {fresh}"))
    _refuse_others(manifest, fresh)
    true = dict(_as_rendered(ports, manifest, originals, fresh))
    names = ", ".join(f"{one.name} {one.version}" for one in manifest.patterns)
    told = f"it is what {names} renders from the recorded answers"
    if true:
        told += f", but for the text of {', '.join(sorted(true))}: the render counts"
    doubtful = dict(_doubtful(manifest, originals, patterns))
    return Held({**originals, **true}, _told(told), doubtful)


def _told(because: str) -> Observation:
    return Observation("recorded list of files", "note", because)


def _rendered(
    ports: Ports, manifest: Installed, patterns: Mapping[str, Pattern]
) -> Mapping[str, File] | str:
    """Every file that the recorded patterns render now, or why that cannot be known.

    Only a pattern that its user trusts can vouch for a record.
    """
    whole: dict[str, File] = {}
    for used in manifest.patterns:
        found = patterns.get(used.name)
        called = f"{used.name} {used.version}"
        if found is None or found.digest != used.digest or not found.trusted:
            return f"{called} is not here as it was recorded"
        if used.answers is None:
            return f"the answers that {called} was rendered with were not recorded"
        try:
            whole.update(ports.renderer.render(found, used.answers))
        except CannotAnswer as error:
            return f"{called} does not render any more: {error.problem}"
    return whole if manifest.patterns else "it names no pattern"


def _refuse_others(manifest: Installed, fresh: Mapping[str, File]) -> None:
    for one in manifest.written:
        if one.path not in fresh:
            raise IntegrityBroken(
                f"{manifest.entry} lists {one.path!r} as a file of {manifest.story},"
                " and its pattern renders none there",
                remedy=_RESTORE,
            )


def _as_rendered(
    ports: Ports,
    manifest: Installed,
    originals: Mapping[str, Original],
    fresh: Mapping[str, File],
) -> Iterator[tuple[str, Original]]:
    """The files of ours that say something else than the pattern, as it renders them."""
    paths = [one.path for one in manifest.written]
    recorded = {path: File(originals[path].after) for path in paths}
    odd = _unlike(recorded, fresh)
    if not odd:
        return
    laid = _fitted(ports, fresh)
    again = _fitted(ports, {**fresh, **{path: recorded[path] for path in odd}})
    for path in _unlike({path: again[path] for path in odd}, laid):
        yield path, replace(originals[path], after=laid[path].content)


def _unlike(recorded: Mapping[str, File], fresh: Mapping[str, File]) -> list[str]:
    return [
        path
        for path, file in recorded.items()
        if not says_the_same(path, file.content, fresh[path].content)
    ]


def _fitted(ports: Ports, files: Mapping[str, File]) -> Mapping[str, File]:
    """Files in the host's style, which may repair them too; as they are where that fails."""
    try:
        return ports.renderer.fitted(files, ports.root, {})[0]
    except CannotAnswer:
        return files


def _doubtful(
    manifest: Installed, originals: Mapping[str, Original], patterns: Mapping[str, Pattern]
) -> Iterator[tuple[str, str]]:
    """Host files that are said to hold lines of ours which no edit of the patterns brings."""
    answers = {
        name: one for used in manifest.patterns for name, one in (used.answers or {}).items()
    }
    paths = [one.path for one in manifest.written]
    known = vocabulary([patterns[one.name] for one in manifest.patterns], answers, paths)
    for one in manifest.edited:
        if one.path != LOCK_FILE and (odd := foreign_words(originals[one.path], known)):
            said = ", ".join(odd[:5])
            yield one.path, f"lines are recorded as ours that no pattern of it brings ({said})"
