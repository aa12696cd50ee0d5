"""Staged files into place and before-images back; refuses to touch what someone else changed."""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import dataclass

from orchestrator.adapters.files.disk import Odd, Seen, State, Tree, folders_above
from orchestrator.adapters.publishing.journal import Journal, Plan, Step
from orchestrator.core.errors import CannotAnswer


class Conflict(CannotAnswer):
    """A file is neither as it was nor as it is to be."""

    def __init__(self, path: str) -> None:
        super().__init__(
            f"CONFLICT: {path} was changed by someone else while a publish was under way;"
            " nothing of yours was touched",
            remedy=f"keep a copy of {path}, bring it back with git (`git checkout HEAD -- {path}`,"
            " or remove it if git does not know it), then `orchestrator recover`",
        )
        self.path = path


@dataclass(frozen=True)
class Placement:
    """One plan, the files it is about, and the journal that holds both versions of each."""

    tree: Tree
    plan: Plan
    journal: Journal

    def stage(self) -> None:
        """Make the new folders and write every new file beside its target, flushed."""
        for folder in self.plan.folders:
            self.tree.make_folder(folder)
        for step in self.plan.steps:
            self._stage(step)

    def unstage(self) -> None:
        """Remove what `stage` made, as far as it came; folders that others use stay."""
        for step in self.plan.steps:
            self.tree.remove(step.staged)
        for folder in reversed(self.plan.folders):
            self.tree.remove_folder(folder)

    def forward(self) -> None:
        """Put all that is not yet in place there. Raises Conflict before the first move when a
        path is neither as before nor as after."""
        states = [(step, self.tree.state(step.path)) for step in self.plan.steps]
        for step, state in states:
            if state not in (step.before, step.after):
                raise Conflict(step.path)
        for step, state in states:
            if state != step.after:
                self._advance(step)
        self._flush()
        for step in self.plan.steps:
            self.tree.remove(step.staged)

    def backward(self) -> None:
        """Bring every before-image back and remove what was staged. Raises Conflict before the
        first move when a path that had been replaced was changed since."""
        states = [(step, self.tree.state(step.path)) for step in self.plan.steps]
        for step, state in states:
            if state not in (step.before, step.after) and self._was_placed(step):
                raise Conflict(step.path)
        for number, (step, state) in enumerate(states):
            if state == step.after and state != step.before:
                self._restore(number, step)
        self.unstage()
        self._flush()

    def tidy(self, tracked: Callable[[], Container[str]]) -> None:
        """Remove what Python keeps of deleted modules, unless git has it too, and the folders that
        lost their last file, as git does."""
        gone = [step for step in self.plan.steps if step.after is None]
        waste = [path for step in gone for path in self.tree.compiled(step.path)]
        kept = tracked() if waste else ()
        for path in waste:
            if path not in kept:
                self.tree.remove(path)
                self.tree.remove_folder(path.rpartition("/")[0])
        for step in gone:
            for folder in reversed(folders_above(step.path)):
                self.tree.remove_folder(folder)

    def _stage(self, step: Step) -> None:
        if step.after is None:
            return
        content = self.journal.after(step.path)
        executable = step.after.executable
        self.tree.write_new(step.staged, content, mode=step.mode, executable=executable)

    def _advance(self, step: Step) -> None:
        if step.after is None:
            self._unchanged(step)
            self.tree.remove(step.path)
            return
        if self.tree.state(step.staged) != step.after:
            self._stage_again(step)
        self._unchanged(step)
        try:
            self.tree.place(step.staged, step.path, new=step.before is None)
        except FileExistsError as error:
            raise Conflict(step.path) from error

    def _unchanged(self, step: Step) -> None:
        if self.tree.state(step.path) != step.before:
            raise Conflict(step.path)

    def _stage_again(self, step: Step) -> None:
        """Someone cleaned the staged file away between the crash and now."""
        self._clear_way(step)
        self._stage(step)
        if self.tree.state(step.staged) != step.after:
            raise Conflict(step.staged)

    def _was_placed(self, step: Step) -> bool:
        return step.after is not None and self.tree.state(step.staged) is None

    def _restore(self, number: int, step: Step) -> None:
        if step.before is None:
            self.tree.remove(step.path)
            return
        self._clear_way(step)
        image = self.journal.before(number)
        if step.mode is not None:
            image.chmod(step.mode)
        if not self.tree.bring(image, step.path):
            content, executable = image.read_bytes(), step.before.executable
            self.tree.write_new(step.staged, content, mode=step.mode, executable=executable)
            self.tree.place(step.staged, step.path, new=step.after is None)

    def _clear_way(self, step: Step) -> None:
        for folder in self.tree.missing_folders(step.path):
            self.tree.make_folder(folder)
        self.tree.remove(step.staged)

    def _flush(self) -> None:
        folders = {step.path.rpartition("/")[0]: step.path for step in self.plan.steps}
        for path in folders.values():
            self.tree.flush_folder(path)


def regular(state: State, path: str) -> Seen | None:
    """The state, when it is one that may be replaced. Raises CannotAnswer for a link or device."""
    if isinstance(state, Odd):
        remedy = "put a regular file or nothing in its place"
        raise CannotAnswer(f"{path} {state.what}", remedy=remedy)
    return state
