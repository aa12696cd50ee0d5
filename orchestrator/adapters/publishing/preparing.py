"""Everything of a publish that can be refused: checks and private copies; no user file moves."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from orchestrator.adapters.files.disk import Seen, Tree, folders_above, seen, translated
from orchestrator.adapters.git import objects
from orchestrator.adapters.git.commands import Git
from orchestrator.adapters.git.repository import GitRepository
from orchestrator.adapters.git.rules import GitFailed
from orchestrator.adapters.publishing import git_index
from orchestrator.adapters.publishing.journal import Journal, Plan, Step, staged_name
from orchestrator.adapters.publishing.placement import regular
from orchestrator.core.change import paths as rules
from orchestrator.core.change.changes import Change, File, conflicts, effective
from orchestrator.core.errors import CannotAnswer


def wanted(changes: Sequence[Change]) -> tuple[Change, ...]:
    """The changes that do something. Raises CannotAnswer for a conflict, a forbidden path, and
    when nothing remains."""
    blocked = conflicts(tuple(changes))
    if blocked:
        remedy = "decide about these files first; nothing was written"
        listing = ", ".join(f"{change.path} {change.reason}" for change in blocked)
        raise CannotAnswer(f"cannot publish over a conflict: {listing}", remedy=remedy)
    left = effective(tuple(changes))
    if not left:
        raise CannotAnswer("there is nothing to publish", remedy="all is as proposed already")
    for change in left:
        if (why := rules.problem(change.path)) is not None:
            remedy = "choose another answer for that path"
            raise CannotAnswer(f"{change.path!r} {why}", remedy=remedy)
    return left


def check_base(repository: GitRepository, changes: Sequence[Change], base: str) -> None:
    """Refuse what does not fit the commit: other content than planned, a submodule or a link in the
    way, twins of existing names."""
    paths = [change.path for change in changes]
    above = dict.fromkeys(folder for path in paths for folder in folders_above(path))
    committed = objects.entries_of(repository.git, base, [*paths, *above])
    for folder in above:
        kind = committed.get(folder, "040000").partition(" ")[0]
        if kind != "040000":
            what = {"160000": "a submodule", "120000": "a link"}.get(kind, "a file")
            remedy = "choose a path outside of it"
            raise CannotAnswer(f"{folder} is {what}, and a change lies beneath it", remedy=remedy)
    for change in changes:
        if committed.get(change.path) != _entry(repository, change.before):
            remedy = "run the command again: it plans from the commit that is there now"
            raise CannotAnswer(f"{change.path} is not what the plan expects", remedy=remedy)


def check_names(
    repository: GitRepository, changes: Sequence[Change], base: str, tree: Tree | None
) -> None:
    """Refuse names that differ from an existing one in case or Unicode form alone.

    The files around a change are looked at in `tree`; the whole commit where they are not all
    there, which is in a sparse checkout or without a checkout.
    """
    touched = [change.path for change in changes]
    around = {name for path in touched for name in tree.siblings(path)} if tree else set()
    if tree is None or repository.git.sparse:
        around.update(repository.tracked(base))
    for sentence in rules.collisions(touched, sorted(around)):
        raise CannotAnswer(sentence, remedy="rename one of them")


def check_checkout(repository: GitRepository, changes: Sequence[Change], base: str) -> None:
    """Refuse a moved HEAD, an unfinished merge, a dirty file in the way and a held index lock."""
    if (operation := repository.unfinished()) is not None:
        remedy = f"finish or abort the {operation} first"
        raise CannotAnswer(f"a {operation} is under way", remedy=remedy)
    if (head := repository.head()) != base:
        problem = f"HEAD moved from {base[:12]} to {head[:12]} meanwhile"
        raise CannotAnswer(problem, remedy="run the command again on the new commit")
    dirty = repository.dirty([change.path for change in changes])
    if dirty:
        remedy = "commit, stash or move them away first"
        problem = f"these files have changes of yours: {', '.join(dirty)}"
        raise CannotAnswer(problem, remedy=remedy)
    if git_index.locked(repository.git):
        lock = repository.git.git_dir / "index.lock"
        remedy = "let the other git command end, or remove that file if none runs"
        raise CannotAnswer(f"another git command holds {lock}", remedy=remedy)


def check_places(tree: Tree, changes: Sequence[Change]) -> None:
    """Refuse a link, a folder or a device where a file would be written."""
    for change in changes:
        with translated("read", change.path):
            regular(tree.state(change.path), change.path)


def check_branch(git: Git, branch: str) -> None:
    """Refuse a branch that has no proper name or exists."""
    if git.maybe("check-ref-format", "--branch", branch) is None:
        remedy = "choose a name that `git check-ref-format` accepts"
        raise CannotAnswer(f"{branch!r} is no name for a branch", remedy=remedy)
    if git.maybe("rev-parse", "--verify", "--quiet", f"refs/heads/{branch}") is not None:
        remedy = "choose another one with `branch_id=…`, or delete that branch"
        raise CannotAnswer(f"the branch {branch} exists already", remedy=remedy)
    for above in folders_above(branch):
        if git.maybe("rev-parse", "--verify", "--quiet", f"refs/heads/{above}") is not None:
            problem = f"git cannot have the branch {branch} beside the branch {above}"
            remedy = f"rename that one, e.g. `git branch -m {above} {above}-old`"
            raise CannotAnswer(problem, remedy=remedy)


def commit(
    repository: GitRepository, folder: Path, changes: Sequence[Change], base: str, message: str
) -> str:
    """The commit object; the index of its tree stays in `folder`."""
    tree = objects.tree_in(repository.git, folder, base, changes)
    try:
        return objects.commit_of(repository.git, tree, base, message)
    except GitFailed:
        repository.identity()  # says it better when a missing name is the reason
        raise


def plan(
    repository: GitRepository,
    journal: Journal,
    tree: Tree,
    changes: Sequence[Change],
    *,
    base: str,
    message: str,
) -> Plan:
    """Fill the journal's private folders with both versions of every file and say what is to be
    done. Raises CannotAnswer when anything is in the way."""
    git = repository.git
    check_base(repository, changes, base)
    check_names(repository, changes, base, tree)
    before = [_keep_before(journal, tree, n, change.path) for n, change in enumerate(changes)]
    check_checkout(repository, changes, base)
    identity = commit(repository, journal.folder, changes, base, message)
    present = [change.path for change in changes if change.after is not None]
    objects.check_out(git, journal.folder, present)
    objects.same_after_filters(git, journal.folder, present)
    steps = []
    for number, (change, (state, mode)) in enumerate(zip(changes, before, strict=True)):
        after = _after(repository, journal, change)
        staged = staged_name(change.path, number, identity)
        entries = [_entry(repository, side) for side in (change.before, change.after)]
        steps.append(Step(change.path, state, after, staged, mode, *entries))
    branch = repository.branch()
    folders = (
        folder for change in changes if change.after for folder in tree.missing_folders(change.path)
    )
    return Plan(
        base=base,
        commit=identity,
        ref="HEAD" if branch is None else f"refs/heads/{branch}",
        subject=message.partition("\n")[0],
        folders=tuple(sorted(set(folders))),
        steps=tuple(steps),
    )


def _keep_before(
    journal: Journal, tree: Tree, number: int, path: str
) -> tuple[Seen | None, int | None]:
    with translated("read", path):
        found = tree.content(path)
    if not isinstance(found, tuple):
        return regular(found, path), None
    content, mode = found
    with translated("keep a copy of a file in", journal.folder):
        journal.keep_before(number, content)
    return seen(content, executable=tree.modes and bool(mode & 0o100)), mode


def _after(repository: GitRepository, journal: Journal, change: Change) -> Seen | None:
    if change.after is None:
        return None
    executable = repository.git.modes and change.after.executable
    with translated("read", os.fspath(journal.folder)):
        return seen(journal.after(change.path), executable=executable)


def _entry(repository: GitRepository, file: File | None) -> str | None:
    if file is None:
        return None
    return f"{objects.mode_of(file)} {repository.git.blob_id(file.content)}"
