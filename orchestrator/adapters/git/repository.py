"""The repository as the use cases ask about it: commits, trees and states; writes no user file."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from orchestrator.adapters.files.disk import translated
from orchestrator.adapters.git.commands import Git, lines_of
from orchestrator.adapters.git.merging import merge
from orchestrator.adapters.git.objects import entries_of, tree_of, tree_without
from orchestrator.adapters.git.rules import GitFailed
from orchestrator.core.change.changes import Change, File
from orchestrator.core.change.merging import Merged
from orchestrator.core.errors import CannotAnswer
from orchestrator.ports.repository import Identity

_UNFINISHED = (
    ("MERGE_HEAD", "merge"),
    ("rebase-merge", "rebase"),
    ("rebase-apply", "rebase or am"),
    ("CHERRY_PICK_HEAD", "cherry-pick"),
    ("REVERT_HEAD", "revert"),
    ("BISECT_LOG", "bisect"),
)
_REGULAR = {"100644": False, "100755": True}
_AT_ONCE = 500


class GitRepository:
    """A repository found from a folder inside its work tree.

    Supported: linked work trees, detached HEAD, shallow and partial clones, sparse checkouts,
    SHA-256 object names. Refused by name: no repository, a bare one, one without commits.
    """

    def __init__(self, start: Path) -> None:
        self.git = Git(start)
        self.root = self.git.root
        self.common_dir = self.git.common_dir
        self._trees: dict[str, Mapping[str, str]] = {}

    def head(self) -> str:
        found = self.git.maybe("rev-parse", "--verify", "--quiet", "HEAD^{commit}")
        if found is None:
            remedy = "make a first commit: the story lands on top of it"
            raise CannotAnswer("the repository has no commits yet", remedy=remedy)
        return found

    def branch(self) -> str | None:
        ref = self.git.maybe("symbolic-ref", "--quiet", "HEAD")
        return None if ref is None else ref.removeprefix("refs/heads/")

    def identity(self) -> Identity:
        try:
            author = self.git.text("var", "GIT_AUTHOR_IDENT")
            self.git.text("var", "GIT_COMMITTER_IDENT")
        except GitFailed as error:
            remedy = '`git config user.name "…"` and `git config user.email "…"`'
            raise CannotAnswer("git does not know who commits", remedy=remedy) from error
        name, _, rest = author.rpartition(" <")
        return Identity(name, rest.partition("> ")[0])

    def unfinished(self) -> str | None:
        return next(
            (name for file, name in _UNFINISHED if (self.git.git_dir / file).exists()), None
        )

    def dirty(self, paths: Sequence[str]) -> tuple[str, ...]:
        """Compares contents, not time stamps, so that an edit behind `assume-unchanged` shows; a
        file that a sparse checkout left out is not dirty."""
        wanted = tuple(dict.fromkeys(paths))
        found: set[str] = set()
        for start in range(0, len(wanted), _AT_ONCE):
            found.update(self._dirty(wanted[start : start + _AT_ONCE]))
        return tuple(path for path in wanted if path in found)

    def _dirty(self, paths: Sequence[str]) -> set[str]:
        committed = entries_of(self.git, self.head(), paths)
        staged, sparse = self._index(paths)
        found = {path for path in paths if committed.get(path) != staged.get(path)}
        present = [path for path in paths if os.path.lexists(self.root / path)]
        ids = self._working_ids({path: committed[path] for path in present if path in committed})
        for path in present:
            mode, _, blob = committed.get(path, "").partition(" ")
            if ids.get(path) != blob or (self.git.modes and mode != self._mode(path)):
                found.add(path)
        missing = set(paths).difference(present, sparse)
        return found.union(path for path in missing if path in committed)

    def _index(self, paths: Sequence[str]) -> tuple[dict[str, str], set[str]]:
        """Entries as `mode blob`, and the paths that a sparse checkout leaves out."""
        _, out = self.git.run("ls-files", "-z", "-t", "--stage", "--", *paths)
        entries: dict[str, str] = {}
        sparse = set()
        for line in filter(None, out.split(b"\0")):
            head, _, name = line.partition(b"\t")
            tag, mode, blob, stage = os.fsdecode(head).split(" ")
            path = os.fsdecode(name)
            entries[path] = f"{mode} {blob}" if stage == "0" else "unmerged"
            if tag == "S":
                sparse.add(path)
        return entries, sparse

    def _working_ids(self, committed: Mapping[str, str]) -> dict[str, str]:
        """The blobs that git would store for these files now, if they are regular files.

        Bytes that are those of the commit are that blob, whatever a filter would make of them.
        """
        found, others = {}, []
        for path in filter(self._is_file, committed):
            with translated("read", path):
                raw = self.git.blob_id((self.root / path).read_bytes())
            if raw == committed[path].partition(" ")[2]:
                found[path] = raw
            else:
                others.append(path)
        if others:
            listing = lines_of(others)
            blobs = self.git.text("hash-object", "--stdin-paths", stdin=listing).split("\n")
            found.update(zip(others, blobs, strict=True))
        return found

    def _is_file(self, path: str) -> bool:
        file = self.root / path
        return file.is_file() and not file.is_symlink()

    def _mode(self, path: str) -> str:
        return "100755" if (self.root / path).stat().st_mode & 0o100 else "100644"

    def tracked(self, rev: str) -> Mapping[str, str]:
        """Links are there with mode 120000; submodules are not files and are left out."""
        if rev not in self._trees:
            _, out = self.git.run("ls-tree", "-r", "-z", "--full-tree", rev)
            listing = {}
            for line in filter(None, out.split(b"\0")):
                head, _, name = line.partition(b"\t")
                mode, kind, blob = os.fsdecode(head).split(" ")
                if kind == "blob":
                    listing[os.fsdecode(name)] = f"{mode} {blob}"
            if len(rev) != len(self.git.zero):
                return listing
            self._trees[rev] = listing
        return self._trees[rev]

    def read(self, rev: str, path: str) -> File | None:
        """None for links, folders and submodules too."""
        mode, _, blob = self.tracked(rev).get(path, "").partition(" ")
        if mode not in _REGULAR:
            return None
        return File(self.git.content(blob), _REGULAR[mode])

    def tree_with(self, rev: str, changes: Sequence[Change]) -> str:
        return tree_of(self.git, rev, changes)

    def tree_at(self, branch: str) -> str | None:
        return self.git.maybe("rev-parse", "--verify", "--quiet", f"refs/heads/{branch}^{{tree}}")

    def subject(self, tree: str, without: Sequence[str]) -> tuple[str, str]:
        """The manifest has one line per file, sorted by the bytes of the path, each ended by NUL:
        mode, space, SHA-256 of the content, space, path."""
        rest = tree_without(self.git, tree, without)
        digest = hashlib.sha256()
        for path, entry in sorted(
            self.tracked(rest).items(), key=lambda item: os.fsencode(item[0])
        ):
            mode, _, blob = entry.partition(" ")
            content = hashlib.sha256(self.git.content(blob)).hexdigest()
            digest.update(f"{mode} {content} ".encode() + os.fsencode(path) + b"\0")
        return rest, digest.hexdigest()

    def merge(self, base: bytes, ours: bytes, theirs: bytes) -> Merged:
        return merge(self.git, base, ours, theirs)

    def blob(self, content: bytes) -> str:
        return self.git.blob_id(content)

    def ignored(self, path: str) -> bool:
        # The command takes names, not patterns, and refuses to be told so.
        plain = {"GIT_LITERAL_PATHSPECS": "0"}
        command = ("check-ignore", "--quiet", "--", path)
        return self.git.run(*command, environment=plain, accept=(0, 1))[0] == 0

    def default_branch(self) -> str | None:
        ref = self.git.maybe("symbolic-ref", "--quiet", "refs/remotes/origin/HEAD")
        return None if ref is None else ref.removeprefix("refs/remotes/origin/")

    def before(self, rev: str) -> str | None:
        branch = self.default_branch()
        if branch is not None:
            base = self.git.maybe("merge-base", f"refs/remotes/origin/{branch}", rev)
            if base not in (None, rev):
                return base
        return self.git.maybe("rev-parse", "--verify", "--quiet", f"{rev}^1^{{commit}}")
