"""What a repository answers, and which kinds of repository are refused by name."""

from __future__ import annotations

import errno
import hashlib
import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from orchestrator.adapters.git.repository import GitRepository
from orchestrator.adapters.git.rules import GitFailed
from orchestrator.core.change.changes import Change, File
from orchestrator.core.errors import CannotAnswer
from orchestrator.ports.repository import Identity, Repository

Shell = Callable[..., str]


def refused(words: str) -> pytest.RaisesContext[CannotAnswer]:
    return pytest.raises(CannotAnswer, match=words)


def test_it_is_a_repository_as_the_port_says(host: Path) -> None:
    repository: Repository = GitRepository(host / "src")
    assert repository.root == host.resolve()
    assert repository.common_dir == host.resolve() / ".git"
    assert repository.branch() == "main"
    assert repository.identity() == Identity("Ann Example", "ann@example.org")
    assert repository.unfinished() is None
    assert repository.default_branch() is None


def test_no_repository_is_refused(tmp_path: Path) -> None:
    with refused("not in a git repository") as error:
        GitRepository(tmp_path)
    assert "git init" in error.value.remedy
    assert error.value.code == 4


def test_a_bare_repository_is_refused(tmp_path: Path, sh: Shell) -> None:
    sh(tmp_path, "init", "-q", "--bare", "bare.git")
    with refused("bare"):
        GitRepository(tmp_path / "bare.git")


def test_a_repository_without_commits_is_refused(bare_host: Path) -> None:
    with refused("no commits yet") as error:
        GitRepository(bare_host).head()
    assert "first commit" in error.value.remedy


