"""Render what a proposal asks for, formatted as the host wants it; writes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orchestrator.core.change.changes import File
from orchestrator.core.errors import CannotAnswer, UsageProblem
from orchestrator.core.host.edits import Edit
from orchestrator.core.pattern.answers import AnswerRefused
from orchestrator.core.pattern.pattern import Pattern
from orchestrator.core.proposal.skill import Proposal
from orchestrator.ports.every import Ports


def rendered(
    ports: Ports,
    proposal: Proposal,
    patterns: Mapping[str, Pattern],
    instead: Mapping[str, File] | None = None,
) -> tuple[Mapping[str, File], tuple[Edit, ...]]:
    """Every file of every pattern, and what the host's own linter has to be told about them.

    With `instead`, files of the host count as they are there. Raises CannotAnswer when two
    patterns write one path.
    """
    whole: dict[str, File] = {}
    for render in proposal.renders:
        files = _rendered(ports, patterns[render.pattern], render.answers, proposal.origins)
        _refuse_overlap(whole, files, render.pattern)
        whole.update(files)
    files, allowances = ports.renderer.fitted(whole, ports.root, instead or {})
    return files, tuple(allowances)


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


def _refuse_overlap(done: Mapping[str, File], more: Mapping[str, File], pattern: str) -> None:
    twice = sorted(path for path in done.keys() & more.keys() if done[path] != more[path])
    if twice:
        raise CannotAnswer(
            f"the pattern {pattern} writes {twice[0]}, which another pattern of this story writes",
            remedy="give one of the patterns another package",
        )
