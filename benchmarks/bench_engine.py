"""What the engine costs beside plain git: T8 (a commit of 40 files) and T9 (a scratch tree).

Usage: python benchmarks/bench_engine.py [ROUNDS]

Wall time in one process, medians of paired rounds: each round runs every way once, one after the
other, so that a busy machine slows them all.
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from paired import HEAD, rounds, row

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from orchestrator.adapters.git.repository import GitRepository  # noqa: E402
from orchestrator.adapters.git.scratch import GitScratch  # noqa: E402
from orchestrator.adapters.publishing.publish import GitPublisher  # noqa: E402
from orchestrator.core.change.changes import Change, File  # noqa: E402

FILES = 40


def git(root: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=root, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def made(root: Path, count: int) -> Path:
    """A repository of so many small modules in one commit."""
    for number in range(count):
        file = root / f"pkg{number % 50}" / f"sub{number % 7}" / f"module{number}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"# {number}\n" + "x = 1\n" * (50 + number % 700))
    git(root, "init", "-q", "-b", "main")
    git(root, "config", "user.name", "Bench")
    git(root, "config", "user.email", "bench@example.org")
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "base")
    return root


def contents(seed: int) -> dict[str, bytes]:
    """The generated files; other bytes in every round, so that no object is there already."""
    body = "value = 1\n" * 400
    return {
        f"generated/part{number % 4}/file{number}.py": f"# {seed} {number}\n{body}".encode()
        for number in range(FILES)
    }


def plumbing(root: Path, seed: int) -> None:
    """The floor: files written, then update-index, write-tree, commit-tree, update-ref."""
    files = contents(seed)
    for path, content in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content)
    git(root, "update-index", "--add", "--", *files)
    tree = git(root, "write-tree")
    commit = git(root, "commit-tree", "-p", "HEAD", "-m", "plumbing", tree)
    git(root, "update-ref", "HEAD", commit)


def changes(repository: GitRepository, seed: int) -> tuple[str, tuple[Change, ...]]:
    head = repository.head()
    planned = []
    for path, content in contents(seed).items():
        before = repository.read(head, path)
        kind = "create" if before is None else "update"
        planned.append(Change(path, kind, before, File(content)))
    return head, tuple(planned)


def ways(root: Path, room: Path) -> dict[str, Callable[[int], Callable[[], object]]]:
    """Each way prepares its round outside the clock and returns what is to be timed."""
    repository = GitRepository(root)
    publisher, scratch = GitPublisher(repository), GitScratch(repository)

    def published(seed: int) -> Callable[[], object]:
        head, planned = changes(repository, seed)
        return lambda: publisher.publish(planned, base=head, message="bench")

    def branched(seed: int) -> Callable[[], object]:
        head, planned = changes(repository, seed)
        name = f"bench/{seed}"
        return lambda: publisher.publish(planned, base=head, message="bench", branch=name)

    def added(seed: int) -> Callable[[], object]:
        place = str(room / f"added{seed}")
        return lambda: git(root, "worktree", "add", "-q", "--detach", place)

    def scratched(paths: tuple[str, ...]) -> Callable[[int], Callable[[], object]]:
        def prepared(_seed: int) -> Callable[[], object]:
            context = scratch.tree(repository.head(), (), paths=paths)
            contexts.append(context)
            return context.__enter__

        return prepared

    contexts: list[object] = []
    return {
        "plumbing": lambda seed: lambda: plumbing(root, seed),
        "publish": published,
        "branch": branched,
        "worktree add": added,
        "scratch": scratched(()),
        "scratch, 2 folders": scratched(("pkg0", "pkg1")),
        "close": lambda _seed: lambda: [contexts.pop().__exit__(None, None, None) for _ in "12"],
    }


def measured(root: Path, room: Path, count: int) -> dict[str, float]:
    times: dict[str, list[float]] = {}
    for number in range(count):
        for index, (name, prepare) in enumerate(ways(root, room).items()):
            work = prepare(number * 100 + index)
            start = time.perf_counter()
            work()
            times.setdefault(name, []).append(time.perf_counter() - start)
            if name == "worktree add":
                git(
                    root,
                    "worktree",
                    "remove",
                    "--force",
                    str(room / f"added{number * 100 + index}"),
                )
    return {name: statistics.median(found) for name, found in times.items()}


def main() -> None:
    """Measure and print the table."""
    count = rounds(7)
    print(HEAD)
    for files in (100, 10_000):
        room = Path(tempfile.mkdtemp())
        try:
            found = measured(made(room / "host", files), room, count)
        finally:
            shutil.rmtree(room)
        floor, added = found["plumbing"], found["worktree add"]
        told = f"{files} files"
        print(
            row("T8", f"commit to a branch / plumbing, {told}", found["branch"] / floor, "<= 1.2")
        )
        print(row("T8", f"whole publish / plumbing, {told}", found["publish"] / floor, "-"))
        print(
            row(
                "T9",
                f"scratch, 2 folders / worktree add, {told}",
                found["scratch, 2 folders"] / added,
                "<= 0.1",
            )
        )
        print(row("T9", f"scratch, whole / worktree add, {told}", found["scratch"] / added, "-"))
        listing = ", ".join(f"{name} {value * 1000:.0f}" for name, value in found.items())
        print(f"\n{told}, milliseconds: {listing}\n", file=sys.stderr)


if __name__ == "__main__":
    main()
