"""Fetch one commit of a repository elsewhere and read it by plumbing; nothing is checked out.

No hook, no submodule, no filter and no large-file storage takes part; https, ssh and file are the
only ways out; time and size are limited.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from orchestrator.adapters.files.temporary import temporary
from orchestrator.core.change.changes import File
from orchestrator.core.errors import CannotAnswer
from orchestrator.core.pattern.foreign import BYTES, FILES, PatternRefused, check_names

_USER = r"[A-Za-z0-9_][A-Za-z0-9_.-]*@"
_NAME = r"[A-Za-z0-9][A-Za-z0-9.-]*"
_HOST = rf"(?:{_USER})?{_NAME}"
_PATH = r"[A-Za-z0-9._~/+%-]+"
_URL = re.compile(
    rf"https://{_HOST}(?::[0-9]+)?/{_PATH}|ssh://{_HOST}(?::[0-9]+)?/{_PATH}"
    rf"|{_USER}{_NAME}:(?!-){_PATH}|file:///[^\x00-\x1f\x7f?#]+"
)
_REF = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./+-]*")
_COMMIT = re.compile(r"[0-9a-f]{40}")
_LFS = b"version https://git-lfs.github.com/spec/"
_SETTINGS = (
    "protocol.allow=never",
    "protocol.https.allow=always",
    "protocol.ssh.allow=always",
    "protocol.file.allow=always",
    "protocol.ext.allow=never",
    "protocol.version=2",
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.quotePath=false",
    "fetch.fsckObjects=true",
    "submodule.recurse=false",
    "fetch.recurseSubmodules=false",
    "gc.auto=0",
    "maintenance.auto=false",
)
_PASSED = ("PATH", "HOME", "XDG_CONFIG_HOME", "SSH_AUTH_SOCK", "SSL_CERT_FILE", "SSL_CERT_DIR",
           "GIT_SSL_CAINFO", "http_proxy", "https_proxy", "all_proxy", "no_proxy", "HTTPS_PROXY",
           "ALL_PROXY", "NO_PROXY", "TMPDIR")  # fmt: skip
_LOOK_SECONDS = 0.05


class GitRemote:
    """Repositories elsewhere. `seconds` and `size` limit one conversation with one of them."""

    def __init__(self, *, seconds: float = 120, size: int = 100_000_000) -> None:
        self._seconds = seconds
        self._size = size

    def resolve(self, url: str, ref: str = "") -> str:
        """The commit that a tag, a branch or (without one) HEAD names now; a commit as it is.

        Raises PatternRefused for a URL or ref of another form, and for one that is not there.
        """
        check_url(url)
        if _COMMIT.fullmatch(ref):
            return ref
        if ref and (not _REF.fullmatch(ref) or ".." in ref):
            raise PatternRefused("ref", f"{ref!r} is no tag, branch or commit")
        named = [f"refs/tags/{ref}^{{}}", f"refs/tags/{ref}", f"refs/heads/{ref}"]
        with temporary("fetch") as folder:
            self.run(folder, "init", "--quiet", "--bare", "--template=")
            listing = self.run(folder, "ls-remote", "--", url, *(named if ref else ["HEAD"]))
        found = {
            name: commit
            for commit, _, name in (line.partition("\t") for line in listing.decode().splitlines())
        }
        for name in named if ref else ["HEAD"]:
            if _COMMIT.fullmatch(found.get(name, "")):
                return found[name]
        raise PatternRefused("ref", f"{url} has no {ref or 'HEAD'}")

    @contextmanager
    def commit(self, url: str, commit: str) -> Iterator[RemoteTree]:
        """The files of one commit, fetched for the block. Raises PatternRefused."""
        check_url(url)
        if not _COMMIT.fullmatch(commit):
            raise PatternRefused("commit", f"{commit!r} is no commit of 40 hex digits")
        with temporary("fetch") as folder:
            self.run(folder, "init", "--quiet", "--bare", "--template=")
            self._fetch(folder, url, commit)
            kind = self.run(folder, "cat-file", "-t", commit).decode().strip()
            if kind != "commit":
                raise PatternRefused("commit", f"{commit} of {url} is a {kind}, no commit")
            yield RemoteTree(self, folder, commit)

    def _fetch(self, folder: Path, url: str, commit: str) -> None:
        """Ask for the commit alone; a server that refuses that is asked for all it shows."""
        plain = ("fetch", "-q", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head")
        try:
            self.run(folder, *plain, "--depth=1", "--", url, commit)
        except PatternRefused as alone:
            if alone.kind != "pattern_fetch":
                raise
            self.run(folder, *plain, "--", url, "+refs/heads/*:refs/x/*", "+refs/tags/*:refs/t/*")
            try:
                self.run(folder, "cat-file", "-e", commit)
            except PatternRefused:
                raise PatternRefused("commit", f"{url} has no commit {commit}") from alone

    def run(self, folder: Path, *words: str, stdin: bytes = b"") -> bytes:
        """What a git command prints. Raises PatternRefused for one that fails or does not end."""
        options = [word for setting in _SETTINGS for word in ("-c", setting)]
        (folder / ".stdin").write_bytes(stdin)
        with (
            (folder / ".stdin").open("rb") as given,
            (folder / ".out").open("w+b") as out,
            (folder / ".err").open("w+b") as err,
        ):
            try:
                popen = subprocess.Popen(
                    ["git", *options, *words],
                    cwd=folder,
                    env=_environment(),
                    stdin=given,
                    stdout=out,
                    stderr=err,
                    start_new_session=True,
                )
            except FileNotFoundError as error:
                raise CannotAnswer(
                    "git is not installed", remedy="install git 2.31 or newer"
                ) from error
            code = self._attend(popen, folder, words[0])
            out.seek(0)
            err.seek(0)
            if code != 0:
                raise _failed(words[0], err.read(4000))
            return out.read()

    def _attend(self, popen: subprocess.Popen[bytes], folder: Path, what: str) -> int:
        deadline = time.monotonic() + self._seconds
        try:
            while True:
                try:
                    return popen.wait(_LOOK_SECONDS)
                except subprocess.TimeoutExpired:
                    if time.monotonic() > deadline:
                        text = f"git {what} took more than {self._seconds:g} seconds"
                        raise PatternRefused("time", text, remedy="try again later") from None
                    if _size(folder) > self._size:
                        text = f"git {what} brought more than {self._size} bytes"
                        raise PatternRefused("size", text) from None
        finally:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(popen.pid, signal.SIGKILL)
            popen.wait()


class RemoteTree:
    """The tree of one commit that was fetched."""

    def __init__(self, remote: GitRemote, folder: Path, commit: str) -> None:
        self._remote = remote
        self._folder = folder
        self._commit = commit

    def folders_with(self, name: str) -> tuple[str, ...]:
        """The folders that hold a file of this name, sorted; "" is the root."""
        entries = self._entries("")
        paths = [path for _, _, _, path in entries if path.rpartition("/")[2] == name]
        return tuple(sorted(path.rpartition("/")[0] for path in paths))

    def files(self, path: str) -> dict[str, File]:
        """Every file below a folder. Raises PatternRefused for links, submodules, odd names,
        more than 500 files or 5 MB, pointers to large-file storage, and a folder that is not there.
        """
        entries = self._entries(path)
        if len(entries) > FILES:
            raise PatternRefused("count", f"{path or 'the repository'} has {len(entries)} files")
        for mode, _, _, name in entries:
            _refuse_mode(mode, name)
        check_names([name for _, _, _, name in entries])
        if sum(size for _, _, size, _ in entries) > BYTES:
            raise PatternRefused("size", f"{path or 'the repository'} has more than {BYTES} bytes")
        contents = self._contents([blob for _, blob, _, _ in entries])
        files = {
            name: File(content, mode == "100755")
            for (mode, _, _, name), content in zip(entries, contents, strict=True)
        }
        for name, file in files.items():
            if file.content.startswith(_LFS):
                raise PatternRefused("lfs", f"{name} lies in large-file storage")
        return files

    def _entries(self, path: str) -> list[tuple[str, str, int, str]]:
        try:
            listing = self._remote.run(
                self._folder, "ls-tree", "-r", "-z", "-l", "--full-tree", f"{self._commit}:{path}"
            )
        except PatternRefused as error:
            raise PatternRefused(
                "manifest",
                f"the commit {self._commit[:12]} has no folder {path}",
                remedy="name the folder that holds the pattern's copier.yml with --path",
            ) from error
        return [_entry(line) for line in listing.split(b"\0") if line]

    def _contents(self, blobs: Sequence[str]) -> list[bytes]:
        asked = "".join(f"{blob}\n" for blob in blobs).encode()
        out = self._remote.run(self._folder, "cat-file", "--batch", stdin=asked)
        contents = []
        for _ in blobs:
            head, _, out = out.partition(b"\n")
            size = int(head.split()[2])
            contents.append(out[:size])
            out = out[size + 1 :]
        return contents


def check_url(url: str) -> None:
    """Refuse every URL but https, ssh and file; and one that carries a password or a link."""
    if not _URL.fullmatch(url) or "/../" in f"{url}/":
        shown = re.sub(r"//[^/]*@", "//…@", url[:200])
        raise PatternRefused("url", f"{shown!r} is no URL that a pattern may come from")
    if url.startswith("file:"):
        place = Path(url.removeprefix("file://"))
        for below in ("", ".git", "objects", ".git/objects"):
            if (place / below).is_symlink():
                raise PatternRefused("url", f"{place / below} is a symbolic link")


def _refuse_mode(mode: str, name: str) -> None:
    if mode == "120000":
        raise PatternRefused("link", f"{name!r} is a link")
    if mode == "160000":
        raise PatternRefused("submodule", f"{name!r} is a submodule")
    if mode not in ("100644", "100755", "100664"):
        raise PatternRefused("special", f"{name!r} has the mode {mode}")


def _entry(line: bytes) -> tuple[str, str, int, str]:
    head, _, name = line.partition(b"\t")
    mode, _, blob, size = head.decode().split()
    return mode, blob, int(size) if size.isdigit() else 0, os.fsdecode(name)


def _environment() -> Mapping[str, str]:
    kept = {name: os.environ[name] for name in _PASSED if name in os.environ}
    return {
        **kept,
        "LC_ALL": "C",
        "GIT_ALLOW_PROTOCOL": "https:ssh:file",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ASKPASS": "/bin/false",
        "GIT_SSH_COMMAND": "ssh -oBatchMode=yes",
        "GIT_LFS_SKIP_SMUDGE": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_DIR": ".",
    }


def _failed(command: str, stderr: bytes) -> PatternRefused:
    lines = [line for line in stderr.decode("utf-8", "replace").splitlines() if line.strip()]
    told = next((line for line in lines if line.startswith(("fatal:", "error:"))), "")
    words = told or (lines[-1] if lines else "it said nothing")
    return PatternRefused("fetch", f"git {command} failed: {words[:300]}")


def _size(folder: Path) -> int:
    total = 0
    for here, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):
                total += os.lstat(os.path.join(here, name)).st_size  # noqa: PTH118
    return total
