"""The one writer of the user's files: all of a change or nothing; it judges no content."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

from orchestrator.adapters.files.disk import Tree, cannot, reason, translated
from orchestrator.adapters.files.uninterrupted import uninterrupted
from orchestrator.adapters.files.workspace import sweep
from orchestrator.adapters.git.repository import GitRepository
from orchestrator.adapters.git.rules import GitFailed
from orchestrator.adapters.publishing import git_index, preparing
from orchestrator.adapters.publishing.journal import Journal, Plan
from orchestrator.adapters.publishing.locks import held
from orchestrator.adapters.publishing.placement import Conflict, Placement
from orchestrator.core.change.changes import Change
from orchestrator.core.errors import CannotAnswer

_WAIT_SECONDS = 60.0


class GitPublisher:
    """Publishes with a journal under `<common dir>/orchestrator/journal/`, one per work tree.

    Order: commit object, staged files, commit point (one rename), files into place, branch moved by
    compare-and-swap, index entries refreshed, journal gone. A death before the commit point leaves
    waste that `recover` removes; one after it leaves work that `recover` finishes.
    """

    def __init__(
        self, repository: GitRepository, *, landed: Callable[[], None] = lambda: None
    ) -> None:
        """`landed` is called when all is in place, before an interrupt can come."""
        self._landed = landed
        self._repository = repository
        self._git = repository.git
        self._tree = Tree(repository.root, modes=self._git.modes)
        linked = self._git.git_dir != self._git.common_dir
        name = f"worktree-{self._git.git_dir.name}" if linked else "main"
        self._journal = Journal(self._git.state / "journal" / name)
        self._lock = self._git.state / "locks" / "publish" / "repository.lock"

    def publish(
        self, changes: Sequence[Change], *, base: str, message: str, branch: str | None = None
    ) -> str:
        """An interrupted publish is recovered first. Hooks are not run."""
        wanted = preparing.wanted(changes)
        with held(self._lock, "the publisher of this repository", seconds=_WAIT_SECONDS):
            self._recover()
            try:
                with translated("prepare the publish in", self._journal.folder):
                    self._journal.fresh()
                if branch is not None:
                    return self._to_branch(wanted, base, message, branch)
                plan = preparing.plan(
                    self._repository, self._journal, self._tree, wanted, base=base, message=message
                )
                with uninterrupted():
                    self._carry_out(plan)
                    self._landed()
            except BaseException:
                self._drop_waste()
                raise
            return plan.commit

    def refuse(self, changes: Sequence[Change], *, base: str, branch: str | None = None) -> None:
        preparing.check_base(self._repository, changes, base)
        if branch is not None:
            preparing.check_names(self._repository, changes, base, None)
            preparing.check_branch(self._git, branch)
            return
        preparing.check_names(self._repository, changes, base, self._tree)
        preparing.check_places(self._tree, changes)
        preparing.check_checkout(self._repository, changes, base)

    def recover(self) -> str | None:
        with held(self._lock, "the publisher of this repository", seconds=_WAIT_SECONDS):
            with translated("clean up in", self._git.state):
                sweep(self._git.state)
            return self._recover()

    def interrupted(self) -> str | None:
        if self._busy():
            return None
        if (plan := self._journal.decided()) is not None:
            files = _files(plan)
            return f"a publish of {files} (commit {plan.commit[:12]}) was interrupted half-way"
        if (plan := self._journal.intended()) is not None:
            return f"a publish of {_files(plan)} was interrupted before it changed anything"
        return None

    def _busy(self) -> bool:
        """A living publisher holds the lock; reading that changes nothing."""
        try:
            handle = os.open(self._lock, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return False
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return True
        finally:
            os.close(handle)
        return False

    def _carry_out(self, plan: Plan) -> None:
        placement = Placement(self._tree, plan, self._journal)
        try:
            self._journal.intend(plan)
            placement.stage()
            self._journal.decide()
        except OSError as error:
            try:
                self._journal.undecide()
                self._discard(plan)
            except OSError as second:
                raise _stuck(error, second) from second
            where = error.filename or self._repository.root
            raise cannot("stage the new files:", str(where), error) from error
        try:
            placement.forward()
            self._swap(plan)
        except (OSError, CannotAnswer) as error:
            self._take_back(placement, error)
        self._settle(placement)

    def _swap(self, plan: Plan) -> None:
        """Move the branch, if it is still where the plan began."""
        if not self._on_same_branch(plan):
            raise CannotAnswer(
                "the branch was switched meanwhile", remedy="run the command again on this branch"
            )
        move = ("update-ref", "-m", f"commit: {plan.subject}", "--no-deref", plan.ref)
        try:
            self._git.run(*move, plan.commit, plan.base)
        except GitFailed as error:
            self._drop_ref_locks(plan, patience=0)
            if self._tip(plan) != plan.commit:
                raise CannotAnswer(
                    f"{plan.ref} could not be moved: {error.problem}",
                    remedy="run the command again; it plans from the commit that is there now",
                ) from error

    def _take_back(self, placement: Placement, error: OSError | CannotAnswer) -> None:
        """Undo after the commit point, or say that `recover` has to."""
        try:
            self._undo(placement)
        except (OSError, Conflict) as second:
            raise _stuck(error, second) from second
        if isinstance(error, OSError):
            where = error.filename or self._repository.root
            raise cannot("put the new files into place:", str(where), error) from error
        raise error

    def _settle(self, placement: Placement) -> None:
        """All is in place and on the branch: the index follows, and the journal goes."""
        plan = placement.plan
        try:
            placement.tidy(lambda: self._repository.tracked(plan.commit))
            git_index.refresh(self._git, self._journal.folder / "index.new", plan.steps)
        except (OSError, CannotAnswer) as error:
            raise CannotAnswer(
                f"published as {plan.commit[:12]}, but git's index could not follow:"
                f" {reason(error)}",
                remedy="mend that, then `orchestrator recover`",
            ) from error
        # What cannot be removed now is found and removed by the next publish or `recover`.
        with suppress(OSError):
            self._journal.clear()

    def _recover(self) -> str | None:
        with translated("recover the interrupted publish in", self._repository.root):
            if (plan := self._journal.decided()) is not None:
                with uninterrupted():
                    return self._finish(plan)
            plan = self._journal.intended()
            if plan is not None:
                self._discard(plan)
            self._journal.clear()
        if plan is None:
            return None
        return f"undid an interrupted publish of {_files(plan)}: nothing had been changed"

    def _finish(self, plan: Plan) -> str:
        placement = Placement(self._tree, plan, self._journal)
        self._drop_ref_locks(plan, patience=1.0)
        tip = self._tip(plan)
        published = tip is not None and self._contains(tip, plan.commit)
        if not published and tip == plan.base and self._on_same_branch(plan):
            placement.forward()
            self._swap(plan)
            published = True
        if published:
            self._settle(placement)
            return f"finished an interrupted publish of {_files(plan)} as {plan.commit[:12]}"
        self._undo(placement)
        return f"undid an interrupted publish of {_files(plan)}: the branch had moved meanwhile"

    def _undo(self, placement: Placement) -> None:
        """Everything as before; the time stamps in the index too, if nobody holds its lock."""
        placement.backward()
        with suppress(CannotAnswer):
            git_index.refresh(self._git, self._journal.folder / "index.new", ())
        self._journal.undecide()
        self._discard(placement.plan)

    def _discard(self, plan: Plan) -> None:
        Placement(self._tree, plan, self._journal).unstage()
        git_index.drop_own_lock(self._git, self._journal.folder / "index.new")
        self._journal.clear()

    def _drop_waste(self) -> None:
        """After a refusal: private files go, a record stays."""
        with suppress(OSError, CannotAnswer):
            if self._journal.decided() is None and self._journal.intended() is None:
                self._journal.clear()

    def _drop_ref_locks(self, plan: Plan, *, patience: float) -> None:
        """Remove the locks of a git that died while it moved our branch.

        Such a lock is empty or names our commit and is not older than our record. Another git's
        would be gone soon, so it gets `patience` seconds.
        """
        since = self._journal.since()
        until = time.monotonic() + patience
        home = self._git.git_dir if plan.ref == "HEAD" else self._git.common_dir
        locks = {self._git.git_dir / "HEAD.lock", home / f"{plan.ref}.lock"}
        for lock in locks:
            with suppress(FileNotFoundError):
                while time.monotonic() < until and lock.exists():
                    time.sleep(0.02)
                ours = lock.read_bytes().strip() in {b"", plan.commit.encode()}
                if ours and lock.stat().st_mtime >= since:
                    lock.unlink()

    def _to_branch(self, changes: Sequence[Change], base: str, message: str, branch: str) -> str:
        git = self._git
        self.refuse(changes, base=base, branch=branch)
        commit = preparing.commit(self._repository, self._journal.folder, changes, base, message)
        with uninterrupted():
            try:
                ref = f"refs/heads/{branch}"
                git.run("update-ref", "-m", f"branch: {branch}", ref, commit, git.zero)
            except GitFailed:
                preparing.check_branch(git, branch)  # says it better when the name was taken
                raise
            self._journal.clear()
            self._landed()
        return commit

    def _on_same_branch(self, plan: Plan) -> bool:
        branch = self._repository.branch()
        return plan.ref == ("HEAD" if branch is None else f"refs/heads/{branch}")

    def _tip(self, plan: Plan) -> str | None:
        return self._git.maybe("rev-parse", "--verify", "--quiet", plan.ref)

    def _contains(self, tip: str, commit: str) -> bool:
        return self._git.maybe("merge-base", "--is-ancestor", commit, tip) is not None


def _files(plan: Plan) -> str:
    count = len(plan.steps)
    return "1 file" if count == 1 else f"{count} files"


def _stuck(first: OSError | CannotAnswer, second: OSError | CannotAnswer) -> CannotAnswer:
    return CannotAnswer(
        f"the publish stopped half-way ({reason(first)}) and could not be taken back"
        f" ({reason(second)})",
        remedy="mend that, then `orchestrator recover`",
    )
