"""Files beneath one root, reached without following a link; writes what it is told, no more."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from orchestrator.core.errors import CannotAnswer

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
# What file systems say that know no hard links.
NO_LINKS = frozenset({errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK, errno.EXDEV})
_REMEDIES = {
    errno.ENOSPC: "free some space on that disk and run the command again",
    errno.EDQUOT: "free some of your disk quota and run the command again",
    errno.EROFS: "make the file system writable, or work in a clone elsewhere",
    errno.EACCES: "give yourself the right to write there, or work in a clone of your own",
    errno.EPERM: "give yourself the right to write there, or work in a clone of your own",
    errno.EIO: "the disk reports an error: check it before anything else",
}


@contextmanager
def translated(doing: str, path: Path | str) -> Iterator[None]:
    """Turn an operating-system error inside the block into CannotAnswer with path and remedy."""
    try:
        yield
    except OSError as error:
        raise cannot(doing, path, error) from error


def reason(error: OSError | CannotAnswer) -> str:
    """What went wrong, and where if that is known, as part of a sentence."""
    if isinstance(error, CannotAnswer):
        return error.problem
    what = os.strerror(error.errno) if error.errno else str(error)
    return f"{what}: {error.filename}" if error.filename else what


def cannot(doing: str, path: Path | str, error: OSError) -> CannotAnswer:
    """The sentence and the remedy for an operating-system error."""
    what = os.strerror(error.errno) if error.errno else str(error)
    remedy = _REMEDIES.get(error.errno or 0, "look at that path and run the command again")
    return CannotAnswer(f"cannot {doing} {path}: {what}", remedy=remedy)


@dataclass(frozen=True)
class Seen:
    """What a regular file holds: the SHA-256 of its bytes, and whether it may be executed."""

    digest: str
    executable: bool


@dataclass(frozen=True)
class Odd:
    """Something that is neither a regular file nor absent, or hides behind a link."""

    what: str


State = Seen | Odd | None


def seen(content: bytes, *, executable: bool) -> Seen:
    """The state that a file with this content would show."""
    return Seen(hashlib.sha256(content).hexdigest(), executable)


def folders_above(path: str) -> tuple[str, ...]:
    """The folders that a path lies in, outermost first, without the root."""
    parts = path.split("/")[:-1]
    return tuple("/".join(parts[: end + 1]) for end in range(len(parts)))


class Tree:
    """The files beneath `root`. Paths are relative POSIX strings that passed `core.paths`.

    `modes` says whether the file system keeps the executable bit; if not, no file shows one.
    """

    def __init__(self, root: Path, *, modes: bool) -> None:
        self.root = root
        self.modes = modes

    def state(self, path: str) -> State:
        """What is there now."""
        found = self.content(path)
        if not isinstance(found, tuple):
            return found
        return seen(found[0], executable=self.modes and bool(found[1] & 0o100))

    def content(self, path: str) -> tuple[bytes, int] | Odd | None:
        """Bytes and permission bits of a regular file."""
        try:
            with self._parent(path) as (folder, name):
                return _read(folder, name)
        except FileNotFoundError:
            return None
        except OSError as error:
            if error.errno in {errno.ENOTDIR, errno.ELOOP}:
                return Odd("lies beneath a link or a file")
            raise

    def missing_folders(self, path: str) -> tuple[str, ...]:
        """Those of the folders above a path that do not exist, outermost first."""
        above = folders_above(path)
        return tuple(folder for folder in above if not os.path.lexists(self.root / folder))

    def siblings(self, path: str) -> tuple[str, ...]:
        """All that lies in the existing folders above a path, as paths from the root."""
        found: list[str] = []
        folder = ""
        for part in path.split("/"):
            with suppress(OSError), os.scandir(self.root / folder) as entries:
                found.extend(f"{folder}{entry.name}" for entry in entries)
            folder += f"{part}/"
        return tuple(found)

    def compiled(self, path: str) -> tuple[str, ...]:
        """What Python keeps of a module in the folder beside it, as paths from the root."""
        above, _, name = path.rpartition("/")
        folder = f"{above}/__pycache__".lstrip("/")
        if not name.endswith(".py") or (self.root / folder).is_symlink():
            return ()
        start = name.removesuffix("py")
        with suppress(OSError), os.scandir(self.root / folder) as entries:
            names = [one.name for one in entries if one.is_file(follow_symlinks=False)]
            found = [one for one in names if one.startswith(start) and one.endswith(".pyc")]
            return tuple(f"{folder}/{one}" for one in found)
        return ()

    def make_folder(self, path: str) -> None:
        """Make one folder; one that exists is fine."""
        with self._parent(path) as (folder, name):
            with suppress(FileExistsError):
                os.mkdir(name, dir_fd=folder)
            os.fsync(folder)

    def remove_folder(self, path: str) -> None:
        """Remove a folder if it is there and empty."""
        with suppress(FileNotFoundError, NotADirectoryError), self._parent(path) as (folder, name):
            try:
                os.rmdir(name, dir_fd=folder)
            except OSError as error:
                if error.errno not in {errno.ENOTEMPTY, errno.EEXIST, errno.ENOENT, errno.ENOTDIR}:
                    raise

    def write_new(self, path: str, content: bytes, *, mode: int | None, executable: bool) -> None:
        """Write a file that must not exist, flushed to the disk.

        It gets the permission bits `mode` (None: as the umask says). Whether it may be executed is
        as `executable` says, for everyone who may read it; bits that already say so stay exact.
        """
        with self._parent(path) as (folder, name):
            handle = os.open(name, _NEW_FILE, 0o666, dir_fd=folder)
            try:
                _write_all(handle, content)
                bits = stat.S_IMODE(os.fstat(handle).st_mode) if mode is None else mode
                if bool(bits & 0o100) != executable:
                    bits = bits | (bits & 0o444) >> 2 if executable else bits & ~0o111
                os.fchmod(handle, bits)
                os.fsync(handle)
            finally:
                os.close(handle)

    def place(self, staged: str, path: str, *, new: bool) -> None:
        """Put a staged file of the same folder in its place. `new`: nothing may be there yet."""
        with self._parent(path) as (folder, name):
            source = staged.rpartition("/")[2]
            if new and _linked(source, name, folder):
                os.unlink(source, dir_fd=folder)
            else:
                os.rename(source, name, src_dir_fd=folder, dst_dir_fd=folder)

    def bring(self, source: Path, path: str) -> bool:
        """Move a file from outside into place; needs no space. False from another file system."""
        with self._parent(path) as (folder, name):
            try:
                os.rename(source, name, dst_dir_fd=folder)
            except OSError as error:
                if error.errno == errno.EXDEV:
                    return False
                raise
        return True

    def remove(self, path: str) -> None:
        """Remove a file; one that is absent is fine."""
        with suppress(FileNotFoundError), self._parent(path) as (folder, name):
            os.unlink(name, dir_fd=folder)

    def flush_folder(self, path: str) -> None:
        """Make the names in the folder of `path` durable."""
        with suppress(FileNotFoundError), self._parent(path) as (folder, _):
            os.fsync(folder)

    @contextmanager
    def _parent(self, path: str) -> Iterator[tuple[int, str]]:
        *folders, name = path.split("/")
        handle = os.open(self.root, _FOLDER)
        try:
            for folder in folders:
                deeper = os.open(folder, _FOLDER, dir_fd=handle)
                os.close(handle)
                handle = deeper
            yield handle, name
        except OSError as error:
            raise OSError(error.errno, error.strerror, str(self.root / path)) from error
        finally:
            os.close(handle)


def _read(folder: int, name: str) -> tuple[bytes, int] | Odd:
    found = os.lstat(name, dir_fd=folder)
    if not stat.S_ISREG(found.st_mode):
        return Odd("is a link, a folder or a device")
    # Swapped for a pipe since the look: then the opening must not wait for a writer.
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    with os.fdopen(os.open(name, flags, dir_fd=folder), "rb") as file:
        found = os.fstat(file.fileno())
        if not stat.S_ISREG(found.st_mode):
            return Odd("is a link, a folder or a device")
        return file.read(), stat.S_IMODE(found.st_mode)


def _linked(source: str, name: str, folder: int) -> bool:
    try:
        os.link(source, name, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
    except OSError as error:
        if error.errno in NO_LINKS:
            return False
        raise
    return True


def _write_all(handle: int, content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(handle, rest) :]


def write_durably(path: Path, content: bytes) -> None:
    """Replace a file of ours as a whole: written beside it, flushed, renamed, folder flushed."""
    temporary = path.with_name(f"{path.name}.tmp")
    write_flushed(temporary, content)
    temporary.rename(path)
    flush(path.parent)


def write_flushed(path: Path, content: bytes) -> None:
    """Write a private file of ours; its bytes are durable, its name not yet."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        _write_all(handle, content)
        os.fsync(handle)
    finally:
        os.close(handle)


def flush(folder: Path) -> None:
    """Make the names in a folder durable."""
    handle = os.open(folder, _FOLDER)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def flush_file(path: Path) -> None:
    """Make the bytes of a file durable."""
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
