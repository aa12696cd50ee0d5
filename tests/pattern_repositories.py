"""Git repositories with patterns in them, as somebody else would publish them."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from pattern_folders import MANIFEST, write_pattern

_WHO = {
    **{f"GIT_{role}_NAME": "A" for role in ("AUTHOR", "COMMITTER")},
    **{f"GIT_{role}_EMAIL": "a@example.org" for role in ("AUTHOR", "COMMITTER")},
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
}


class Published:
    """A repository with the pattern `greeting` in its folder `templates`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.url = f"file://{folder}"
        folder.mkdir(parents=True)
        self.git("init", "-q", "-b", "main")
        self.pattern = write_pattern(folder / "templates")
        self.first = self.commit("first")
        self.git("tag", "-a", "v1.0.0", "-m", "one")

    def git(self, *words: str, stdin: bytes = b"") -> str:
        """What a git command says."""
        done = subprocess.run(
            ["git", *words],
            cwd=self.folder,
            env={**os.environ, **_WHO},
            input=stdin,
            capture_output=True,
            check=True,
        )
        return done.stdout.decode().strip()

    def commit(self, message: str) -> str:
        """Commit everything and return the commit."""
        self.git("add", "-A")
        self.git("commit", "-q", "--no-verify", "-m", message)
        return self.git("rev-parse", "HEAD")

    def newer(self) -> str:
        """Publish version 1.1.0, which also writes another file."""
        (self.pattern / "copier.yml").write_text(MANIFEST.replace("1.0.0", "1.1.0"))
        (self.pattern / "template" / "{{ package_path }}" / "more.py.jinja").write_text(
            "MORE = 1\n"
        )
        commit = self.commit("second")
        self.git("tag", "v1.1.0")
        return commit

    def tree(self, *lines: str) -> str:
        """A commit whose folder `templates/greeting` has these entries for `git mktree` too."""
        inner = self.git("ls-tree", f"{self.first}:templates/greeting")
        listing = "\0".join([*inner.split("\n"), *lines]) + "\0"
        greeting = self.git("mktree", "-z", "--missing", stdin=listing.encode())
        templates = self.git("mktree", stdin=f"040000 tree {greeting}\tgreeting\n".encode())
        root = self.git("mktree", stdin=f"040000 tree {templates}\ttemplates\n".encode())
        commit = self.git("commit-tree", "-m", "made", root)
        self.git("update-ref", "refs/heads/made", commit)
        return commit

    def blob(self, content: bytes) -> str:
        """The id of a blob with this content."""
        return self.git("hash-object", "-w", "--stdin", stdin=content)
