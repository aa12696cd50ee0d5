"""The index answers as a fresh reading of the commit would, whatever happened to it before."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from code_repositories import (
    Steps,
    asked,
    change,
    database_of,
    found,
    git,
    hits,
    index_of,
    repository,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestrator.adapters.index import database as database_module
from orchestrator.adapters.index import index as index_module
from orchestrator.adapters.index.database import Database
from orchestrator.core.errors import CannotAnswer
from orchestrator.core.search.query import meanings

TOKENS = "class JwtTokens:\n    def sign(self): ...\n\n\ndef paint(): ...\n"


@pytest.fixture
def host(tmp_path: Path) -> Path:
    return repository(
        tmp_path / "host",
        {
            "src/tokens.py": TOKENS,
            "src/login.py": "import jwt\n\n\ndef login():\n    return jwt.decode('')\n",
            "README.md": "jwt\n",
        },
    )


def test_code_is_found_by_names_bodies_and_imports(host: Path) -> None:
    assert found(host, "jwt") == [
        "class JwtTokens src/tokens.py:1",
        "method JwtTokens.sign src/tokens.py:2",
        "module  src/login.py:1",
        "function login src/login.py:4",
    ]


def test_a_second_search_reads_nothing(host: Path) -> None:
    found(host, "jwt")
    steps = Steps()
    index_of(host, steps).find(meanings(["paint"]), ())
    assert steps.said == []
    assert found(host, "paint") == ["function paint src/tokens.py:5"]


def test_only_what_changed_is_read_again(host: Path) -> None:
    found(host, "jwt")
    change(host, {"src/login.py": "def logout(): ...\n"})
    steps = Steps()
    index_of(host, steps).find(meanings(["logout"]), ())
    assert steps.said == ["reading code: 0 of 1 files"]
    assert found(host, "logout") == ["function logout src/login.py:1"]
    assert "src/login.py" not in str(found(host, "jwt"))


def test_a_renamed_file_is_not_read_again(host: Path) -> None:
    found(host, "jwt")
    git(host, "mv", "src/tokens.py", "src/moved.py")
    git(host, "commit", "-q", "-m", "move")
    steps = Steps()
    index_of(host, steps).find(meanings(["jwt"]), ())
    assert steps.said == []
    assert "class JwtTokens src/moved.py:1" in found(host, "jwt")
    assert "src/tokens.py" not in str(found(host, "jwt"))


def test_the_commit_is_searched_not_the_working_copy(host: Path) -> None:
    (host / "src/tokens.py").write_text("def other_jwt(): ...\n")
    assert "other_jwt" not in str(found(host, "jwt"))
    assert "class JwtTokens src/tokens.py:1" in found(host, "jwt")


@pytest.mark.parametrize("how", ["link", "folder", "pipe", "filtered"])
def test_a_working_file_that_is_not_what_was_committed_is_not_read(
    host: Path, tmp_path: Path, how: str
) -> None:
    place = host / "src/tokens.py"
    place.unlink()
    if how == "link":
        (tmp_path / "elsewhere.py").write_text("def jwt_elsewhere(): ...\n")
        place.symlink_to(tmp_path / "elsewhere.py")
    elif how == "folder":
        place.mkdir()
    elif how == "pipe":
        os.mkfifo(place)
    else:
        place.write_bytes(TOKENS.replace("\n", "\r\n").encode())
    assert "class JwtTokens src/tokens.py:1" in found(host, "jwt")
    assert "jwt_elsewhere" not in str(found(host, "jwt"))


def test_names_of_objects_may_be_longer(tmp_path: Path) -> None:
    root = tmp_path / "host"
    root.mkdir()
    git(root, "init", "-q", "--object-format=sha256")
    change(root, {"a.py": "def jwt(): ...\n"})
    assert found(root, "jwt") == ["function jwt a.py:1"]


def test_a_branch_shows_its_own_files_alone(host: Path) -> None:
    git(host, "switch", "-q", "-c", "other")
    change(host, {"src/branch.py": "def jwt_of_branch(): ...\n", "src/tokens.py": None})
    assert hits(host, "jwt")[0].name == "jwt_of_branch"
    assert "JwtTokens" not in str(found(host, "jwt"))
    git(host, "switch", "-q", "main")
    assert "jwt_of_branch" not in str(found(host, "jwt"))
    assert "JwtTokens" in str(found(host, "jwt"))


def test_a_linked_work_tree_shares_the_index(host: Path, tmp_path: Path) -> None:
    found(host, "jwt")
    git(host, "worktree", "add", "-q", str(tmp_path / "linked"))
    steps = Steps()
    index_of(tmp_path / "linked", steps).find(meanings(["jwt"]), ())
    assert steps.said == []
    assert found(tmp_path / "linked", "jwt") == found(host, "jwt")


def test_the_same_content_at_two_paths_is_found_at_both(host: Path) -> None:
    change(host, {"lib/copy.py": TOKENS})
    places = [hit.place.path for hit in hits(host, "jwt") if hit.name == "JwtTokens"]
    assert places == ["lib/copy.py", "src/tokens.py"]


def test_links_submodules_and_folders_of_others_are_not_looked_at(
    host: Path, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.py").write_text("def jwt_secret(): ...\n")
    (host / "link.py").symlink_to(outside / "secret.py")
    (host / "folder").symlink_to(outside)
    repository(tmp_path / "module", {"inside.py": "def jwt_of_module(): ...\n"})
    allow = ("-c", "protocol.file.allow=always")
    git(host, *allow, "submodule", "add", "-q", str(tmp_path / "module"), "module")
    change(host, {"vendor/x.py": "def jwt_vendored(): ...\n"})
    text = str(found(host, "jwt"))
    assert "jwt_secret" not in text
    assert "jwt_of_module" not in text
    assert "jwt_vendored" not in text
    _, (own,) = index_of(host).state(())
    assert (own.files, own.known, own.skipped) == (2, 2, 2)


def test_a_repository_without_python_or_without_a_commit_has_no_code(tmp_path: Path) -> None:
    assert found(repository(tmp_path / "a", {"a.js": "jwt\n"}), "jwt") == []
    assert found(repository(tmp_path / "b", {}), "jwt") == []
    (tmp_path / "c").mkdir()
    git(tmp_path / "c", "init", "-q")
    (one,) = asked(tmp_path / "c", "jwt")
    assert (one.files, one.problem) == (0, "nothing is committed yet")


def test_outside_of_a_repository_there_is_nothing_to_ask(tmp_path: Path) -> None:
    with pytest.raises(CannotAnswer):
        index_of(tmp_path)


def test_what_cannot_be_read_is_told_with_its_reason_and_read_once(host: Path) -> None:
    change(
        host,
        {
            "bad.py": "def jwt(:\n",
            "binary.py": b"jwt\0\xff",
            "huge.py": b"jwt = 1\n" * 200_000,
            "latin.py": "jwt = 'ä'\n".encode("latin-1"),
            "deep.py": "jwt = " + "(" * 9000 + ")" * 9000,
        },
    )
    found(host, "jwt")
    steps = Steps()
    _, (own,) = index_of(host, steps).state(())
    assert [one.path for one in own.unread] == [
        "bad.py", "binary.py", "deep.py", "huge.py", "latin.py"
    ]  # fmt: skip
    assert all(one.because for one in own.unread)
    index_of(host, steps).find(meanings(["jwt"]), ())
    assert steps.said == []


@pytest.mark.parametrize(
    "name",
    ["a\nb.py", "*.py", "a b.py", "-x.py", '"q".py', "ä.py", ":(top).py", "a\tb.py", b"\xff.py"],
)
def test_any_name_of_a_file_will_do(
    host: Path, name: str | bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_module, "_FEW", 0)
    path = name if isinstance(name, str) else name.decode("utf-8", "surrogateescape")
    change(host, {path: "def jwt_here(): ...\n"})
    assert [hit.place.path for hit in hits(host, "jwt") if hit.name == "jwt_here"] == [path]


@pytest.mark.parametrize(
    "query",
    ['"', "jwt OR", "NEAR(jwt login)", "-jwt", "jwt*", "name : jwt", "jwt AND NOT", "'; DROP",
     "{name text} : x", "^jwt", "jwt + login", "()", "* *", "jwt\0", "ä", "\ud800 jwt", "🙂 jwt"],
)  # fmt: skip
def test_no_question_is_a_command_to_the_database(host: Path, query: str) -> None:
    everything = found(host, "jwt", "login")
    for one in hits(host, query):
        assert f"{one.kind} {one.name} {one.place}" in [*everything, *found(host, "name text")]


# How it goes about a large repository.


@pytest.fixture
def small_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """A repository is large from two files on, and a question reads three."""
    monkeypatch.setattr(index_module, "_FEW", 2)
    monkeypatch.setattr(index_module, "_MOST", 3)


@pytest.mark.usefixtures("small_bounds")
def test_in_a_large_repository_only_files_that_hold_a_word_are_read(tmp_path: Path) -> None:
    files = {f"src/m{n}.py": f"def paint_{n}(): ...\n" for n in range(9)}
    host = repository(tmp_path / "host", {**files, "src/j.py": "def JWT_here(): ...\n"})
    assert found(host, "jwt") == ["function JWT_here src/j.py:1"]
    _, (own,) = index_of(host).state(())
    assert (own.files, own.known) == (10, 1)


@pytest.mark.usefixtures("small_bounds")
def test_files_that_were_left_are_counted_and_come_next_time(tmp_path: Path) -> None:
    files = {f"src/m{n}.py": f"def jwt_{n}(): ...\n" for n in range(5)}
    host = repository(tmp_path / "host", {**files, "src/jwt.py": "def jwt_own(): ...\n"})
    (first,) = asked(host, "jwt")
    assert (first.files, first.known, first.pending) == (6, 3, 3)
    assert "jwt_own" in str(found(host, "jwt"))
    (last,) = asked(host, "jwt")
    assert (last.known, last.pending) == (6, 0)
    assert len(found(host, "jwt")) == 6


@pytest.mark.usefixtures("small_bounds")
def test_what_is_read_at_once_is_bounded_in_size_too_and_dense_files_come_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_module, "_MOST_BYTES", 1)
    wide = "# nothing\n" * 500
    files = {f"m{n}.py": f"def jwt_{n}(): ...\n{wide}" for n in range(5)}
    host = repository(tmp_path / "host", {**files, "dense.py": "def jwt_dense(): ...\n"})
    assert found(host, "jwt") == ["function jwt_dense dense.py:1"]
    (one,) = asked(host, "jwt")
    assert (one.known, one.pending) == (2, 4)


@pytest.mark.usefixtures("small_bounds")
@pytest.mark.parametrize("how", ["edited", "deleted", "staged", "sparse"])
def test_the_first_answer_is_that_of_the_commit(tmp_path: Path, how: str) -> None:
    files = {f"src/m{n}.py": f"def paint_{n}(): ...\n" for n in range(9)}
    host = repository(tmp_path / "host", {**files, "lib/j.py": "def jwt_here(): ...\n"})
    if how == "edited":
        (host / "lib/j.py").write_text("def other(): ...\n")
        (host / "src/m1.py").write_text("def jwt_new(): ...\n")
    elif how == "deleted":
        (host / "lib/j.py").unlink()
    elif how == "staged":
        git(host, "rm", "-q", "lib/j.py")
    else:
        git(host, "sparse-checkout", "set", "src")
        assert not (host / "lib/j.py").exists()
    assert found(host, "jwt") == ["function jwt_here lib/j.py:1"]


@pytest.mark.usefixtures("small_bounds")
def test_the_lazy_answer_is_that_of_the_whole_index(tmp_path: Path) -> None:
    files = {f"m{n}.py": f"def {w}_{n}():\n    return jwt\n" for n, w in enumerate(["jwt", "a"])}
    host = repository(tmp_path / "host", {**files, **{f"x{n}.py": "y = 1\n" for n in range(5)}})
    lazy = hits(host, "jwt")
    index_of(host).rebuild(())
    assert hits(host, "jwt") == lazy
    _, (own,) = index_of(host).state(())
    assert own.known == own.files == 7


# Other repositories.


def test_other_repositories_are_searched_too_and_named(host: Path, tmp_path: Path) -> None:
    other = repository(tmp_path / "other", {"lib.py": "def jwt_there(): ...\n"})
    places = [(one.repository, one.name) for one in hits(host, "jwt", others=["../other"])]
    assert ("../other", "jwt_there") in places
    assert ("", "JwtTokens") in places
    assert not (other / ".git" / "orchestrator").exists()
    assert "jwt_there" not in str(found(host, "jwt"))


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("../gone", "is not a folder"),
        ("..", "rev-parse failed"),
        ("src", "is this repository itself"),
        ("src/tokens.py", "is not a folder"),
    ],
)
def test_another_repository_that_is_not_there_is_told(host: Path, name: str, problem: str) -> None:
    own, lost = asked(host, "jwt", others=[name])
    assert (own.problem, lost.repository) == ("", name)
    assert problem in lost.problem
    assert "JwtTokens" in str(found(host, "jwt", others=[name]))


# What may happen to the file.


def test_a_broken_file_is_made_anew(host: Path) -> None:
    before = found(host, "jwt")
    for damage in (b"not a database", b"", b"SQLite format 3\0" + b"\xff" * 4000):
        database_of(host).write_bytes(damage)
        assert found(host, "jwt") == before


def test_a_file_with_torn_pages_is_made_anew(host: Path) -> None:
    before = found(host, "jwt")
    whole = bytearray(database_of(host).read_bytes())
    for at in range(4096, len(whole), 2):
        whole[at] = 0x5A
    database_of(host).write_bytes(whole)
    assert found(host, "jwt") == before


@pytest.mark.parametrize("version", [1, 999_999])
def test_a_file_of_another_form_is_made_anew(host: Path, version: int) -> None:
    before = found(host, "jwt")
    connection = sqlite3.connect(database_of(host))
    connection.execute("DROP TABLE symbol")
    connection.execute(f"PRAGMA user_version={version}")
    connection.close()
    assert found(host, "jwt") == before


def test_where_nothing_can_be_written_the_answer_is_the_same_and_says_so(host: Path) -> None:
    before = found(host, "jwt")
    folder = host / ".git" / "orchestrator"
    for file in folder.iterdir():
        file.unlink()
    folder.rmdir()
    folder.write_text("in the way")
    assert found(host, "jwt") == before
    file, (own,) = index_of(host).state(())
    assert "File exists" in file.problem
    assert (own.files, own.known) == (2, 0)


def test_a_file_that_somebody_holds_is_left_alone_and_the_answer_is_the_same(
    host: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = found(host, "jwt")
    change(host, {"src/new.py": "def paint_new(): ...\n"})
    monkeypatch.setattr(database_module, "_PATIENCE", 0.05)
    holder = sqlite3.connect(database_of(host), isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    index = index_of(host)
    candidates, _ = index.find(meanings(["jwt"]), ())
    assert len(candidates) == len(before)
    assert "locked" in index.state(())[0].problem
    holder.close()
    assert index_of(host).state(())[0].blobs == 2


def test_rebuilding_forgets_what_no_commit_has(host: Path) -> None:
    found(host, "jwt")
    change(host, {"src/login.py": "def logout(): ...\n"})
    found(host, "jwt")
    assert index_of(host).state(())[0].blobs == 3
    index_of(host).rebuild(())
    assert index_of(host).state(())[0].blobs == 2


def test_what_was_read_stays_when_a_rebuild_is_interrupted(
    host: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_module, "_BATCH", 1)

    class Impatient(Steps):
        def step(self, text: str) -> None:
            super().step(text)
            if len(self.said) == 2:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        index_of(host, Impatient()).rebuild(())
    assert index_of(host).state(())[0].blobs == 1
    assert len(found(host, "jwt")) == 4


def test_a_text_is_remembered_for_its_key_alone(host: Path) -> None:
    made: list[str] = []

    def make(text: str) -> Callable[[], str]:
        return lambda: made.append(text) or text  # type: ignore[func-returns-value]

    for key, text in (("k1", "one"), ("k1", "never"), ("k2", "two"), ("k2", "never")):
        index_of(host).remember("cards", key, make(text))
    assert made == ["one", "two"]


KILLED = """\
import os, sys
from pathlib import Path
sys.path[:0] = {paths!r}
from code_repositories import index_of
from orchestrator.adapters.index import store
keep = store._keep_symbols
def torn(connection, blob, symbols, first):
    keep(connection, blob, symbols, first)
    if os.path.exists({flag!r}):
        os.kill(os.getpid(), 9)
    Path({flag!r}).touch()
