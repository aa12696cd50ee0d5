"""Trees and commits made in git's object store through a private index; no ref, no file moves."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from orchestrator.adapters.files.disk import translated
from orchestrator.adapters.files.workspace import workspace
from orchestrator.adapters.git.commands import Git, lines_of
from orchestrator.core.change.changes import Change, File
from orchestrator.core.errors import CannotAnswer


def mode_of(file: File) -> str:
    """The mode that git records for a file of ours."""
    return "100755" if file.executable else "100644"


def entries_of(git: Git, tree: str, paths: Sequence[str]) -> dict[str, str]:
    """What a commit or tree has at exactly these paths: `mode id`, folders and submodules too."""
    if not paths:
        return {}
    _, out = git.run("ls-tree", "-z", "-t", "--full-tree", tree, "--", *paths)
    wanted = set(paths)
    found = {}
    for line in filter(None, out.split(b"\0")):
        head, _, name = line.partition(b"\t")
        mode, _, identity = os.fsdecode(head).split(" ")
        if os.fsdecode(name) in wanted:
            found[os.fsdecode(name)] = f"{mode} {identity}"
    return found


def tree_of(git: Git, rev: str, changes: Sequence[Change]) -> str:
    """The tree that `rev` has with these changes."""
    with workspace(git.state) as folder:
        return tree_in(git, folder, rev, changes)


def tree_in(git: Git, folder: Path, rev: str, changes: Sequence[Change]) -> str:
    """The same, and the index of that tree stays in `folder` as `index`."""
    blobs = store(git, folder, [change.after for change in changes if change.after is not None])
    lines = []
    for change in changes:
        if change.after is None:
            lines.append(f"0 {git.zero}\t{change.path}\0")
        else:
            lines.append(f"{mode_of(change.after)} {blobs[change.after.content]}\t{change.path}\0")
    return _written(git, folder, rev, lines)


def tree_without(git: Git, tree: str, paths: Sequence[str]) -> str:
    """The tree that remains when these files and folders are taken out."""
    if not paths:
        return git.text("rev-parse", "--verify", "--quiet", f"{tree}^{{tree}}")
    _, out = git.run("ls-tree", "-r", "-z", "--full-tree", "--name-only", tree, "--", *paths)
    gone = [os.fsdecode(name) for name in filter(None, out.split(b"\0"))]
    with workspace(git.state) as folder:
        return _written(git, folder, tree, [f"0 {git.zero}\t{path}\0" for path in gone])


def _written(git: Git, folder: Path, rev: str, lines: Sequence[str]) -> str:
    private = {"GIT_INDEX_FILE": str(folder / "index")}
    git.run("read-tree", rev, environment=private)
    listing = os.fsencode("".join(lines))
    git.run("update-index", "-z", "--index-info", stdin=listing, environment=private)
    return os.fsdecode(git.run("write-tree", environment=private)[1]).strip()


def store(git: Git, folder: Path, files: Sequence[File]) -> dict[bytes, str]:
    """Write blobs and return their ids by content. The bytes are stored as they are."""
    contents = list(dict.fromkeys(file.content for file in files))
    if not contents:
        return {}
    with translated("write", folder):
        (folder / "blobs").mkdir(exist_ok=True)
        for number, content in enumerate(contents):
            (folder / "blobs" / str(number)).write_bytes(content)
    listing = lines_of(f"{folder}/blobs/{number}" for number in range(len(contents)))
    arguments = ("hash-object", "-w", "--no-filters", "--stdin-paths")
    ids = git.text(*arguments, stdin=listing).split("\n")
    return dict(zip(contents, ids, strict=True))


def commit_of(git: Git, tree: str, parent: str, message: str) -> str:
    """A commit object in the user's name, signed when the user signs; no ref points to it yet."""
    signing = git.maybe("config", "--type=bool", "commit.gpgsign") == "true"
    arguments = ["commit-tree", *(["-S"] if signing else []), "-p", parent, "-F", "-", tree]
    text = message if message.endswith("\n") else f"{message}\n"
    return git.text(*arguments, stdin=text.encode())


def check_out(git: Git, folder: Path, paths: Sequence[str]) -> None:
    """Write these files of the index in `folder` below `folder/new`, as a checkout writes them."""
    private = _private(git, folder)
    listing = b"".join(os.fsencode(path) + b"\0" for path in paths)
    git.run("checkout-index", "--force", "-z", "--stdin", stdin=listing, environment=private)


def same_after_filters(git: Git, folder: Path, paths: Sequence[str]) -> None:
    """Refuse paths whose bytes git's filters would change on the way back in.

    Such a file would show as modified as soon as it is published. `folder` is as `check_out` left
    it, and git is asked as the user would ask it: what differs from the index?
    """
    if not paths:
        return
    ask = ("diff", "--name-only", "-z", "--no-ext-diff", "--", *paths)
    _, out = git.run(*ask, environment=_private(git, folder))
    for name in filter(None, out.split(b"\0")):
        path = os.fsdecode(name)
        raise CannotAnswer(
            f"{path} would show as modified: .gitattributes converts or filters it",
            remedy=f"add `{path} -text -filter` to .gitattributes and commit that first",
        )


def _private(git: Git, folder: Path) -> dict[str, str]:
    return {
        "GIT_DIR": str(git.git_dir),
        "GIT_WORK_TREE": str(folder / "new"),
        "GIT_INDEX_FILE": str(folder / "index"),
    }
