"""What others add: patterns and where they come from, trust in them, skills, checks."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

from orchestrator.core.change.changes import File
from orchestrator.core.gate.check import Check
from orchestrator.core.host.edits import AllowedFindings
from orchestrator.core.pattern.pattern import Pattern, PatternSource
from orchestrator.core.pattern_lint.subject import Remark, TemplateFacts
from orchestrator.core.proposal.skill import Proposal, Situation
from orchestrator.core.proposal.skill_card import FoundSkill


class Patterns(Protocol):
    """The patterns that can be found: the project's shadow the bundled ones."""

    def all(self) -> tuple[Pattern, ...]: ...

    def digest(self) -> str:
        """A text that differs when any of the patterns does."""
        ...


class PatternSources(Protocol):
    """Patterns from git repositories elsewhere; fetched when a person asks, and never trusted."""

    def resolve(self, git: str, ref: str) -> str:
        """The commit that a tag or branch (or nothing: HEAD) names now. Raises PatternRefused."""
        ...

    def fetch(self, source: PatternSource) -> Pattern:
        """The pattern of a source, checked and kept for later. Raises CannotAnswer."""
        ...

    def drop(self, source: PatternSource) -> None:
        """Forget what was fetched of a source."""
        ...

    def texts(self, pattern: Pattern) -> Mapping[str, File]:
        """Every file in a pattern's folder."""
        ...


class Renderer(Protocol):
    """Turn a pattern and answers into files; nothing of a template runs outside its sandbox."""

    def render(self, pattern: Pattern, answers: Mapping[str, Any]) -> Mapping[str, File]: ...

    def facts(self, pattern: Pattern) -> TemplateFacts:
        """What the templates name and what is wrong with them; nothing is rendered."""
        ...

    def untidy(self, files: Mapping[str, File]) -> tuple[Remark, ...]:
        """What ruff would change in the Python files, or finds in them."""
        ...

    def draft(self, pattern: Pattern, answers: Mapping[str, Any]) -> Mapping[str, File]:
        """The same for a pattern that nobody trusts yet: text to look at, never to run."""
        ...

    def fitted(
        self, files: Mapping[str, File], root: Path, instead: Mapping[str, File]
    ) -> tuple[Mapping[str, File], tuple[AllowedFindings, ...]]:
        """The Python files as the host's own formatter and linter configuration wants them, and
        what that configuration has to allow because no rewriting can avoid it. A configuration
        that is among `instead` counts as it is there."""
        ...


class Benches(Protocol):
    """Folders outside every repository, for trying something; removed when the block ends."""

    def folder(self, files: Mapping[str, File]) -> AbstractContextManager[Path]: ...


class Trust(Protocol):
    """The digests that a user trusts, kept outside every repository."""

    @property
    def place(self) -> str: ...

    def digests(self) -> frozenset[str]: ...

    def add(self, digest: str, note: str) -> bool:
        """False when it was trusted before."""
        ...

    def remove(self, digest: str) -> bool:
        """False when it was not trusted."""
        ...


class Skill(Protocol):
    """A loaded skill: its name and owner text, its inputs model, and its pure `propose`."""

    name: str
    title: str
    description: str
    inputs: Mapping[str, Any]

    def validate(self, inputs: Mapping[str, Any]) -> Mapping[str, Any]:
        """Typed inputs with defaults. Raises UsageProblem naming the nearest valid word."""
        ...

    def propose(self, situation: Situation) -> Proposal: ...


class Skills(Protocol):
    """The skills that can be found: bundled, installed, and a project's own that are trusted."""

    def names(self) -> tuple[str, ...]: ...

    def load(self, name: str) -> Skill:
        """Raises UsageProblem for an unknown skill, CannotAnswer for one that is not trusted."""
        ...

    def own(self) -> tuple[FoundSkill, ...]:
        """The project's own skills, trusted or not; nothing of them is run."""
        ...


class Checks(Protocol):
    """The checks that can be found."""

    def load(self, name: str) -> Check:
        """Raises CannotAnswer for a check that the policy names and nobody provides."""
        ...
