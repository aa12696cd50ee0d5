"""From a proposal to the exact bytes that would change; writes nothing anywhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from orchestrator.core.answers import AnswerRefused
from orchestrator.core.changes import Change, File, conflicts, effective, plan_changes
from orchestrator.core.errors import CannotAnswer, UsageProblem
from orchestrator.core.pattern import Pattern
from orchestrator.core.skill import Edit, Proposal
from orchestrator.ports import EditCannot, EditDone, EditResult, EditThere, Ports


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
class Candidate:
    """What would change: `rendered` are files of ours, `edited` are host files that we touch."""

    changes: tuple[Change, ...]
    rendered: Mapping[str, File]
    edited: Edited


def apply_edits(
    ports: Ports, head: str, edits: Iterable[Edit], before: Edited | None = None
) -> Edited:
    """Apply edits one after another to the committed content; a later edit sees the earlier one,
    and those that were made `before`."""
    after = dict(before.files) if before else {}
    results = list(before.results) if before else []
    existing = _Committed(ports, head, after)
    for edit in edits:
        result = ports.editor.apply(edit, existing)
        if isinstance(result, EditDone):
            after[result.path] = result.after
        results.append((edit, result))
    return Edited(after, tuple(results))


def build(
    ports: Ports, head: str, proposal: Proposal, edited: Edited, patterns: Mapping[str, Pattern]
) -> Candidate:
    """Render, format and plan. Raises CannotAnswer when a file of the host's is in the way."""
    rendered: dict[str, File] = {}
    for render in proposal.renders:
        files = _rendered(ports, patterns[render.pattern], render.answers, proposal.origins)
        _refuse_overlap(rendered, files, render.pattern)
        rendered.update(files)
    fitted, allowances = ports.renderer.fitted(rendered, ports.root)
    rendered, edited = dict(fitted), apply_edits(ports, head, allowances, edited)
    proposed = {**rendered, **edited.files}
    existing = {path: file for path in proposed if (file := ports.repository.read(head, path))}
    changes = plan_changes(proposed, existing, editable=frozenset(edited.files))
    _refuse_conflicts(changes)
    return Candidate(effective(changes), rendered, edited)


def _rendered(
    ports: Ports, pattern: Pattern, answers: Mapping[str, Any], origins: Mapping[str, str]
) -> Mapping[str, File]:
    """A pattern's files; an answer of the command line that it refuses is wrong usage."""
    try:
        return ports.renderer.render(pattern, answers)
    except AnswerRefused as error:
        if origins.get(error.name) != "command line":
            raise
        raise UsageProblem(error.problem, remedy=error.remedy) from error


def refuse_dirty(ports: Ports, paths: Sequence[str]) -> None:
    """Raise CannotAnswer when a path that would be written differs from HEAD."""
    dirty = ports.repository.dirty(paths)
    if dirty:
        raise CannotAnswer(
            f"uncommitted changes are in the way: {', '.join(dirty)}",
            remedy=f"commit or set aside the change first, e.g. `git add {dirty[0]} && git commit`",
        )


def _refuse_overlap(done: Mapping[str, File], more: Mapping[str, File], pattern: str) -> None:
    twice = sorted(path for path in done.keys() & more.keys() if done[path] != more[path])
    if twice:
        raise CannotAnswer(
            f"the pattern {pattern} writes {twice[0]}, which another pattern of this story writes",
            remedy="give one of the patterns another package",
        )


def _refuse_conflicts(changes: tuple[Change, ...]) -> None:
    found = conflicts(changes)
    if found:
        names = ", ".join(change.path for change in found)
        raise CannotAnswer(
            f"files that the pattern would write exist with other content: {names}",
            remedy="move them, or choose another place with `package_path=…`",
        )


class _Committed(Mapping[str, File]):
    """Committed files, seen through the edits made so far."""

    def __init__(self, ports: Ports, head: str, after: Mapping[str, File]) -> None:
        self._ports, self._head, self._after = ports, head, after
        self._paths = ports.repository.tracked(head)

    def __getitem__(self, path: str) -> File:
        if path in self._after:
            return self._after[path]
        file = self._ports.repository.read(self._head, path) if path in self._paths else None
        if file is None:
            raise KeyError(path)
        return file

    def __iter__(self) -> Iterator[str]:
        return iter({**self._paths, **self._after})

    def __len__(self) -> int:
        return len({**self._paths, **self._after})


def describe(result: EditResult) -> str:
    """What an edit answered, in one line."""
    match result:
        case EditDone(path):
            return f"{path}: edited"
        case EditThere(path):
            return f"{path}: already there"
        case EditCannot(path, because):
            return f"{path}: {because}"
