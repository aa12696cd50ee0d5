"""What a story has put into its repository and not taken out again, as its newest record says."""

from __future__ import annotations

from dataclasses import dataclass

from orchestrator.core.record.chain import Entry, History
from orchestrator.core.record.record import DependencyData, FileData, PatternData

# How a file leaves: it is gone, our lines were cut out of it, or it stays and is the user's now.
LEFT = frozenset({"delete", "cut", "release"})


@dataclass(frozen=True)
class Installed:
    """The manifest of the newest entry that wrote files.

    `package` is the import name of the code, `folder` its path, `tests` the folder of its tests;
    `pristine` is the stored evidence that holds every file as it was and as we wrote it (None: an
    older version of the tool recorded none).
    """

    story: str
    entry: str
    patterns: tuple[PatternData, ...]
    package: str
    folder: str
    tests: str
    files: tuple[FileData, ...]
    dependencies: tuple[DependencyData, ...]
    pristine: str | None

    @property
    def written(self) -> tuple[FileData, ...]:
        """The files that are ours as a whole."""
        return tuple(one for one in self.files if not one.region)

    @property
    def edited(self) -> tuple[FileData, ...]:
        """The host's own files that we changed in places."""
        return tuple(one for one in self.files if one.region)


def installed(history: History) -> Installed | None:
    """What is in place now, or None before the first implementation and after a removal."""
    writing = [one for one in history.entries if one.record.files]
    if not writing:
        return None
    entry = writing[-1]
    files = tuple(one for one in entry.record.files if one.change not in LEFT)
    return _of(entry, files) if files else None


def released(history: History) -> Installed | None:
    """Of a story that was taken out: the host's files with our edits that its removal left, with
    the pristine renders from before it. None while its code is in place, or nothing was left."""
    writing = [one for one in history.entries if one.record.files]
    if len(writing) < 2:
        return None
    before, last = writing[-2:]
    files = tuple(one for one in last.record.files if one.region and one.change == "release")
    gone = all(one.change in LEFT for one in last.record.files)
    return _of(before, files) if files and gone else None


def _of(entry: Entry, files: tuple[FileData, ...]) -> Installed:
    record = entry.record
    return Installed(
        story=record.story,
        entry=entry.name,
        patterns=record.patterns,
        package=str(record.answers.get("package_import", "")),
        folder=str(record.answers.get("package_path", "")),
        tests=str(record.answers.get("tests_path", "")),
        files=files,
        dependencies=record.dependencies,
        pristine=record.pristine,
    )
