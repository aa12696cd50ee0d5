"""Publishing: what it does to files, index and branch, and everything it refuses beforehand."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from orchestrator.adapters.git.repository import GitRepository
from orchestrator.adapters.publishing import git_index, placement
from orchestrator.adapters.publishing.publish import GitPublisher
from orchestrator.core.change.changes import Change, File
from orchestrator.core.errors import CannotAnswer
from orchestrator.ports.repository import Publisher

Shell = Callable[..., str]
Publish = Callable[..., str]
Planned = Callable[..., tuple[Change, ...]]
NEW = {"src/app.py": b"new\n", "src/auth/token.py": b"token\n", "notes.txt": None}


def clean(host: Path, sh: Shell) -> bool:
    waste = [path for path in host.rglob("*") if path.name.startswith(".orchestrator-")]
    journal = host / ".git/orchestrator/journal"
    status = sh(host, "status", "--porcelain", "--untracked-files=all", "--ignored")
    quick = sh(host, "diff-files", "--name-only") + sh(host, "diff-index", "--name-only", "HEAD")
    return not waste and not [*journal.glob("*")] and status == quick == ""


def test_files_index_and_branch_agree_afterwards(host: Path, sh: Shell, publish: Publish) -> None:
    before = sh(host, "rev-parse", "HEAD").strip()
    commit = publish(host, NEW, message="feat: auth\n\nBecause.\n")
    assert sh(host, "rev-parse", "main", "main~1").split() == [commit, before]
    assert (host / "src/app.py").read_bytes() == b"new\n"
    assert (host / "src/auth/token.py").read_bytes() == b"token\n"
    assert not (host / "notes.txt").exists()
    assert sh(host, "log", "-1", "--format=%an %ae %cn%n%B") == (
        "Ann Example ann@example.org Ann Example\nfeat: auth\n\nBecause.\n\n"
    )
    assert "commit: feat: auth" in sh(host, "reflog", "-1")
    assert clean(host, sh)


def test_it_is_a_publisher_as_the_port_says(host: Path) -> None:
    publisher: Publisher = GitPublisher(GitRepository(host))
    assert publisher.interrupted() is None
    assert publisher.recover() is None


def test_no_hook_runs(host: Path, sh: Shell, publish: Publish, tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    names = ["pre-commit", "commit-msg", "post-commit", "reference-transaction"]
    for name in [*names, "post-checkout", "post-index-change"]:
        hook = host / ".git/hooks" / name
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(f"#!/bin/sh\necho {name} >> {ran}\nexit 1\n")
        hook.chmod(0o755)
    publish(host, NEW)
    assert not ran.exists()
    (host / "src/app.py").write_bytes(b"mine\n")
    done = subprocess.run(["git", "commit", "-qam", "x"], cwd=host, capture_output=True)
    assert done.returncode != 0, "the twin: these hooks do run for git itself"
    assert "pre-commit" in ran.read_text()


def test_other_work_of_the_users_stays_as_it_was(host: Path, sh: Shell, publish: Publish) -> None:
    (host / "run.sh").write_bytes(b"#!/bin/sh\necho staged\n")
    (host / "added.txt").write_bytes(b"added\n")
    sh(host, "add", "run.sh", "added.txt")
    (host / "loose.txt").write_bytes(b"loose\n")
    before = sh(host, "status", "--porcelain")
    commit = publish(host, {"src/app.py": b"new\n"})
    assert sh(host, "status", "--porcelain") == before
    assert sh(host, "show", "--name-only", "--format=", commit) == "src/app.py\n"


def test_permission_bits_stay_and_the_executable_bit_follows(
    host: Path, sh: Shell, publish: Publish
) -> None:
    (host / "src/app.py").chmod(0o640)
    publish(host, {"src/app.py": b"new\n", "run.sh": b"#!/bin/sh\nexit\n"})
    assert (host / "src/app.py").stat().st_mode & 0o777 == 0o640
    assert (host / "run.sh").stat().st_mode & 0o777 == 0o755
    repository = GitRepository(host)
    head = repository.head()
    script = Change("src/app.py", "update", File(b"new\n"), File(b"new\n", executable=True))
    GitPublisher(repository).publish((script,), base=head, message="executable")
    assert (host / "src/app.py").stat().st_mode & 0o777 == 0o750
    assert clean(host, sh)


def test_a_folder_that_lost_its_last_file_goes(host: Path, sh: Shell, publish: Publish) -> None:
    publish(host, {"src/app.py": None})
    assert not (host / "src").exists()
    assert clean(host, sh)


def test_a_detached_head_moves(host: Path, sh: Shell, publish: Publish) -> None:
    sh(host, "checkout", "-q", "--detach")
    main = sh(host, "rev-parse", "main")
    commit = publish(host, NEW)
    assert sh(host, "rev-parse", "HEAD").strip() == commit
    assert sh(host, "rev-parse", "main") == main
    assert clean(host, sh)


def test_a_linked_work_tree_publishes_on_its_own_branch(
    host: Path, tmp_path: Path, sh: Shell, publish: Publish
) -> None:
    linked = tmp_path / "linked"
    sh(host, "worktree", "add", "-q", "-b", "other", str(linked))
    main = sh(host, "rev-parse", "main")
    commit = publish(linked, NEW)
    assert sh(host, "rev-parse", "other").strip() == commit
    assert sh(host, "rev-parse", "main") == main
    assert sh(linked, "status", "--porcelain") == sh(host, "status", "--porcelain") == ""
    assert (linked / "src/auth/token.py").exists()


def test_a_sparse_checkout_gets_the_files_that_were_written(
    host: Path, sh: Shell, publish: Publish
) -> None:
    sh(host, "sparse-checkout", "set", "--no-cone", "/notes.txt")
    publish(host, {"src/app.py": b"new\n", "src/more.py": b"more\n"})
    assert (host / "src/app.py").read_bytes() == b"new\n"
    assert not (host / "run.sh").exists()
    assert clean(host, sh)


def test_line_ends_are_those_of_a_checkout(host: Path, sh: Shell, publish: Publish) -> None:
    sh(host, "config", "core.autocrlf", "true")
    publish(host, {"fresh.txt": b"one\ntwo\n"})
    assert (host / "fresh.txt").read_bytes() == b"one\r\ntwo\r\n"
    assert sh(host, "cat-file", "blob", "HEAD:fresh.txt") == "one\ntwo\n"
    assert clean(host, sh)


def test_attributes_of_the_same_change_count(host: Path, sh: Shell, publish: Publish) -> None:
    sh(host, "config", "core.autocrlf", "true")
    log = {".orchestrator/.gitattributes": b"* -text -merge\n", ".orchestrator/log/a": b"a\n"}
    publish(host, log)
    assert (host / ".orchestrator/log/a").read_bytes() == b"a\n"
    assert clean(host, sh)


def test_a_path_that_a_filter_would_change_is_refused(
    host: Path, sh: Shell, publish: Publish
) -> None:
    sh(host, "config", "filter.upper.clean", "tr a-z A-Z")
    sh(host, "config", "filter.upper.smudge", "tr A-Z a-z")
    (host / ".gitattributes").write_text("*.up filter=upper\n")
    sh(host, "add", "-A")
    sh(host, "commit", "-qm", "attributes")
    with pytest.raises(CannotAnswer, match=r"a\.up would show as modified") as error:
        publish(host, {"a.up": b"lower\n"})
    assert "-filter" in error.value.remedy
    publish(host, {"b.up": b"UPPER\n"})
    assert (host / "b.up").read_bytes() == b"upper\n"
    assert clean(host, sh)


def _windows_line_ends(host: Path, sh: Shell, attributes: str) -> None:
    (host / "story.md").write_bytes(b"one\r\n")
    sh(host, "add", "-A")
    sh(host, "commit", "-qm", "Windows line ends")
    (host / ".gitattributes").write_text(attributes)
    sh(host, "add", "-A")
    sh(host, "commit", "-qm", "attributes came later")


def test_committed_windows_line_ends_stay_where_git_leaves_them(
    host: Path, sh: Shell, publish: Publish
) -> None:
    _windows_line_ends(host, sh, "* text=auto\n")
    publish(host, {"story.md": b"one\r\ntwo\r\n"})
    assert (host / "story.md").read_bytes() == b"one\r\ntwo\r\n"
    assert clean(host, sh)


def test_line_ends_that_git_would_convert_are_refused(
    host: Path, sh: Shell, publish: Publish
) -> None:
    _windows_line_ends(host, sh, "* text\n")
    with pytest.raises(CannotAnswer, match="would show as modified"):
        publish(host, {"fresh.md": b"one\r\n"})
    publish(host, {"fresh.md": b"one\n"})


def test_an_index_with_extensions_stays_sound(host: Path, sh: Shell, publish: Publish) -> None:
    sh(host, "update-index", "--split-index")
    sh(host, "update-index", "--untracked-cache")
    sh(host, "config", "core.splitIndex", "true")
    publish(host, NEW)
    assert clean(host, sh)
    sh(host, "fsck", "--strict")


def _sign_program(tmp_path: Path, body: str) -> str:
    program = tmp_path / "sign"
    program.write_text(f"#!/bin/sh\n{body}\n")
    program.chmod(0o755)
    return str(program)


def test_a_user_who_signs_gets_a_signed_commit(
    host: Path, tmp_path: Path, sh: Shell, publish: Publish
) -> None:
    said = 'cat > /dev/null; echo "[GNUPG:] SIG_CREATED " >&2; echo SIGNED'
    sh(host, "config", "gpg.program", _sign_program(tmp_path, said))
    sh(host, "config", "commit.gpgsign", "true")
    publish(host, NEW)
    assert "gpgsig SIGNED" in sh(host, "cat-file", "commit", "HEAD")
    sh(host, "config", "commit.gpgsign", "false")
    publish(host, {"other": b"1"})
    assert "gpgsig" not in sh(host, "cat-file", "commit", "HEAD")


def test_a_signing_that_fails_changes_nothing(
    host: Path, tmp_path: Path, sh: Shell, publish: Publish
) -> None:
    sh(host, "config", "gpg.program", _sign_program(tmp_path, "exit 2"))
    sh(host, "config", "commit.gpgsign", "true")
    with pytest.raises(CannotAnswer, match="sign"):
        publish(host, NEW)
    assert clean(host, sh)
    assert not (host / "src/auth").exists()


@pytest.mark.parametrize("other_threads", [0, 1])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_ctrl_c_in_the_middle_is_too_late(
    host: Path,
    sh: Shell,
    publish: Publish,
    monkeypatch: pytest.MonkeyPatch,
    number: signal.Signals,
    other_threads: int,
) -> None:
    """Another thread, such as that of a status line, takes a signal that this one has blocked."""
    advance = placement.Placement._advance

    def interrupted(self: placement.Placement, step: Any) -> None:
        os.kill(os.getpid(), number)
        advance(self, step)

    monkeypatch.setattr(placement.Placement, "_advance", interrupted)
    before = signal.getsignal(number)
    end = threading.Event()
    with ThreadPoolExecutor(1) as threads:
        waiting = [threads.submit(end.wait, 60) for _ in range(other_threads)]
        try:
            publish(host, NEW)
        finally:
            end.set()
    assert all(one.result() for one in waiting)
    assert signal.getsignal(number) is before
    assert (host / "src/auth/token.py").exists()
    assert clean(host, sh)


def test_ctrl_c_while_preparing_changes_nothing(
    host: Path, sh: Shell, publish: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(self: GitRepository) -> None:
        os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(GitRepository, "unfinished", interrupted)
    with pytest.raises(KeyboardInterrupt):
        publish(host, NEW)
    assert clean(host, sh)
    assert not (host / "src/auth").exists()


# --- a branch instead


def test_a_branch_gets_the_commit_and_no_file_moves(
    host: Path, sh: Shell, publish: Publish
) -> None:
    (host / "src/app.py").write_bytes(b"mine\n")
    head = sh(host, "rev-parse", "HEAD").strip()
    commit = publish(host, NEW, branch="story/AUTH-1")
    assert sh(host, "rev-parse", "story/AUTH-1", "story/AUTH-1~1").split() == [commit, head]
    assert sh(host, "rev-parse", "HEAD").strip() == head
    assert (host / "src/app.py").read_bytes() == b"mine\n"
    assert sh(host, "cat-file", "blob", "story/AUTH-1:src/app.py") == "new\n"


@pytest.mark.parametrize(
    ("name", "words"), [("main", "exists already"), ("bad..name", "no name"), ("-x", "no name")]
)
def test_a_branch_that_exists_or_cannot_is_refused(
    host: Path, sh: Shell, publish: Publish, name: str, words: str
) -> None:
    head = sh(host, "rev-parse", "main")
    with pytest.raises(CannotAnswer, match=words):
        publish(host, NEW, branch=name)
    assert sh(host, "rev-parse", "main") == head


def test_a_twin_of_a_committed_name_is_refused_without_a_checkout_too(
    host: Path, sh: Shell, publish: Publish
) -> None:
    with pytest.raises(CannotAnswer, match="one name on some systems"):
        publish(host, {"SRC/x.py": b"1"}, branch="story/S-1")
    sh(host, "sparse-checkout", "set", "--no-cone", "/notes.txt")
    with pytest.raises(CannotAnswer, match="one name on some systems"):
        publish(host, {"SRC/x.py": b"1"})
    publish(host, {"source/x.py": b"1"})


def test_a_file_system_without_hard_links_will_do(
    host: Path, sh: Shell, publish: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*arguments: object, **options: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    publish(host, NEW)
    assert clean(host, sh)


# --- refusals; each leaves everything as it was


def _dirty(host: Path, sh: Shell) -> None:
    (host / "src/app.py").write_bytes(b"mine\n")


def _untracked(host: Path, sh: Shell) -> None:
    (host / "src/auth").mkdir()
    (host / "src/auth/token.py").write_bytes(b"mine\n")


def _linked_folder(host: Path, sh: Shell) -> None:
    (host / "elsewhere").mkdir()
    (host / "src/auth").symlink_to("../elsewhere")


def _linked_file(host: Path, sh: Shell) -> None:
    (host / "src/auth").mkdir()
    (host / "src/auth/token.py").symlink_to("/etc/passwd")


def _file_for_folder(host: Path, sh: Shell) -> None:
    (host / "src/auth").write_bytes(b"a file\n")


def _fifo(host: Path, sh: Shell) -> None:
    (host / "src/auth").mkdir()
    os.mkfifo(host / "src/auth/token.py")


def _twin(host: Path, sh: Shell) -> None:
    (host / "src/AUTH").mkdir()


def _merging(host: Path, sh: Shell) -> None:
    (host / ".git/MERGE_HEAD").write_text(sh(host, "rev-parse", "HEAD"))


def _index_lock(host: Path, sh: Shell) -> None:
    (host / ".git/index.lock").touch()


def _nobody(host: Path, sh: Shell) -> None:
    sh(host, "config", "--unset", "user.name")


@pytest.mark.parametrize(
    ("arrange", "words"),
    [
        (_dirty, "changes of yours: src/app.py"),
        (_untracked, "changes of yours: src/auth/token.py"),
        (_linked_folder, "beneath a link"),
        (_linked_file, "is a link"),
        (_file_for_folder, "beneath a link or a file"),
        (_fifo, "or a device"),
        (_twin, "one name on some systems"),
        (_merging, "a merge is under way"),
        (_index_lock, "index.lock"),
        (_nobody, "who commits"),
    ],
)
def test_what_is_in_the_way_refuses_and_stays(
    host: Path,
    sh: Shell,
    publish: Publish,
    monkeypatch: pytest.MonkeyPatch,
    arrange: Callable[[Path, Shell], None],
    words: str,
) -> None:
    monkeypatch.setattr(git_index, "_PATIENCE_SECONDS", 0.0)
    arrange(host, sh)
    head = sh(host, "rev-parse", "HEAD")
    before = sh(host, "--no-optional-locks", "status", "--porcelain", "-uall")
    with pytest.raises(CannotAnswer, match=words) as error:
        publish(host, NEW)
    assert error.value.remedy
    assert sh(host, "rev-parse", "HEAD") == head
    assert sh(host, "--no-optional-locks", "status", "--porcelain", "-uall") == before
    assert (host / "notes.txt").exists()


def test_a_moved_head_refuses(host: Path, sh: Shell, publish: Publish) -> None:
    base = sh(host, "rev-parse", "HEAD").strip()
    sh(host, "commit", "-q", "--allow-empty", "-m", "meanwhile")
    with pytest.raises(CannotAnswer, match="HEAD moved"):
        publish(host, NEW, base=base)
    assert clean(host, sh)


def test_a_path_inside_a_submodule_refuses(
    host: Path, tmp_path: Path, sh: Shell, publish: Publish
) -> None:
    sh(tmp_path, "clone", "-q", str(host), "inner")
    sh(host, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", "../inner", "sub")
    sh(host, "commit", "-qm", "submodule")
    with pytest.raises(CannotAnswer, match="sub is a submodule"):
        publish(host, {"sub/new.py": b"1"})
    publish(host, {"sub2/new.py": b"1"})
    assert clean(host, sh)


def test_a_committed_link_refuses_even_where_it_is_not_checked_out(
    host: Path, sh: Shell, publish: Publish
) -> None:
    (host / "link").symlink_to("src")
    sh(host, "add", "link")
    sh(host, "commit", "-qm", "link")
    sh(host, "sparse-checkout", "set", "--no-cone", "/notes.txt")
    assert not (host / "link").is_symlink()
    with pytest.raises(CannotAnswer, match="link is a link"):
        publish(host, {"link/x.py": b"1"})


@pytest.mark.parametrize("path", ["../x", ".git/config", "a\nb", "con"])
def test_a_forbidden_path_refuses_before_anything_is_read(host: Path, path: str) -> None:
    repository = GitRepository(host)
    change = Change(path, "create", None, File(b"1"))
    with pytest.raises(CannotAnswer):
        GitPublisher(repository).publish((change,), base=repository.head(), message="m")


def test_a_conflict_and_an_empty_plan_and_a_stale_plan_are_refused(host: Path) -> None:
    repository = GitRepository(host)
    publisher, head = GitPublisher(repository), repository.head()
    conflict = Change("notes.txt", "conflict", File(b"notes\n"), File(b"x"), "is not ours")
    with pytest.raises(CannotAnswer, match=r"notes\.txt is not ours"):
        publisher.publish((conflict,), base=head, message="m")
    with pytest.raises(CannotAnswer, match="nothing to publish"):
        publisher.publish((), base=head, message="m")
    stale = Change("notes.txt", "update", File(b"other\n"), File(b"x"))
    with pytest.raises(CannotAnswer, match="not what the plan expects"):
        publisher.publish((stale,), base=head, message="m")


def test_a_living_publisher_is_not_reported_as_interrupted(
    host: Path, publish: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str | None] = []
    advance = placement.Placement._advance

    def asked(self: placement.Placement, step: Any) -> None:
        told.append(GitPublisher(GitRepository(host)).interrupted())
        advance(self, step)

    monkeypatch.setattr(placement.Placement, "_advance", asked)
    publish(host, NEW)
    assert told == [None, None, None]


# --- refused beforehand, before the gate


def test_what_stops_a_publish_is_told_before_it_begins(
    host: Path, change: Planned, sh: Shell
) -> None:
    publisher = GitPublisher(GitRepository(host))
    base = sh(host, "rev-parse", "HEAD").strip()
    changes = change(host, NEW)
    publisher.refuse(changes, base=base)
    publisher.refuse(changes, base=base, branch="story/AUTH-1")
    sh(host, "branch", "story/AUTH-1")
    with pytest.raises(CannotAnswer, match="exists already"):
        publisher.refuse(changes, base=base, branch="story/AUTH-1")
    (host / ".git/index.lock").touch()
    with pytest.raises(CannotAnswer, match=r"index\.lock"):
        publisher.refuse(changes, base=base)
    (host / ".git/index.lock").unlink()
    (host / "src/auth").write_bytes(b"in the way\n")
    with pytest.raises(CannotAnswer, match="beneath a link or a file"):
        publisher.refuse(changes, base=base)
    assert not (host / ".git/orchestrator").exists()