def test_a_missing_git_is_told(host: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repository = GitRepository(host)
    monkeypatch.setenv("PATH", "/nowhere")
    with refused("git is not installed"):
        repository.head()


def test_a_repository_of_another_owner_is_refused(
    host: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    with refused("dubious ownership") as error:
        GitRepository(host)
    assert "safe.directory" in error.value.remedy


@pytest.mark.parametrize("words", ["write error. Out of diskspace", "No space left on device"])
def test_a_full_disk_is_known_in_both_of_the_words_of_git(words: str) -> None:
    assert "free some space" in GitFailed("read-tree", 128, f"fatal: sha1 file: {words}\n").remedy
    assert "in a shell" in GitFailed("read-tree", 128, "fatal: something else\n").remedy


def test_variables_that_redirect_git_are_ignored(
    host: Path, tmp_path: Path, sh: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    sh(tmp_path, "init", "-q", "other")
    head = sh(host, "rev-parse", "HEAD").strip()
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "other/.git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(tmp_path))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "index"))
    repository = GitRepository(host)
    assert repository.root == host.resolve()
    assert repository.head() == head
    assert repository.dirty(["src/app.py"]) == ()


def test_an_unknown_identity_is_refused_and_never_guessed(host: Path, sh: Shell) -> None:
    sh(host, "config", "--unset", "user.email")
    with refused("who commits") as error:
        GitRepository(host).identity()
    assert "user.email" in error.value.remedy


def test_the_environment_may_name_the_author(host: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Bea <b>")
    monkeypatch.setenv("GIT_AUTHOR_EMAIL", "bea@example.org")
    assert GitRepository(host).identity() == Identity("Bea b", "bea@example.org")


def test_a_detached_head_has_no_branch(host: Path, sh: Shell) -> None:
    sh(host, "checkout", "-q", "--detach")
    assert GitRepository(host).branch() is None
    assert len(GitRepository(host).head()) == 40


@pytest.mark.parametrize("operation", ["merge", "rebase", "cherry-pick", "revert"])
def test_an_operation_under_way_is_named(host: Path, sh: Shell, operation: str) -> None:
    sh(host, "checkout", "-q", "-b", "other")
    (host / "src/app.py").write_bytes(b"theirs\n")
    sh(host, "commit", "-qam", "theirs")
    sh(host, "checkout", "-q", "main")
    (host / "src/app.py").write_bytes(b"ours\n")
    sh(host, "commit", "-qam", "ours")
    done = subprocess.run(["git", operation, "other"], cwd=host, capture_output=True)
    assert done.returncode != 0
    assert GitRepository(host).unfinished() == operation


def test_a_bisect_under_way_is_named(host: Path, sh: Shell) -> None:
    sh(host, "bisect", "start")
    assert GitRepository(host).unfinished() == "bisect"


def test_sha256_repositories_work(tmp_path: Path, sh: Shell) -> None:
    sh(tmp_path, "init", "-q", "-b", "main", "--object-format=sha256", "host")
    host = tmp_path / "host"
    (host / "a").write_bytes(b"a\n")
    sh(host, "add", "a")
    sh(host, "-c", "user.name=A", "-c", "user.email=a@b", "commit", "-qm", "base")
    repository = GitRepository(host)
    head = repository.head()
    assert len(head) == 64
    assert repository.read(head, "a") == File(b"a\n")
    assert repository.blob(b"a\n") == sh(host, "rev-parse", "HEAD:a").strip()


def test_a_shallow_clone_works(host: Path, tmp_path: Path, sh: Shell) -> None:
    sh(host, "commit", "-q", "--allow-empty", "-m", "second")
    sh(tmp_path, "clone", "-q", "--depth=1", f"file://{host}", "clone")
    repository = GitRepository(tmp_path / "clone")
    assert repository.read(repository.head(), "src/app.py") == File(b"old\n")
    assert repository.default_branch() == "main"


def test_files_are_read_as_committed(host: Path) -> None:
    (host / "src/app.py").write_bytes(b"edited\n")
    repository = GitRepository(host)
    head = repository.head()
    assert repository.read(head, "src/app.py") == File(b"old\n")
    assert repository.read(head, "run.sh") == File(b"#!/bin/sh\n", executable=True)
    assert repository.read(head, "src") is None
    assert repository.read(head, "missing") is None


def test_a_link_is_tracked_but_is_no_file_to_read(host: Path, sh: Shell) -> None:
    (host / "link").symlink_to("src/app.py")
    sh(host, "add", "link")
    sh(host, "commit", "-qm", "link")
    repository = GitRepository(host)
    assert repository.tracked("HEAD")["link"].startswith("120000 ")
    assert repository.read("HEAD", "link") is None


def test_odd_names_come_back_unquoted(host: Path, sh: Shell) -> None:
    names = ['"', "a\\b", "new\nline", '"x\n', "a b", "é.txt", 'q"uote', "tab\there", "*.py"]
    for name in names:
        (host / name).write_bytes(b"1")
    sh(host, "add", "-A")
    sh(host, "commit", "-qm", "odd")
    repository = GitRepository(host)
    assert set(names) <= set(repository.tracked(repository.head()))
    assert repository.dirty(names) == ()


def test_a_blob_id_is_gits_own(host: Path, sh: Shell) -> None:
    assert GitRepository(host).blob(b"old\n") == sh(host, "rev-parse", "HEAD:src/app.py").strip()


def test_an_ignored_path_is_told_from_others(host: Path) -> None:
    (host / ".gitignore").write_text("*.log\n")
    repository = GitRepository(host)
    assert repository.ignored("a.log")
    assert not repository.ignored("a.txt")
    assert not repository.ignored("*.txt")


def _modify(host: Path, sh: Shell) -> None:
    (host / "src/app.py").write_bytes(b"mine\n")


def _modify_same_length_and_time(host: Path, sh: Shell) -> None:
    import os

    before = (host / "src/app.py").stat()
    (host / "src/app.py").write_bytes(b"OLD\n")
    os.utime(host / "src/app.py", ns=(before.st_atime_ns, before.st_mtime_ns))


def _stage(host: Path, sh: Shell) -> None:
    _modify(host, sh)
    sh(host, "add", "src/app.py")


def _stage_and_put_back(host: Path, sh: Shell) -> None:
    _stage(host, sh)
    (host / "src/app.py").write_bytes(b"old\n")


def _delete(host: Path, sh: Shell) -> None:
    (host / "src/app.py").unlink()


def _unstage(host: Path, sh: Shell) -> None:
    sh(host, "rm", "-q", "--cached", "src/app.py")


def _make_executable(host: Path, sh: Shell) -> None:
    (host / "src/app.py").chmod(0o755)


def _make_link(host: Path, sh: Shell) -> None:
    (host / "src/app.py").unlink()
    (host / "src/app.py").symlink_to("../notes.txt")


def _hide(host: Path, sh: Shell) -> None:
    sh(host, "update-index", "--assume-unchanged", "src/app.py")
    _modify(host, sh)


def _become_folder(host: Path, sh: Shell) -> None:
    (host / "src/app.py").unlink()
    (host / "src/app.py").mkdir()


@pytest.mark.parametrize(
    "act",
    [
        _modify,
        _modify_same_length_and_time,
        _stage,
        _stage_and_put_back,
        _delete,
        _unstage,
        _make_executable,
        _make_link,
        _hide,
        _become_folder,
    ],
)
def test_every_way_to_differ_from_head_is_dirty(
    host: Path, sh: Shell, act: Callable[[Path, Shell], None]
) -> None:
    assert GitRepository(host).dirty(["src/app.py", "notes.txt"]) == ()
    act(host, sh)
    assert GitRepository(host).dirty(["src/app.py", "notes.txt"]) == ("src/app.py",)


def test_untracked_and_ignored_files_at_a_path_are_dirty_and_absent_ones_are_not(
    host: Path,
) -> None:
    (host / ".gitignore").write_text("*.log\n")
    (host / "a.log").write_text("1")
    (host / "b.txt").write_text("1")
    assert GitRepository(host).dirty(["a.log", "b.txt", "c.txt"]) == ("a.log", "b.txt")


def test_a_checkout_with_other_line_ends_is_not_dirty(host: Path, sh: Shell) -> None:
    sh(host, "config", "core.autocrlf", "true")
    (host / "src/app.py").unlink()
    sh(host, "checkout", "-q", "--", "src/app.py")
    assert (host / "src/app.py").read_bytes() == b"old\r\n"
    assert GitRepository(host).dirty(["src/app.py"]) == ()


def test_what_a_sparse_checkout_leaves_out_is_not_dirty(host: Path, sh: Shell) -> None:
    sh(host, "sparse-checkout", "set", "--no-cone", "/notes.txt")
    assert not (host / "src").exists()
    assert GitRepository(host).dirty(["src/app.py", "notes.txt"]) == ()


def test_the_tree_with_changes_leaves_the_index_alone(host: Path, sh: Shell) -> None:
    (host / "notes.txt").write_bytes(b"staged\n")
    sh(host, "add", "notes.txt")
    index = (host / ".git/index").read_bytes()
    changes = (
        Change("src/app.py", "update", File(b"old\n"), File(b"new\n")),
        Change("run.sh", "delete", File(b"#!/bin/sh\n", executable=True), None),
        Change("bin/x", "create", None, File(b"x", executable=True)),
    )
    tree = GitRepository(host).tree_with("HEAD", changes)
    listing = sh(host, "ls-tree", "-r", tree)
    assert [line.split("\t")[1] for line in listing.splitlines()] == [
        "bin/x",
        "notes.txt",
        "src/app.py",
    ]
    assert "100755" in listing.splitlines()[0]
    assert sh(host, "cat-file", "blob", f"{tree}:notes.txt") == "notes\n"
    assert (host / ".git/index").read_bytes() == index


def test_the_subject_leaves_files_and_folders_out(host: Path, sh: Shell) -> None:
    repository = GitRepository(host)
    tree, digest = repository.subject("HEAD", ["src", "notes.txt", "absent"])
    assert sh(host, "ls-tree", "-r", "--name-only", tree) == "run.sh\n"
    content = hashlib.sha256(b"#!/bin/sh\n").hexdigest()
    assert digest == hashlib.sha256(f"100755 {content} run.sh\0".encode()).hexdigest()
    assert repository.subject("HEAD", []) != (tree, digest)


def test_the_subject_is_the_same_after_a_squash(host: Path, sh: Shell) -> None:
    before = GitRepository(host).subject("HEAD", ["notes.txt"])
    (host / "notes.txt").write_bytes(b"other\n")
    sh(host, "commit", "-q", "--amend", "-am", "squashed")
    assert GitRepository(host).subject("HEAD", ["notes.txt"]) == before


def test_an_interrupt_ends_the_command_too(host: Path) -> None:
    pipe = host / "pipe"
    os.mkfifo(pipe)

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    usual = signal.signal(signal.SIGALRM, interrupt)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.5)
        with pytest.raises(KeyboardInterrupt):
            GitRepository(host).git.run("hash-object", "pipe")
    finally:
        signal.signal(signal.SIGALRM, usual)
    with pytest.raises(OSError, match=os.strerror(errno.ENXIO)):  # nobody reads
        os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
