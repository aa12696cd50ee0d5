"""The user's files on disk: find the repository, list, read, create; no git."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from orchestrator.core.errors import CannotAnswer


def repository_root(start: Path) -> Path:
    """The nearest folder upwards that holds `.git`. Raises CannotAnswer when there is none, or
    when a bare repository comes first."""
    at = os.path.abspath(start)  # noqa: PTH100  resolve() would leave the user's own path
    while True:
        if os.path.lexists(os.path.join(at, ".git")):  # noqa: PTH118
            return Path(at)
        if _is_bare(at):
            raise CannotAnswer(
                f"{at} is a bare git repository",
                remedy="work in a clone that has its files checked out",
            )
        above = os.path.dirname(at)  # noqa: PTH120
        if above == at:
            raise CannotAnswer(
                f"{start} is not inside a git repository",
                remedy="run `git init` there, or cd into a repository",
            )
        at = above


def _is_bare(folder: str) -> bool:
    """What git itself looks for; the `.git` folder of a checkout is none."""
    parts = [os.path.join(folder, name) for name in ("HEAD", "objects", "refs")]  # noqa: PTH118
    return all(map(os.path.exists, parts)) and os.path.basename(folder) != ".git"  # noqa: PTH119


def whole(path: Path) -> bytes:
    """The content of a plain file. Raises OSError for anything else, without waiting for it."""
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(errno.EINVAL, "it is no plain file")
        return file.read()


class FileWorkTree:
    """The `WorkTree` port on a real folder."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def openings(self, folder: str, suffix: str, size: int) -> Iterator[tuple[str, bytes | None]]:
        """Path and first bytes of every regular file, by name."""
        place = self.root / folder
        try:
            found = sorted(
                entry.name
                for entry in os.scandir(place)
                if entry.name.endswith(suffix) and entry.is_file()
            )
        except FileNotFoundError:
            return
        except OSError as error:
            raise _refused(folder, error) from error
        base = os.fspath(place)
        for name in found:
            yield f"{folder}/{name}", _first_bytes(f"{base}/{name}", size)

    def names(self, folder: str) -> tuple[str, ...]:
        """The sorted names in a folder."""
        try:
            return tuple(sorted(entry.name for entry in os.scandir(self.root / folder)))
        except (FileNotFoundError, NotADirectoryError):
            return ()
        except OSError as error:
            raise _refused(folder, error) from error

    def read(self, path: str) -> bytes | None:
        """A file's content, or None."""
        try:
            return whole(self.root / path)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _refused(path, error) from error

    def create(self, path: str, content: bytes | None) -> bool:
        """Create a file or folder that is not there yet."""
        target = self.root / path
        self.refuse_links(PurePosixPath(path).parent.as_posix())
        try:
            if content is None:
                existed = target.is_dir()
                target.mkdir(parents=True, exist_ok=True)
                return not existed
            target.parent.mkdir(parents=True, exist_ok=True)
            return _write_new(target, content)
        except OSError as error:
            raise _refused(path, error) from error

    def replace(self, path: str, before: bytes, after: bytes) -> None:
        """Give a file whose content is `before` another content at once, with the same mode."""
        self.refuse_links(path)
        if self.read(path) != before:
            raise CannotAnswer(f"{path} changed meanwhile", remedy="run the command again")
        target = self.root / path
        staged = target.with_name(f".{target.name}.{os.getpid()}.new")
        try:
            with staged.open("xb") as file:
                file.write(after)
                file.flush()
                os.fsync(file.fileno())
            staged.chmod(target.stat().st_mode & 0o777)
            staged.replace(target)
        except OSError as error:
            raise _refused(path, error) from error
        finally:
            staged.unlink(missing_ok=True)

    def refuse_links(self, path: str) -> None:
        """Raise CannotAnswer when the path, or a folder above it, is a symbolic link."""
        at = self.root
        for part in PurePosixPath(path).parts:
            at = at / part
            if at.is_symlink():
                raise CannotAnswer(
                    f"{at.relative_to(self.root).as_posix()} is a symbolic link",
                    remedy="put what it names in its place; nothing is written through links",
                )


def _first_bytes(path: str, size: int) -> bytes | None:
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:
        return None
    try:
        return os.read(descriptor, size)
    except OSError:
        return None
    finally:
        os.close(descriptor)


def _write_new(target: Path, content: bytes) -> bool:
    """Link a complete file into place, so that nobody ever sees half of it."""
    staged = target.with_name(f".{target.name}.{os.getpid()}.new")
    try:
        with staged.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(staged, target)
        except FileExistsError:
            return False
        return True
    finally:
        staged.unlink(missing_ok=True)


def _refused(path: str, error: OSError) -> CannotAnswer:
    return CannotAnswer(
        f"{path}: {error.strerror or error}", remedy="check that you may read and write it"
    )