store._keep_symbols = torn
from orchestrator.core.search.query import meanings
index_of(Path({root!r})).find(meanings(["jwt"]), ())
"""


def test_a_run_that_is_killed_while_it_writes_leaves_a_whole_index(
    host: Path, tmp_path: Path
) -> None:
    tests = Path(__file__).parent.parent
    code = KILLED.format(
        paths=[str(tests), str(tests.parent)], flag=str(tmp_path / "flag"), root=str(host)
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == -9, done.stderr
    assert index_of(host).state(())[0].blobs == 0
    assert "class JwtTokens src/tokens.py:1" in found(host, "jwt")
    connection = sqlite3.connect(database_of(host))
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


WRITER = """\
import sys
from pathlib import Path
sys.path[:0] = {paths!r}
from code_repositories import index_of
for _ in range(3):
    index_of(Path({root!r})).rebuild(()) if {rebuild!r} else None
    from orchestrator.core.search.query import meanings
    index_of(Path({root!r})).find(meanings(["jwt"]), ())
"""


@pytest.mark.parametrize("rebuild", [False, True])
def test_several_processes_at_once_do_not_disturb_each_other(tmp_path: Path, rebuild: bool) -> None:
    files = {f"m{n}.py": f"def jwt_{n}():\n    return {n}\n" for n in range(50)}
    host = repository(tmp_path / "host", files)
    tests = Path(__file__).parent.parent
    code = WRITER.format(paths=[str(tests), str(tests.parent)], root=str(host), rebuild=rebuild)
    running = [
        subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    for process in running:
        _, err = process.communicate(timeout=240)
        assert process.returncode == 0, err
    assert len(found(host, "jwt")) == 50
    connection = sqlite3.connect(database_of(host))
    counts = "SELECT count(*), count(DISTINCT name) FROM symbol"
    assert connection.execute(counts).fetchone() == (50, 50)
    connection.close()


def test_a_reader_waits_for_a_writer(host: Path) -> None:
    found(host, "jwt")
    change(host, {"src/new.py": "def jwt_new(): ...\n"})
    holder = sqlite3.connect(database_of(host), isolation_level=None, check_same_thread=False)
    holder.execute("BEGIN IMMEDIATE")
    from threading import Timer

    timer = Timer(0.5, lambda: holder.execute("COMMIT"))
    timer.start()
    started = time.monotonic()
    assert "function jwt_new src/new.py:1" in found(host, "jwt")
    assert time.monotonic() - started >= 0.4
    timer.join()
    holder.close()


def test_the_size_counts_the_journal_too(host: Path) -> None:
    database = Database(host / ".git" / "orchestrator")
    assert (database.size(), database.written()) == (0, None)
    found(host, "jwt")
    assert database.size() > 0
    assert database.written() is not None


# Whatever happened, the answer is that of a fresh index.

names = st.sampled_from(["a.py", "b.py", "pkg/c.py", "pkg/d.py", "tests/test_e.py"])
bodies = st.sampled_from(
    [
        "def jwt_a(): ...\n",
        "class Login:\n    def jwt(self):\n        '''Log in.'''\n",
        "import jwt\n",
        "def x():\n    return jwt.login()\n",
        "broken(:\n",
        "",
    ]
)
edits = st.lists(st.dictionaries(names, bodies, min_size=1, max_size=3), min_size=1, max_size=4)


@given(edits, st.integers(0, 1))
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
def test_after_any_edits_the_answer_is_that_of_a_fresh_index(
    tmp_path_factory: pytest.TempPathFactory, steps: list[dict[str, str]], few: int
) -> None:
    base = tmp_path_factory.mktemp("edits")
    host = repository(base / "host", {})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(index_module, "_FEW", few * 100)
        for files in steps:
            change(host, files)
            kept = hits(host, "jwt login")
            git(base, "clone", "-q", "host", "fresh")
            assert hits(base / "fresh", "jwt login") == kept
            subprocess.run(["rm", "-rf", str(base / "fresh")], check=True)
