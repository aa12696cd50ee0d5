"""The one place where real adapters meet use cases; each is imported when it is first asked for."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from orchestrator.adapters.git.reading import Committed
    from orchestrator.adapters.git.repository import GitRepository
    from orchestrator.app.keeping.doctor import Machine
    from orchestrator.core.pattern.pattern import Pattern
    from orchestrator.ports.host import Docs, Editor, Index, Memory
    from orchestrator.ports.keeping import LogStore, Runs
    from orchestrator.ports.plugins import (
        Benches,
        Checks,
        Patterns,
        PatternSources,
        Renderer,
        Skills,
        Trust,
    )
    from orchestrator.ports.repository import Locks, Publisher, Scratch, Secrets, WorkTree
    from orchestrator.ports.running import Environments, Runner
    from orchestrator.ports.surroundings import Clock, Defaults, Progress


class Silent:
    """Progress for callers that show none."""

    def step(self, text: str) -> None:
        """Say nothing."""


def house(
    start: Path,
    progress: Progress | None = None,
    *,
    landed: Callable[[], None] = lambda: None,
) -> House:
    """The adapters for the repository around `start`. Raises CannotAnswer when there is none.

    `landed` is called when a publish can no longer be interrupted.
    """
    from orchestrator.adapters.files.work_tree import repository_root

    return House(repository_root(start), progress or Silent(), landed=landed)


def shelf(start: Path) -> tuple[Patterns, Skills]:
    """Patterns and skills, also where there is no repository."""
    from orchestrator.adapters.files.work_tree import repository_root
    from orchestrator.adapters.patterns.shelf import Shelf
    from orchestrator.adapters.patterns.skills import SkillFolders
    from orchestrator.core.errors import CannotAnswer

    try:
        root = repository_root(start)
    except CannotAnswer:
        return Shelf(None), SkillFolders()
    return Shelf(root), SkillFolders(root=root)


def trusted_patterns() -> str:
    """The path of the file in which a user records the digests of trusted patterns."""
    from orchestrator.adapters.patterns.trust import trust_file

    return str(trust_file())


class House:
    """The `Ports` protocol on real adapters, for one repository."""

    def __init__(
        self,
        root: Path,
        progress: Progress,
        *,
        landed: Callable[[], None] = lambda: None,
    ) -> None:
        self._landed = landed
        self.root = root
        self.progress = progress

    @cached_property
    def clock(self) -> Clock:
        from orchestrator.adapters.clock import SystemClock

        return SystemClock()

    @cached_property
    def repository(self) -> GitRepository:
        from orchestrator.adapters.git.repository import GitRepository

        return GitRepository(self.root)

    @cached_property
    def scratch(self) -> Scratch:
        from orchestrator.adapters.git.scratch import GitScratch

        return GitScratch(self.repository)

    @cached_property
    def publisher(self) -> Publisher:
        from orchestrator.adapters.publishing.publish import GitPublisher

        return GitPublisher(self.repository, landed=self._landed)

    @cached_property
    def locks(self) -> Locks:
        from orchestrator.adapters.publishing.locks import FileLocks

        return FileLocks(self.repository)

    @cached_property
    def runs(self) -> Runs:
        from orchestrator.adapters.publishing.runs import FileRuns

        return FileRuns(self._committed.common_dir)

    @cached_property
    def renderer(self) -> Renderer:
        from orchestrator.adapters.patterns.render import CopierRenderer
        from orchestrator.core.pattern.foreign import Reserved
        from orchestrator.core.places import SETTINGS_FILE
        from orchestrator.core.settings import parse_settings

        settings = parse_settings(self.work_tree.read(SETTINGS_FILE))
        return CopierRenderer(self.root, reserved=Reserved(settings.stories))

    @cached_property
    def patterns(self) -> Patterns:
        from orchestrator.adapters.patterns.shelf import Shelf

        return Shelf(self.root)

    @cached_property
    def sources(self) -> PatternSources:
        from orchestrator.adapters.patterns.sources import PinnedSources

        return PinnedSources(self.root)

    @cached_property
    def benches(self) -> Benches:
        from orchestrator.adapters.files.bench import TemporaryBenches

        return TemporaryBenches()

    @cached_property
    def trust(self) -> Trust:
        from orchestrator.adapters.patterns.trust import TrustFile

        return TrustFile()

    @cached_property
    def editor(self) -> Editor:
        from orchestrator.adapters.edits.edit import SyntaxEditor

        return SyntaxEditor()

    @cached_property
    def memory(self) -> Memory:
        from orchestrator.adapters.memory.survey import AstMemory

        return AstMemory()

    @cached_property
    def index(self) -> Index:
        from orchestrator.adapters.index.index import SqliteIndex

        return SqliteIndex(self._committed, self.progress)

    @cached_property
    def _committed(self) -> Committed:
        from orchestrator.adapters.git.reading import Committed

        return Committed(self.root)

    @cached_property
    def docs(self) -> Docs:
        import os

        from orchestrator.adapters.docs.asking import Context7Docs

        return Context7Docs(self.repository.git.state / "docs", os.environ, self.clock)

    @cached_property
    def environments(self) -> Environments:
        from orchestrator.adapters.running.environment import UvEnvironments
        from orchestrator.app.situation import rules
        from orchestrator.core.settings import ISOLATED

        chosen = rules.settings(self, self.repository.head()).environment
        configured = None if chosen == ISOLATED else self.root / chosen
        return UvEnvironments(configured=configured)

    @cached_property
    def runner(self) -> Runner:
        from orchestrator.adapters.running.process import ProcessRunner

        return ProcessRunner()

    @cached_property
    def skills(self) -> Skills:
        from orchestrator.adapters.patterns.skills import SkillFolders

        return SkillFolders(root=self.root)

    @cached_property
    def checks(self) -> Checks:
        from orchestrator.adapters.checks import InstalledChecks

        return InstalledChecks()

    @cached_property
    def defaults(self) -> Defaults:
        from orchestrator.adapters.patterns.defaults import BundledDefaults

        return BundledDefaults()

    @cached_property
    def secrets(self) -> Secrets:
        from orchestrator.adapters.files.dotenv import DotEnv

        return DotEnv(self.root, self.repository)

    @cached_property
    def work_tree(self) -> WorkTree:
        from orchestrator.adapters.files.work_tree import FileWorkTree

        return FileWorkTree(self.root)

    @cached_property
    def log(self) -> LogStore:
        from orchestrator.adapters.publishing.logstore import FolderLog

        return FolderLog(self.root)


class Workshop(House):
    """The house of a pattern's author: environments depend on no repository's settings."""

    @cached_property
    def environments(self) -> Environments:
        from orchestrator.adapters.running.environment import UvEnvironments

        return UvEnvironments()


def workshop(start: Path, progress: Progress | None = None) -> Workshop:
    """The adapters for trying a pattern, also where there is no repository."""
    from orchestrator.adapters.files.work_tree import repository_root
    from orchestrator.core.errors import CannotAnswer

    try:
        root = repository_root(start)
    except CannotAnswer:
        root = start
    return Workshop(root, progress or Silent())


def pattern_at(start: Path, folder: Path) -> Pattern:
    """The pattern in a folder, for its author. Raises CannotAnswer when there is none."""
    from orchestrator.adapters.patterns.catalogue import Catalogue

    return Catalogue(None).at(start / folder)


def machine(start: Path) -> Machine:
    """The machine under `start`, for the doctor."""
    from orchestrator.adapters.running.machine import RealMachine

    return RealMachine(start)
