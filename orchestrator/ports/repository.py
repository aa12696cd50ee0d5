"""A git repository and the user's files: reading them, and the one door for changing them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from orchestrator.core.change.changes import Change, File
from orchestrator.core.change.merging import Merged


@dataclass(frozen=True)
class Identity:
    """The git identity that signs a commit."""

    name: str
    email: str


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

    def promise(self, names: Collection[str], entry: str) -> None:
        """Note that these names are to be retired as soon as HEAD has the log entry at a path."""
        ...

    def keep_promises(self) -> SecretsProvided:
        """Retire what a run had promised that landed and then was killed. Idempotent."""
        ...


@dataclass(frozen=True)
class SecretsProvided:
    """The names that were written, or why none were and what to do by hand; for a `.env` that was
    retired, where it lies now."""

    written: tuple[str, ...] = ()
    because: str = ""
    moved_to: str = ""
