"""Log and evidence as bytes, from a working copy or from a commit; never follows a link."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path, PurePosixPath

from orchestrator.core.errors import CannotAnswer
from orchestrator.core.places import EVIDENCE, LOG, OURS

PLAIN_MODES = ("100644", "100755")

_EVIDENCE_NAME = re.compile(r"[0-9a-f]{64}")
_ENTRY_NAME = re.compile(r"[0-9]{6,}-[0-9a-f]{16}\.json")
_STORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_KINDS = {
    stat.S_IFLNK: "is a symbolic link",
    stat.S_IFDIR: "is a folder",
    stat.S_IFIFO: "is a pipe",
    stat.S_IFSOCK: "is a socket",
    stat.S_IFCHR: "is a device",
    stat.S_IFBLK: "is a device",
}


class FolderLog:
    """The `LogStore` port over the files as they lie in a working copy."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def entries(self, story: str) -> Mapping[str, bytes]:
        """The files of a story's log."""
        if not _STORY.fullmatch(story):
            return {}
        folder = f"{LOG}/{story}"
        found = {name: self.file(f"{folder}/{name}") for name, _ in self._plain_files(folder)}
        return {name: raw for name, raw in found.items() if raw is not None}

    def stories(self) -> tuple[str, ...]:
        """The stories that have a folder in the log, sorted."""
        return tuple(name for name, mode in self._names(LOG) if stat.S_ISDIR(mode))

    def evidence(self, digest: str) -> bytes | None:
        """One stored file."""
        named = _EVIDENCE_NAME.fullmatch(digest)
        return self.file(f"{EVIDENCE}/{digest[:2]}/{digest}") if named else None

    def evidence_names(self) -> tuple[str, ...]:
        """The names of all stored files that stand in their place, sorted."""
        paths = (path for path, mode in self._everything(EVIDENCE) if stat.S_ISREG(mode))
        return tuple(sorted(path.rpartition("/")[2] for path in paths if not _misplaced(path)))

    def strangers(self) -> tuple[tuple[str, str], ...]:
        """Whatever does not belong under log and evidence."""
        return tuple(sorted(self._strangers()))

    def file(self, path: str) -> bytes | None:
        """A plain file below the root, reached through plain folders only."""
        parts = PurePosixPath(path).parts
        if not parts or path.startswith("/") or ".." in parts or not self._reached(parts[:-1]):
            return None
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
        try:
            descriptor = os.open(self._root.joinpath(*parts), flags)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            if self._root.joinpath(*parts).is_symlink():
                return None
            raise _refused(path, error) from error
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            return None
        with os.fdopen(descriptor, "rb") as opened:
            return opened.read()

    def _reached(self, folders: tuple[str, ...]) -> bool:
        """Say whether every folder on the way is a real one."""
        at = self._root
        for folder in folders:
            at = at / folder
            try:
                if not stat.S_ISDIR(at.lstat().st_mode):
                    return False
            except OSError:
                return False
        return True

    def _names(self, folder: str) -> list[tuple[str, int]]:
        """Name and mode of everything in a folder; nothing when it is not a real folder."""
        parts = PurePosixPath(folder).parts
        if not self._reached(parts):
            return []
        try:
            with os.scandir(self._root.joinpath(*parts)) as found:
                return sorted((e.name, e.stat(follow_symlinks=False).st_mode) for e in found)
        except OSError as error:
            raise _refused(folder, error) from error

    def _plain_files(self, folder: str) -> list[tuple[str, int]]:
        return [(name, mode) for name, mode in self._names(folder) if stat.S_ISREG(mode)]

    def _everything(self, folder: str) -> Iterator[tuple[str, int]]:
        """Every path two levels below a folder, and whatever else lies on the way."""
        for name, mode in self._names(folder):
            path = f"{folder}/{name}"
            if not stat.S_ISDIR(mode):
                yield path, mode
                continue
            yield from ((f"{path}/{inner}", kind) for inner, kind in self._names(path))

    def _strangers(self) -> Iterator[tuple[str, str]]:
        for folder in (OURS, LOG, EVIDENCE):
            mode = self._mode(folder)
            if mode is not None and not stat.S_ISDIR(mode):
                yield folder, _KINDS.get(stat.S_IFMT(mode), "is no folder")
        for path, mode in [*self._everything(LOG), *self._everything(EVIDENCE)]:
            if not stat.S_ISREG(mode):
                yield path, _KINDS.get(stat.S_IFMT(mode), "is no plain file")
            elif _misplaced(path):
                yield path, "does not belong there"

    def _mode(self, folder: str) -> int | None:
        try:
            return self._root.joinpath(folder).lstat().st_mode
        except OSError:
            return None


class TreeLog:
    """The `LogStore` port over a commit: its files as `mode blob-id` by path, and a reader."""

    def __init__(self, files: Mapping[str, str], read: Callable[[str], bytes | None]) -> None:
        self._files = files
        self._read = read

    def entries(self, story: str) -> Mapping[str, bytes]:
        """The files of a story's log."""
        folder = f"{LOG}/{story}/"
        found = {p.removeprefix(folder): self.file(p) for p in self._files if p.startswith(folder)}
        return {name: raw for name, raw in found.items() if raw is not None and "/" not in name}

    def stories(self) -> tuple[str, ...]:
        """The stories that have a folder in the log, sorted."""
        below = (path[len(LOG) + 1 :] for path in self._files if path.startswith(f"{LOG}/"))
        return tuple(sorted({path.partition("/")[0] for path in below if "/" in path}))

    def evidence(self, digest: str) -> bytes | None:
        """One stored file."""
        return self.file(f"{EVIDENCE}/{digest[:2]}/{digest}")

    def evidence_names(self) -> tuple[str, ...]:
        """The names of all stored files that stand in their place, sorted."""
        paths = (path for path in self._files if path.startswith(f"{EVIDENCE}/"))
        plain = (path for path in paths if self._plain(path) and not _misplaced(path))
        return tuple(sorted(path.rpartition("/")[2] for path in plain))

    def strangers(self) -> tuple[tuple[str, str], ...]:
        """Whatever does not belong under log and evidence."""
        ours = (path for path in self._files if path.startswith((f"{LOG}/", f"{EVIDENCE}/")))
        return tuple(
            (path, "does not belong there" if self._plain(path) else "is no plain file")
            for path in sorted(ours)
            if _misplaced(path) or not self._plain(path)
        )

    def file(self, path: str) -> bytes | None:
        """A plain file of the commit."""
        return self._read(path) if self._plain(path) else None

    def _plain(self, path: str) -> bool:
        return self._files.get(path, "").startswith(PLAIN_MODES)


def _misplaced(path: str) -> bool:
    """Say whether a path under log or evidence has another name than anything we write there."""
    inside = path.removeprefix(f"{LOG}/").removeprefix(f"{EVIDENCE}/")
    folder, slash, name = inside.partition("/")
    if path.startswith(f"{EVIDENCE}/"):
        return not (_EVIDENCE_NAME.fullmatch(name) and folder == name[:2])
    return not (slash and _STORY.fullmatch(folder) and _ENTRY_NAME.fullmatch(name))


def _refused(path: str, error: OSError) -> CannotAnswer:
    return CannotAnswer(
        f"{path} cannot be read: {error.strerror}", remedy="give yourself the right to read it"
    )
