"""Every door to the outside world as a protocol; adapters obey, use cases rely on them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from orchestrator.core.changes import Change, File
from orchestrator.core.check import Check, Command, Completed
from orchestrator.core.code import Asked, Candidate, IndexFile, IndexState
from orchestrator.core.documents import DocsAnswer, DocsLimits, Question
from orchestrator.core.edits import AllowedFindings, Edit, EditResult
from orchestrator.core.host import Host, Manifest, Place
from orchestrator.core.merging import Merged
from orchestrator.core.pattern import Pattern, PatternSource
from orchestrator.core.pattern_lint import Remark, TemplateFacts
from orchestrator.core.skill import Proposal, Situation
from orchestrator.core.skill_card import FoundSkill


@dataclass(frozen=True)
class Identity:
    """The git identity that signs a commit."""

    name: str
    email: str


class Clock(Protocol):
    """The time, in UTC."""

    def now(self) -> datetime: ...


class Progress(Protocol):
    """Tell a waiting person which step runs; silent where nobody looks."""

    def step(self, text: str) -> None: ...


class Repository(Protocol):
    """A git repository. Paths are relative POSIX strings; content is bytes; nothing here writes
    to the user's files."""

    root: Path
    common_dir: Path

    def head(self) -> str:
        """The commit that HEAD names. Raises CannotAnswer when there is none."""
        ...

    def branch(self) -> str | None:
        """The current branch, or None when HEAD is detached."""
        ...

    def identity(self) -> Identity:
        """Who commits. Raises CannotAnswer when git knows no name or e-mail."""
        ...

    def unfinished(self) -> str | None:
        """The merge, rebase, cherry-pick or bisect that is under way, if any."""
        ...

    def dirty(self, paths: Sequence[str]) -> tuple[str, ...]:
        """Those of the paths whose index or working file differs from HEAD, untracked ones too."""
        ...

    def tracked(self, rev: str) -> Mapping[str, str]:
        """All files of a commit: path to `mode blob-id`."""
        ...

    def read(self, rev: str, path: str) -> File | None:
        """A file as committed, or None."""
        ...

    def tree_with(self, rev: str, changes: Sequence[Change]) -> str:
        """The git tree id that `rev` would have with these changes; no index is touched."""
        ...

    def tree_at(self, branch: str) -> str | None:
        """The git tree id of a branch's newest commit, None when there is no such branch."""
        ...

    def subject(self, tree: str, without: Sequence[str]) -> tuple[str, str]:
        """The git tree id and the manifest SHA-256 of a tree without some paths (folders too)."""
        ...

    def blob(self, content: bytes) -> str:
        """The git blob id of some bytes (not written)."""
        ...

    def merge(self, base: bytes, ours: bytes, theirs: bytes) -> Merged:
        """Merge two texts that came from one; conflicts are marked and counted."""
        ...

    def ignored(self, path: str) -> bool:
        """Say whether git ignores an untracked path."""
        ...

    def default_branch(self) -> str | None:
        """The branch that origin's HEAD names, if there is one."""
        ...

    def before(self, rev: str) -> str | None:
        """Where a change began: the merge base with origin's default branch, or the parent of a
        commit that is on it. None when the clone does not reach so far."""
        ...


class WorkTree(Protocol):
    """The user's files as they lie there, committed or not. It creates; `replace` alone writes
    over a file, and only over what was read before."""

    root: Path

    def openings(self, folder: str, suffix: str, size: int) -> Iterator[tuple[str, bytes | None]]:
        """Path and first `size` bytes (None: unreadable) of every file in a folder, sorted."""
        ...

    def names(self, folder: str) -> tuple[str, ...]:
        """The sorted names in a folder; none when it is absent."""
        ...

    def read(self, path: str) -> bytes | None:
        """A file's content, or None when there is none."""
        ...

    def refuse_links(self, path: str) -> None:
        """Raise CannotAnswer when the path, or a folder above it, is a symbolic link."""
        ...

    def create(self, path: str, content: bytes | None) -> bool:
        """Write a new file (a folder for None) with the folders above it; False if it exists.

        Raises CannotAnswer when a folder on the way is a symbolic link or cannot be written.
        """
        ...

    def replace(self, path: str, before: bytes, after: bytes) -> None:
        """Give one file of the tool's own, whose content is `before`, another content at once.

        Raises CannotAnswer when it is a link, differs from `before` or cannot be written.
        """
        ...


