"""Read what a repository has committed, by git alone; GitPython would take longer to import."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import cached_property
from pathlib import Path

from orchestrator.adapters.git.rules import ENVIRONMENT, NO_GIT, OPTIONS, REDIRECTIONS, GitFailed

_BATCH = 50
_SHA256 = 64  # digits in the name of an object
_TREE = "HEAD^{tree}"
_GREP = re.compile(rb"([^\0]+)\0(\d+)\n")


class Committed:
    """The tree of HEAD in the repository around a folder; writes nothing, anywhere.

    Raises CannotAnswer when the folder is in no repository. `tree` is "" before the first commit.
    """

    def __init__(self, start: Path) -> None:
        self._start = start
        words = ("--path-format=absolute", "--git-common-dir", "--show-toplevel", _TREE)
        status, out, err = self._ended("rev-parse", *words)
        lines = os.fsdecode(out).split("\n")
        if len(lines) < 3 or (status and "HEAD" not in err):
            raise GitFailed("rev-parse", status, err)
        self.common_dir = Path(lines[0])
        self.root = Path(lines[1])
        self.tree = "" if status else lines[2]

    @cached_property
    def listing(self) -> bytes:
        """`mode type blob TAB path NUL` for everything in the tree."""
        return self._run("ls-tree", "-r", "-z", "--full-tree", self.tree) if self.tree else b""

    def contents(
        self, blobs: Sequence[str], places: Mapping[str, str]
    ) -> Iterator[tuple[str, bytes]]:
        """The bytes of each blob, in order; `places` says where one may lie in the working copy.

        A file there is taken when its bytes are those of the blob, which is quicker than asking
        git. Raises GitFailed for a blob that git does not have.
        """
        with ExitStack() as stack:
            talk = None
            for start in range(0, len(blobs), _BATCH):
                some = blobs[start : start + _BATCH]
                found = {blob: self._working(blob, places.get(blob, "")) for blob in some}
                others = [blob for blob, content in found.items() if content is None]
                if others and talk is None:
                    talk = stack.enter_context(self._talk("cat-file", "--batch"))
                for blob, content in _asked(talk, others) if talk else ():
                    found[blob] = content
                yield from ((blob, found[blob] or b"") for blob in some)

    def _working(self, blob: str, path: str) -> bytes | None:
        """A working file's bytes, if they are those of the blob."""
        try:
            with open(f"{self.root}/{path}", "rb", opener=_plain_file) as file:
                content = file.read()
        except (OSError, ValueError):
            return None
        name = "sha256" if len(blob) == _SHA256 else "sha1"
        found = hashlib.new(name, b"blob %d\0" % len(content), usedforsecurity=False)
        found.update(content)
        return content if found.hexdigest() == blob else None

    @property
    def sparse(self) -> bool:
        """Whether a sparse checkout may leave files out."""
        return (self.common_dir / "info" / "sparse-checkout").exists()

    def mentions(
        self, words: Sequence[str], pathspec: str, *, committed: bool = False
    ) -> dict[str, int]:
        """Files that hold one of the words in either case: in how many lines each.

        The working files are looked into, which is quicker, unless `committed` ones are wanted.
        """
        asked = [part for word in words for part in ("-e", word)]
        options = ("-c", "-z", "-i", "-F", "--text", "--full-name", "--no-recurse-submodules")
        where = ([self.tree] if committed else []) + ["--", f":/{pathspec}"]
        plain = {"GIT_LITERAL_PATHSPECS": "0"}
        out = self._run("grep", *options, *asked, *where, accept=(0, 1), also=plain)
        found = {}
        for line in _GREP.findall(out):
            path = line[0].removeprefix(f"{self.tree}:".encode() if committed else b"")
            found[os.fsdecode(path)] = int(line[1])
        return found

    def changed(self) -> frozenset[str]:
        """The paths whose working file may differ from what is committed."""
        out = self._run("diff-index", "--name-only", "-z", "--no-renames", self.tree)
        return frozenset(map(os.fsdecode, filter(None, out.split(b"\0"))))

    def _run(self, *words: str, accept: Sequence[int] = (0,), also: dict[str, str] = {}) -> bytes:  # noqa: B006
        status, out, err = self._ended(*words, also=also)
        if status not in accept:
            raise GitFailed(words[0], status, err)
        return out

    def _ended(self, *words: str, also: dict[str, str] = {}) -> tuple[int, bytes, str]:  # noqa: B006
        with self._talk(*words, also=also) as talk:
            out, err = talk.communicate()
        return talk.returncode, out, os.fsdecode(err)

    @contextmanager
    def _talk(self, *words: str, also: dict[str, str] = {}) -> Iterator[subprocess.Popen[bytes]]:  # noqa: B006
        """A git process for the block; it is gone afterwards, however the block ends."""
        pipe = subprocess.PIPE
        try:
            talk = subprocess.Popen(
                ["git", *OPTIONS, *words],
                cwd=self._start,
                env=_environment() | also,
                stdin=pipe,
                stdout=pipe,
                stderr=pipe,
            )
        except FileNotFoundError as error:
            raise NO_GIT from error
        with talk:
            try:
                yield talk
            except BaseException:
                talk.kill()
                raise


def _asked(talk: subprocess.Popen[bytes], blobs: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    if talk.stdin is None or talk.stdout is None:
        return  # never: both are pipes
    talk.stdin.write("".join(f"{blob}\n" for blob in blobs).encode())
    talk.stdin.flush()
    for blob in blobs:
        head = talk.stdout.readline().split()
        if len(head) != 3:
            raise GitFailed("cat-file", 1, f"error: bad object {blob}")
        yield blob, talk.stdout.read(int(head[2]))
        talk.stdout.read(1)


def _plain_file(path: str, flags: int) -> int:
    """Open a file that is there and is no link; a pipe or a device does not make us wait."""
    return os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)


def _environment() -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if name not in REDIRECTIONS}
    return own | ENVIRONMENT
