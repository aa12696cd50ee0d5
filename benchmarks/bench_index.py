"""The index of code on a tree of 15,000 files: T10, T11, T12 and T13, as ratios.

Usage: python benchmarks/bench_index.py [ROUNDS] [--keep FOLDER]

The tree is made of the Python files of this machine's library and packages, and of changed copies
where they are too few; --keep leaves it in a folder for another run. ripgrep is the yardstick of
T13; without it `git grep` is, and the table says so.
"""

from __future__ import annotations

import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from resource import RUSAGE_CHILDREN, RUSAGE_SELF

from paired import HEAD, ORCHESTRATOR, cpu_seconds, rounds, row

from orchestrator.adapters.git.reading import Committed
from orchestrator.adapters.index import store
from orchestrator.adapters.index.database import Database
from orchestrator.adapters.index.extract import known
from orchestrator.adapters.index.index import SqliteIndex
from orchestrator.adapters.index.tree import Tree
from orchestrator.adapters.memory.source import parsed, uncollected
from orchestrator.compose import Silent
from orchestrator.core.search.code_search import rank_code
from orchestrator.core.search.query import meanings

FILES = 15_000
TWO = ("jwt authentication", "user model", "session token", "parse header", "database engine")
FIVE = ("decode access token verify signature", "create user password hash login")
SKIPPED = {"site-packages", "build", "dist", "env", "vendor", "venv", "third_party"}


def main() -> None:
    """Measure and print the table."""
    kept = sys.argv[sys.argv.index("--keep") + 1] if "--keep" in sys.argv else ""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(kept or folder) / "tree"
        if not root.exists():
            make_tree(root)
        measure(root, rounds(3))


def measure(root: Path, times: int) -> None:
    """All targets, in the order in which they need one another."""
    print(f"load average {os.getloadavg()[0]:.1f} at the start\n\n{HEAD}")
    first_answer(root, times)
    building(root, times)
    one_changed(root)
    questions(root)
    whole_command(root, times * 3)
    print(f"\nload average {os.getloadavg()[0]:.1f} at the end")


def first_answer(root: Path, times: int) -> None:
    """T13: a search without an index, and one pass of ripgrep over the same files."""
    found = shutil.which("rg")
    git_grep = ("git", "grep", "-l", "-i", "-F", "-e", "jwt", "-e", "authentic", "--", "*.py")
    grep = (found, "-l", "-i", "-e", "jwt|authentic", ".") if found else git_grep
    code, whole, passes = [], [], []
    for _ in range(times + 1):
        forget(root)
        code.append(milliseconds(lambda: ask(index(root), TWO[0])) / 1000)
        forget(root)
        whole.append(cpu_seconds((str(ORCHESTRATOR), "search", TWO[0]), root))
        passes.append(cpu_seconds(grep, root))
    one = statistics.median(passes[1:])
    name = f"{Path(grep[0]).name} -l -i"
    print(row("T13", f"first answer over code / {name}", statistics.median(code[1:]) / one, "5"))
    what = f"whole command, patterns read for the first time / {name}"
    print(row("T13", what, statistics.median(whole[1:]) / one, "-"))


def building(root: Path, times: int) -> None:
    """T10: every third file read and kept, and `ast.parse` of the same without collecting; both in
    turn for a hundred files at a time, so that what else the machine does falls on both."""
    ratios = []
    for _ in range(times):
        with tempfile.TemporaryDirectory() as folder:
            ratios.append(build(root, Database(Path(folder))))
    print(row("T10", "index build / `ast.parse`, gc off", statistics.median(ratios), "1.3"))
    taken = cpu_seconds((str(ORCHESTRATOR), "memory", "rebuild", "--no-progress"), root)
    file, _ = index(root).state(())
    print(row("T10", "`memory rebuild`, files a CPU second", FILES / taken, ">= 400 with PGO"))
    print(f"| T10 | {FILES} files: {file.symbols} symbols, {file.bytes / 1e6:.0f} MB | - | - |")


def build(root: Path, database: Database) -> float:
    """The ratio of one build."""
    committed = Committed(root)
    places = {blob: path for path, blob in Tree(committed.listing, 40).files.items()}
    blobs = sorted(places)[::3]
    parsing = building = 0.0
    with uncollected(), closing(database):
        for start in range(0, len(blobs), 100):
            some = blobs[start : start + 100]
            contents = [content for _, content in committed.contents(some, places)]
            parsing += milliseconds(lambda: parse(contents))  # noqa: B023  called at once
            building += milliseconds(lambda: keep(committed, some, places, database))  # noqa: B023
    return building / parsing