class Scratch(Protocol):
    """Working copies outside the user's checkout, removed when the block ends."""

    def tree(self, rev: str, changes: Sequence[Change]) -> AbstractContextManager[Path]:
        """A copy of `rev` with these changes applied."""
        ...


class Publisher(Protocol):
    """The one writer of the user's files: all of a change, or nothing, at any instant of death."""

    def publish(
        self, changes: Sequence[Change], *, base: str, message: str, branch: str | None = None
    ) -> str:
        """Write, commit on `base` and return the commit id. Raises CannotAnswer when a touched file
        is dirty or HEAD moved. With `branch` the commit goes there and no file is touched."""
        ...

    def refuse(self, changes: Sequence[Change], *, base: str, branch: str | None = None) -> None:
        """Raise CannotAnswer for what would stop such a publish now; writes nothing."""
        ...

    def recover(self) -> str | None:
        """Finish or undo what a killed run left; None when there was nothing. Idempotent."""
        ...

    def interrupted(self) -> str | None:
        """Say what a killed run left, without touching it."""
        ...


class Locks(Protocol):
    """One lock per story, shared by linked worktrees, released by the kernel on death."""

    def hold(self, story: str) -> AbstractContextManager[None]:
        """Raises CannotAnswer naming the holder when another process has it."""
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


class Defaults(Protocol):
    """The files that the tool brings along: `workflow.yaml` and `policy.yaml`."""

    def read(self, name: str) -> bytes: ...


class Secrets(Protocol):
    """The untracked `.env` of the working copy; never overwritten, never committed."""

    def provide(self, wanted: Mapping[str, int]) -> SecretsProvided:
        """Write each name with that many random bytes (base64url), readable by the owner only,
        when no `.env` exists and git ignores it. Idempotent."""
        ...

    def others(self, names: Collection[str]) -> bool:
        """Say whether there is a `.env` that `retire` would leave: one with more than these names,
        or one that is no plain file."""
        ...

    def retire(self, names: Collection[str]) -> SecretsProvided:
        """Move a `.env` that holds nothing but these names out of the working copy. One that holds
        more is left as it is, and that is said."""
        ...


@dataclass(frozen=True)
class SecretsProvided:
    """The names that were written, or why none were and what to do by hand; for a `.env` that was
    retired, where it lies now."""

    written: tuple[str, ...] = ()
    because: str = ""
    moved_to: str = ""


class Editor(Protocol):
    """Change a host file by its syntax, as little as possible; a pure function of the text."""

    def apply(self, edit: Edit, existing: Mapping[str, File]) -> EditResult: ...


class Memory(Protocol):
    """Read the repository without running it."""

    def survey(
        self, files: Mapping[str, str], read: Callable[[str], bytes], *, framework: str | None
    ) -> Host:
        """Look at a committed tree: paths, and a reader of their content."""
        ...

    def importers(
        self, files: Mapping[str, str], read: Callable[[str], bytes], *, package: str, folder: str
    ) -> tuple[Place, ...]:
        """Where code imports a package, or something in it, that is not among the files; sorted."""
        ...

    def followers(
        self, files: Mapping[str, str], read: Callable[[str], bytes], *, revision: str
    ) -> tuple[Place, ...]:
        """The revisions of a database schema that come right after the one in a file."""
        ...


