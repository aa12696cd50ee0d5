"""Small repositories with code in them, and the index over them."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from orchestrator.adapters.git.reading import Committed
from orchestrator.adapters.index.index import SqliteIndex
from orchestrator.core.search.code import Asked, CodeHit
from orchestrator.core.search.code_search import rank_code
from orchestrator.core.search.query import meanings


class Steps:
    """Progress that is written down."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def step(self, text: str) -> None:
        self.said.append(text)


def git(root: Path, *words: str) -> str:
    """Git as a person without settings would type it."""
    env = {
        **os.environ,
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        **{
            f"GIT_{who}_{what}": "ann@example.org"
            for who in ("AUTHOR", "COMMITTER")
            for what in ("NAME", "EMAIL")
        },
    }
    done = subprocess.run(["git", *words], cwd=root, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def repository(root: Path, files: Mapping[str, str | bytes]) -> Path:
    """A repository with these files in one commit."""
    root.mkdir(parents=True, exist_ok=True)
    git(root, "init", "-q", "-b", "main")
    change(root, files)
    return root


def change(root: Path, files: Mapping[str, str | bytes | None]) -> None:
    """Write files (None: remove), and commit everything."""
    for path, content in files.items():
        place = root / path
        if content is None:
            place.unlink()
            continue
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content.encode() if isinstance(content, str) else content)
    git(root, "add", "-A")
    git(root, "commit", "-q", "--allow-empty", "-m", "all")


def index_of(root: Path, progress: Steps | None = None) -> SqliteIndex:
    """The index, as a new process would open it."""
    return SqliteIndex(Committed(root), progress or Steps())


def database_of(root: Path) -> Path:
    """Where the index lies."""
    return root / ".git" / "orchestrator" / "index.sqlite"


def hits(
    root: Path, *query: str, others: Sequence[str] = (), limit: int = 1000
) -> tuple[CodeHit, ...]:
    """Everything that a search finds."""
    candidates, _ = index_of(root).find(meanings(query), others)
    return rank_code(meanings(query), candidates, framework=None, limit=limit)


def found(root: Path, *query: str, others: Sequence[str] = ()) -> list[str]:
    """What a search finds, each as `kind name path:line`."""
    return [f"{hit.kind} {hit.name} {hit.place}" for hit in hits(root, *query, others=others)]


def asked(root: Path, *query: str, others: Sequence[str] = ()) -> tuple[Asked, ...]:
    """How a search went about it."""
    return index_of(root).find(meanings(query), others)[1]