def parse(contents: list[bytes]) -> None:
    """The yardstick."""
    for content in contents:
        parsed(content)


def keep(
    committed: Committed, blobs: list[str], places: dict[str, str], database: Database
) -> None:
    """What a build does."""
    read = committed.contents(blobs, places)
    store.keep(database.connection, [(blob, known(content)) for blob, content in read])


def one_changed(root: Path) -> None:
    """T11: a search after a commit of one file, beyond the same search after none."""
    path = next(one for one in listed(root) if one.endswith(".py"))
    known, changed, sweep = [], [], []
    for number in range(9):
        known.append(milliseconds(lambda: index(root).find(meanings(["jwt"]), ())))
        with (root / path).open("a", encoding="utf-8") as file:
            file.write(f"\n\ndef changed_{number}(): ...\n")
        git(root, "commit", "-q", "-a", "-m", "one")
        changed.append(milliseconds(lambda: index(root).find(meanings(["jwt"]), ())))
        sweep.append(milliseconds(lambda: [(root / one).stat() for one in listed(root)]))
    beyond = statistics.median(changed) - statistics.median(known)
    aim = f"5 + stat sweep ({statistics.median(sweep):.0f})"
    print(row("T11", "one changed file, ms of CPU beyond a search that knows all", beyond, aim))


def questions(root: Path) -> None:
    """T12: candidates and ranking in a process that has asked git already."""
    known = index(root)
    for aim, queries in (("5", TWO), ("15", FIVE)):
        taken = [
            milliseconds(lambda query=query: ask(known, query))  # type: ignore[misc]
            for _ in range(11)
            for query in queries
        ]
        what = f"a question of {len(queries[0].split())} words, ms of CPU, p50"
        print(row("T12", what, statistics.median(taken), aim))


def whole_command(root: Path, times: int) -> None:
    """T12: the whole command beside `status` without a story."""
    ratios = []
    for _ in range(times + 1):
        asked = cpu_seconds((str(ORCHESTRATOR), "search", TWO[0]), root)
        ratios.append(asked / cpu_seconds((str(ORCHESTRATOR), "status"), root))
    print(row("T12", "`search` / `status` without a story", statistics.median(ratios[1:]), "2"))


def ask(known: SqliteIndex, query: str) -> None:
    """One question to its end."""
    asked = meanings([query])
    rank_code(asked, known.find(asked, ())[0], framework=None, limit=20)


def index(root: Path) -> SqliteIndex:
    """The index as a new process would have it."""
    return SqliteIndex(Committed(root), Silent())


def milliseconds(work: Callable[[], object]) -> float:
    """Processor time of this process and of those that ended meanwhile."""
    before = spent()
    work()
    return 1000 * (spent() - before)


def spent() -> float:
    """Seconds of processor time so far."""
    own, ended = (resource.getrusage(of) for of in (RUSAGE_SELF, RUSAGE_CHILDREN))
    return own.ru_utime + own.ru_stime + ended.ru_utime + ended.ru_stime


def make_tree(root: Path) -> None:
    """A repository of FILES files."""
    root.mkdir(parents=True)
    sources = list(python_files())
    for number in range(FILES):
        source = sources[number % len(sources)]
        parts = [f"{part}_" if part in SKIPPED else part for part in source[1].parts]
        copy = number // len(sources)
        place = root / f"copy{copy}" / Path(*parts)
        place.parent.mkdir(parents=True, exist_ok=True)
        changed = f"\n# copy {copy}\n".encode() if copy else b""
        place.write_bytes(source[0].read_bytes() + changed)
    git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "all")
    git(root, "gc", "-q")


def python_files() -> Iterator[tuple[Path, Path]]:
    """Every Python file of the library and the packages: where it is, and its relative path."""
    library = Path(os.__file__).parent
    for file in sorted(library.rglob("*.py")):
        relative = file.relative_to(library)
        if "{" not in str(relative) and not file.is_symlink():
            yield file, relative


def listed(root: Path) -> list[str]:
    """The tracked files."""
    return git(root, "ls-files").splitlines()


def forget(root: Path) -> None:
    """Remove the index."""
    for file in (root / ".git" / "orchestrator").glob("index*"):
        file.unlink()


def git(root: Path, *words: str) -> str:
    """A git command that must succeed."""
    who = ("-c", "user.name=bench", "-c", "user.email=bench@example.org", "-c", "gc.auto=0")
    done = subprocess.run(["git", *who, *words], cwd=root, check=True, capture_output=True)
    return os.fsdecode(done.stdout)


if __name__ == "__main__":
    started = time.monotonic()
    main()
    print(f"{time.monotonic() - started:.0f} s")
