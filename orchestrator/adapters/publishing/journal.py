"""The record of a publish under way: what would change, from what to what; it changes nothing."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from orchestrator.adapters.files.disk import Seen, flush, write_durably, write_flushed
from orchestrator.core.errors import CannotAnswer

_INTENT = "intent.json"
_COMMIT = "commit.json"


@dataclass(frozen=True)
class Step:
    """One path on its way. `staged` is where its next content waits, beside it.

    `mode` holds the permission bits before; `entry_before` and `entry_after` are what git's index
    has, as `mode blob`, or None.
    """

    path: str
    before: Seen | None
    after: Seen | None
    staged: str
    mode: int | None
    entry_before: str | None
    entry_after: str | None


@dataclass(frozen=True)
class Plan:
    """All of a publish: `ref` moves from `base` to `commit`; `folders` are new, outermost first."""

    base: str
    commit: str
    ref: str
    subject: str
    folders: tuple[str, ...]
    steps: tuple[Step, ...]


class Journal:
    """A folder of private files and at most one record.

    No record: what lies here is waste. `intent.json`: files are being staged, none is in place.
    `commit.json`, made by one rename of the other: the change is decided and has to be finished or,
    if the branch went elsewhere, taken back. The record is the last to appear and the first to go.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def fresh(self) -> None:
        """Start empty."""
        self.clear()
        self.folder.mkdir(parents=True)
        (self.folder / "before").mkdir()
        (self.folder / "new").mkdir()

    def intend(self, plan: Plan) -> None:
        """From now on staged files and new folders can be found and removed."""
        for folder in (self.folder / "before", self.folder.parent):
            flush(folder)
        content = json.dumps(asdict(plan), indent=1).encode()
        write_durably(self.folder / _INTENT, content)

    def decide(self) -> None:
        """The commit point: one rename."""
        (self.folder / _INTENT).rename(self.folder / _COMMIT)
        flush(self.folder)

    def undecide(self) -> None:
        """Take the commit point back, if it was reached; nothing may be in place."""
        if (self.folder / _COMMIT).exists():
            (self.folder / _COMMIT).rename(self.folder / _INTENT)

    def intended(self) -> Plan | None:
        """The plan that was being staged."""
        return self._plan(_INTENT)

    def decided(self) -> Plan | None:
        """The plan that has to be finished or taken back."""
        return self._plan(_COMMIT)

    def since(self) -> float:
        """When the record was written: nothing that a publish left behind is older."""
        return (self.folder / _COMMIT).stat().st_mtime

    def clear(self) -> None:
        """Forget it all: the record first, so that what is left of a removal is waste."""
        if not self.folder.exists():
            return
        for record in (_COMMIT, _INTENT):
            if (self.folder / record).exists():
                (self.folder / record).unlink()
        # Not flushed: a record that comes back after a power cut describes what is done already.
        shutil.rmtree(self.folder)

    def keep_before(self, number: int, content: bytes) -> None:
        """Store the bytes that step `number` is going to replace; `intend` makes the name last."""
        write_flushed(self.before(number), content)

    def before(self, number: int) -> Path:
        """The file that holds the bytes that step `number` replaces."""
        return self.folder / "before" / str(number)

    def after(self, path: str) -> bytes:
        """The bytes that a path is to have, as a checkout writes them."""
        return (self.folder / "new" / path).read_bytes()

    def _plan(self, name: str) -> Plan | None:
        try:
            facts = json.loads((self.folder / name).read_bytes())
            steps = tuple(_step(fields) for fields in facts.pop("steps"))
            return Plan(**{**facts, "folders": tuple(facts["folders"]), "steps": steps})
        except FileNotFoundError:
            return None
        except (ValueError, TypeError, KeyError) as error:
            raise CannotAnswer(
                f"{self.folder / name} is not a record of this version of the tool",
                remedy="finish the publish with the version that began it",
            ) from error


def _step(fields: dict[str, Any]) -> Step:
    states = {side: Seen(**fields[side]) if fields[side] else None for side in ("before", "after")}
    return Step(**{**fields, **states})


def staged_name(path: str, number: int, commit: str) -> str:
    """A name beside `path` that no tool of the user's has, short whatever the target is called."""
    folder, slash, _ = path.rpartition("/")
    return f"{folder}{slash}.orchestrator-{commit[:12]}-{number}"
