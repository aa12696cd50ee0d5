"""Working copies for the gate outside the user's checkout; their removal is not left to chance."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from orchestrator.adapters.files.workspace import workspace
from orchestrator.adapters.git.commands import Git
from orchestrator.adapters.git.objects import tree_in
from orchestrator.adapters.git.repository import GitRepository
from orchestrator.core.change.changes import Change


class GitScratch:
    """Linked git work trees under `<common dir>/orchestrator/scratch/`.

    HEAD is detached at `rev`; index and files are those of `rev` with the changes, converted as a
    checkout of the user's would be. No hook runs, and large-file pointers stay pointers.
    """

    def __init__(self, repository: GitRepository) -> None:
        self._git = repository.git

    @contextmanager
    def tree(
        self, rev: str, changes: Sequence[Change], *, paths: Sequence[str] = ()
    ) -> Iterator[Path]:
        """The whole tree, or with `paths` only these files and folders of it (for big
        repositories); the rest is then marked as left out, as a sparse checkout does."""
        git = self._git
        with workspace(git.state) as folder:
            tree = tree_in(git, folder, rev, changes)
            place = folder / git.root.name
            add = ("worktree", "add", "--quiet", "--no-checkout", "--detach", str(place), rev)
            git.run(*add)
            _fill(git, place, tree, paths)
            yield place


def _fill(git: Git, place: Path, tree: str, paths: Sequence[str]) -> None:
    private = _private(place)
    git.run("read-tree", tree, environment=private)
    # As many writers as there are processors; a file system answers slowly, not the processor.
    writers = ("-c", f"checkout.workers={os.cpu_count() or 1}")
    command = ("checkout-index", "--quiet", "--index", "--force", "-z")
    if not paths:
        git.run(*command, "--all", environment=private, options=writers)
        return
    inside = _listed(git, private, paths)
    left_out = _listed(git, private, ()).difference(inside)
    git.run(
        "update-index",
        "-z",
        "--skip-worktree",
        "--stdin",
        stdin=_lines(left_out),
        environment=private,
    )
    git.run(*command, "--stdin", stdin=_lines(inside), environment=private, options=writers)


def _private(place: Path) -> dict[str, str]:
    link = (place / ".git").read_text("utf-8").removeprefix("gitdir:").strip()
    # Newer versions of git may write a path relative to the work tree.
    return {"GIT_DIR": str(place / link), "GIT_WORK_TREE": str(place)}


def _listed(git: Git, private: dict[str, str], paths: Sequence[str]) -> set[bytes]:
    _, out = git.run("ls-files", "-z", "--", *paths, environment=private)
    return set(filter(None, out.split(b"\0")))


def _lines(names: set[bytes]) -> bytes:
    return b"".join(name + b"\0" for name in sorted(names))
