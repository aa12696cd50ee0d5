"""Git through its own commands: finds a repository and asks it; never writes a user's file.

GitPython finds the repository and runs the processes; all else is git's plumbing, because the index
code of GitPython takes twenty times as long and knows neither sparse checkouts nor filters.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import weakref
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path
from subprocess import PIPE, Popen
from typing import TYPE_CHECKING, BinaryIO, cast

from orchestrator.adapters.files.disk import cannot, translated
from orchestrator.adapters.git.rules import (
    ENVIRONMENT,
    NO_GIT,
    OPTIONS,
    REDIRECTIONS,
    GitFailed,
)
from orchestrator.core.errors import CannotAnswer

if TYPE_CHECKING:
    from git import Repo
    from git.cmd import Git as Runner


class Git:
    """One repository with a work tree, and the way to run git in it."""

    def __init__(self, start: Path) -> None:
        for name in REDIRECTIONS:
            os.environ.pop(name, None)
        self._repo = _opened(start)
        self.root = Path(str(self._repo.working_tree_dir)).resolve()
        answer = self.text(
            "rev-parse",
            "--path-format=absolute",
            "--git-dir",
            "--git-common-dir",
            "--show-object-format",
            "--is-inside-work-tree",
        )
        git_dir, common_dir, self.object_format, _ = answer.split("\n")
        self.git_dir = Path(git_dir)
        self.common_dir = Path(common_dir)
        self.state = self.common_dir / "orchestrator"
        self.zero = "0" * (64 if self.object_format == "sha256" else 40)

    def run(
        self,
        *arguments: str,
        stdin: bytes = b"",
        environment: Mapping[str, str] | None = None,
        accept: Sequence[int] = (0,),
        options: Sequence[str] = (),
    ) -> tuple[int, bytes]:
        """Run `git …` in the root and return status and stdout.

        `options` go before the command. Raises GitFailed for a status that is not in `accept`.
        """
        with _as_file(stdin) as source, _git_found():
            talk = self._repo.git.execute(
                ["git", *OPTIONS, *options, *arguments],
                istream=source,
                env={**ENVIRONMENT, **(environment or {})},
                as_process=True,
            )
            status, out, err = _ended(talk)
        if status not in accept:
            raise GitFailed(arguments[0], status, os.fsdecode(err))
        return status, out

    def text(self, *arguments: str, stdin: bytes = b"") -> str:
        """The output of a command that must succeed, without its last line break."""
        return os.fsdecode(self.run(*arguments, stdin=stdin)[1]).removesuffix("\n")

    def maybe(self, *arguments: str) -> str | None:
        """The same for a command that says "no" with status 1 (or 128 for a bad revision)."""
        status, out = self.run(*arguments, accept=(0, 1, 128))
        return os.fsdecode(out).removesuffix("\n") if status == 0 else None

    @cached_property
    def modes(self) -> bool:
        """Whether the file system keeps the executable bit, as git found when it cloned."""
        return self.maybe("config", "--type=bool", "core.fileMode") != "false"

    @property
    def sparse(self) -> bool:
        """Whether a sparse checkout may leave files out."""
        return self.maybe("config", "--type=bool", "core.sparseCheckout") == "true"

    def content(self, blob: str) -> bytes:
        """The bytes of a blob, through one `cat-file --batch` process that stays.

        GitPython has such a process too, but it reads no SHA-256 names and follows replacements.
        """
        talk = self._batch
        try:
            talk.stdin.write(f"{blob}\n".encode())
            talk.stdin.flush()
            head = talk.stdout.readline().split()
            if len(head) == 3 and head[1] == b"blob":
                content = talk.stdout.read(int(head[2]))
                talk.stdout.readline()
                return bytes(content)
        except OSError as error:
            raise cannot("read an object of git in", self.common_dir, error) from error
        remedy = "fetch the missing history, or run `git fsck`"
        raise CannotAnswer(f"git has no blob {blob}", remedy=remedy)

    @cached_property
    def _batch(self) -> Runner.AutoInterrupt:
        command = ["git", *OPTIONS, "cat-file", "--batch"]
        with _git_found():
            execute = self._repo.git.execute
            talk = execute(command, istream=PIPE, as_process=True, env=ENVIRONMENT)
        if talk.proc is not None:
            weakref.finalize(self, _end, talk.proc)
        return talk

    def blob_id(self, content: bytes) -> str:
        """The id that git gives to a blob of these bytes; nothing is written."""
        name = "sha256" if self.object_format == "sha256" else "sha1"
        return hashlib.new(
            name, b"blob %d\0" % len(content) + content, usedforsecurity=False
        ).hexdigest()


def _ended(talk: Runner.AutoInterrupt) -> tuple[int, bytes, bytes]:
    """Status, stdout and stderr of a command that ends by itself.

    Where we are interrupted it ends first, so that it writes nothing behind the cleaning up.
    """
    process = cast("Popen[bytes]", talk.proc)  # None only once the talk is over
    try:
        out, err = process.communicate()
    except BaseException:
        process.terminate()
        process.wait()
        raise
    return process.returncode, out, err


def _end(process: Popen[bytes]) -> None:
    """Close the pipes of a process that reads until then, and see it off."""
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe is not None:
            with suppress(OSError):
                pipe.close()
    process.wait()


@contextmanager
def _as_file(content: bytes) -> Iterator[BinaryIO | None]:
    if not content:
        yield None
        return
    with translated("write to", "the folder for temporary files"):
        file = tempfile.TemporaryFile()  # noqa: SIM115 (closed below; only its making is translated)
        file.write(content)
        file.seek(0)
    with file:
        yield file


def lines_of(paths: Iterable[str]) -> bytes:
    """Names for a command that reads one per line: quoted as git quotes where a name needs it."""
    return b"".join(_quoted(os.fsencode(path)) + b"\n" for path in paths)


def _quoted(name: bytes) -> bytes:
    if b"\n" not in name and not name.startswith(b'"'):
        return name
    for plain, escaped in ((b"\\", b"\\\\"), (b'"', b'\\"'), (b"\n", b"\\n")):
        name = name.replace(plain, escaped)
    return b'"' + name + b'"'


@contextmanager
def _git_found() -> Iterator[None]:
    from git import GitCommandNotFound

    try:
        yield
    except GitCommandNotFound as error:
        raise NO_GIT from error


def _opened(start: Path) -> Repo:
    try:
        from git import InvalidGitRepositoryError, NoSuchPathError, Repo
    except ImportError as error:
        raise NO_GIT from error
    try:
        repo = Repo(start, search_parent_directories=True, expand_vars=False)
    except (InvalidGitRepositoryError, NoSuchPathError) as error:
        remedy = "change into a git repository, or run `git init` and make a first commit"
        raise CannotAnswer(f"{start} is not in a git repository", remedy=remedy) from error
    if repo.bare or repo.working_tree_dir is None:
        remedy = "work in a clone that has its files checked out"
        raise CannotAnswer(f"{start} is a bare git repository", remedy=remedy)
    return repo