class Index(Protocol):
    """What is known of committed code, by content; kept between runs, and made anew when it is
    lost. `others` are folders of further repositories, in which nothing is written."""

    def find(
        self, asked: Sequence[Sequence[str]], others: Sequence[str]
    ) -> tuple[tuple[Candidate, ...], tuple[Asked, ...]]:
        """Symbols that hold a word of the question (each word with those that mean the same), and
        how much of each repository was looked into."""
        ...

    def state(self, others: Sequence[str]) -> tuple[IndexFile, tuple[IndexState, ...]]: ...

    def rebuild(self, others: Sequence[str]) -> None:
        """Forget everything and read all files; what is read stays when this is interrupted."""
        ...

    def remember(self, what: str, key: str, make: Callable[[], str]) -> str:
        """The text that was made for this key, made now when another key or none is known."""
        ...


class Docs(Protocol):
    """Documents of others, from where they are published or from the cache."""

    def ask(self, questions: Sequence[Question], limits: DocsLimits) -> tuple[DocsAnswer, ...]:
        """Answers in the order of the questions, all within the limits; a failure is an answer."""
        ...


@dataclass(frozen=True)
class Environment:
    """An interpreter that has the host's dependencies, ours and the gate's test tools."""

    python: Path
    digest: str
    origin: str


class Environments(Protocol):
    """Make interpreters from a manifest with uv, cached by the digest of all that went in."""

    def prepare(
        self,
        root: Path,
        manifest: Manifest | None,
        requirements: Sequence[str],
        *,
        within: Environment | None = None,
    ) -> Environment:
        """With `within` (the host's own environment) no version that it has may move. Raises
        CannotAnswer when uv, the network or a matching Python is missing, or a version would."""
        ...


class Runner(Protocol):
    """Run a command of the gate in a tree: limits, own process group, clean environment."""

    def run(self, command: Command, *, tree: Path, python: Path) -> Completed: ...

    def stop(self) -> None:
        """Kill whatever runs now and start nothing more; called when the user interrupts."""
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


class LogStore(Protocol):
    """The log and evidence of a tree, as bytes; follows no link and judges nothing."""

    def entries(self, story: str) -> Mapping[str, bytes]:
        """File name to bytes, for every entry of a story."""
        ...

    def stories(self) -> tuple[str, ...]: ...

    def evidence(self, digest: str) -> bytes | None:
        """The stored file of that digest, or None."""
        ...

    def evidence_names(self) -> tuple[str, ...]: ...

    def strangers(self) -> tuple[tuple[str, str], ...]:
        """Path and reason for all under log and evidence that is no plain file in its place."""
        ...

    def file(self, path: str) -> bytes | None:
        """Any file of the same tree; None when it is absent, or no plain file."""
        ...


class Runs(Protocol):
    """Attempts that published nothing, kept under the git common directory."""

    def keep(self, story: str, files: Mapping[str, bytes]) -> str:
        """Store an attempt and return its id."""
        ...

    def all(self, story: str | None) -> tuple[tuple[str, Mapping[str, bytes]], ...]: ...


class Ports(Protocol):
    """All ports of one repository; each is made at its first use."""

    @property
    def root(self) -> Path: ...
    @property
    def clock(self) -> Clock: ...
    @property
    def progress(self) -> Progress: ...
    @property
    def repository(self) -> Repository: ...
    @property
    def defaults(self) -> Defaults: ...
    @property
    def secrets(self) -> Secrets: ...
    @property
    def work_tree(self) -> WorkTree: ...
    @property
    def scratch(self) -> Scratch: ...
    @property
    def publisher(self) -> Publisher: ...
    @property
    def locks(self) -> Locks: ...
    @property
    def renderer(self) -> Renderer: ...
    @property
    def patterns(self) -> Patterns: ...
    @property
    def sources(self) -> PatternSources: ...
    @property
    def trust(self) -> Trust: ...
    @property
    def benches(self) -> Benches: ...
    @property
    def editor(self) -> Editor: ...
    @property
    def memory(self) -> Memory: ...
    @property
    def index(self) -> Index: ...
    @property
    def docs(self) -> Docs: ...
    @property
    def environments(self) -> Environments: ...
    @property
    def runner(self) -> Runner: ...
    @property
    def skills(self) -> Skills: ...
    @property
    def checks(self) -> Checks: ...
    @property
    def log(self) -> LogStore: ...
    @property
    def runs(self) -> Runs: ...
