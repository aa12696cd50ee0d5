"""What is fetched from elsewhere is one commit of plain files; all else is refused by name."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from pattern_folders import MANIFEST
from pattern_repositories import Published

from orchestrator.adapters.git.remote import GitRemote, check_url
from orchestrator.adapters.patterns.cache import cache_of
from orchestrator.adapters.patterns.sources import PinnedSources
from orchestrator.core.errors import CannotAnswer
from orchestrator.core.pattern.foreign import PatternRefused
from orchestrator.core.pattern.pattern import PatternSource


@pytest.fixture
def published(tmp_path: Path) -> Published:
    return Published(tmp_path / "published")


@pytest.fixture
def host(tmp_path: Path) -> Path:
    root = tmp_path / "host"
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    return root


def source(
    published: Published, commit: str = "", path: str = "templates/greeting"
) -> PatternSource:
    return PatternSource(git=published.url, commit=commit or published.first, path=path)


def refused(host: Path, wanted: PatternSource, reason: str) -> PatternRefused:
    with pytest.raises(PatternRefused) as caught:
        PinnedSources(host).fetch(wanted)
    assert caught.value.kind == f"pattern_{reason}", caught.value.problem
    assert caught.value.remedy
    assert not cache_of(host).has(wanted)
    return caught.value


def test_a_commit_is_fetched_kept_and_read_without_the_network(
    published: Published, host: Path
) -> None:
    fetched = PinnedSources(host).fetch(source(published))
    assert (fetched.name, fetched.source, fetched.trusted) == ("greeting", "git", False)
    assert fetched.origin == source(published)
    (published.folder / ".git").rename(published.folder / "gone")
    assert PinnedSources(host).fetch(source(published)) == fetched
    assert subprocess.run(
        ["git", "status", "--porcelain"], cwd=host, capture_output=True, check=True
    ).stdout == b""  # fmt: skip


def test_the_digest_is_that_of_the_folder_it_came_from(published: Published, host: Path) -> None:
    from orchestrator.adapters.patterns.manifest import read_pattern

    fetched = PinnedSources(host).fetch(source(published))
    assert fetched.digest == read_pattern(published.pattern).digest


def test_a_work_tree_shares_the_cache(published: Published, host: Path, tmp_path: Path) -> None:
    run = {"cwd": host, "check": True, "capture_output": True}
    who = ["-c", "user.name=A", "-c", "user.email=a@b"]
    subprocess.run(["git", *who, "commit", "--allow-empty", "-qm", "x"], **run)
    subprocess.run(["git", "worktree", "add", "-q", str(tmp_path / "other")], **run)
    PinnedSources(host).fetch(source(published))
    assert cache_of(tmp_path / "other").has(source(published))


@pytest.mark.parametrize("ref", ["v1.0.0", "main", "", "HEAD"])
def test_a_tag_a_branch_and_head_name_a_commit(published: Published, ref: str) -> None:
    if ref == "HEAD":
        with pytest.raises(PatternRefused, match="pattern_ref"):
            GitRemote().resolve(published.url, ref)
    else:
        assert GitRemote().resolve(published.url, ref) == published.first


@pytest.mark.parametrize(
    "ref",
    ["no-such", "--upload-pack=touch /tmp/owned", "-x", "a..b", "v1^{}", "a b", "a:b", "@{u}"],
)
def test_a_ref_that_is_none_is_refused(published: Published, ref: str) -> None:
    with pytest.raises(PatternRefused, match="pattern_ref"):
        GitRemote().resolve(published.url, ref)


@pytest.mark.parametrize(
    "url",
    [
        "ext::sh -c touch% /tmp/owned",
        "ext::sh",
        "--upload-pack=touch /tmp/owned",
        "-oProxyCommand=touch",
        "ssh://-oProxyCommand=touch/x",
        "ssh://a@-oProxyCommand=touch/x",
        "-x@host:path",
        "host:-path",
        "http://example.org/x.git",
        "git://example.org/x.git",
        "ftp://example.org/x",
        "fd::17/foo",
        "https://example.org/a b",
        "https://example.org/a\nb",
        "https://example.org/../x",
        "https://me:secret@example.org/x.git",
        "../relative",
        "/absolute",
        "file://host/x",
        "file:relative",
        "",
    ],
)
def test_a_url_of_another_kind_is_refused_before_git_sees_it(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    for ask in (
        lambda: GitRemote().resolve(url),
        lambda: GitRemote().commit(url, "1" * 40).__enter__(),
    ):
        with pytest.raises(PatternRefused, match="pattern_url") as caught:
            ask()
        assert "secret" not in caught.value.problem


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/a/b.git",
        "https://example.org:8443/a/b",
        "ssh://git@example.org/a/b.git",
        "ssh://git@example.org:22/~a/b.git",
        "git@example.org:a/b.git",
        "file:///srv/patterns",
    ],
)
def test_a_url_of_the_right_kind_is_none_of_those(url: str) -> None:
    check_url(url)


@pytest.mark.parametrize("place", ["", ".git", ".git/objects"])
def test_a_repository_that_is_a_link_is_refused(
    published: Published, tmp_path: Path, place: str
) -> None:
    if place:
        (published.folder / place).rename(tmp_path / "moved")
        (published.folder / place).symlink_to(tmp_path / "moved")
        url = published.url
    else:
        (tmp_path / "linked").symlink_to(published.folder)
        url = f"file://{tmp_path / 'linked'}"
    with pytest.raises(PatternRefused, match="pattern_url"):
        GitRemote().resolve(url)


def test_a_tag_object_is_no_commit(published: Published, host: Path) -> None:
    tag = published.git("rev-parse", "v1.0.0")
    assert tag != published.first
    refused(host, source(published, tag), "commit")


def test_a_commit_that_is_not_there_is_refused(published: Published, host: Path) -> None:
    refused(host, source(published, "0" * 39 + "1"), "commit")


def test_a_blob_is_no_commit(published: Published, host: Path) -> None:
    refused(host, source(published, published.blob(b"x")), "commit")


def test_a_server_that_hands_out_no_single_commit_is_asked_for_all(
    published: Published, host: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    published.newer()
    run = GitRemote.run

    def no_single(self: GitRemote, folder: Path, *words: str, stdin: bytes = b"") -> bytes:
        if "--depth=1" in words:
            raise PatternRefused("fetch", "the server does not allow a request for this object")
        return run(self, folder, *words, stdin=stdin)

    monkeypatch.setattr(GitRemote, "run", no_single)
    assert PinnedSources(host).fetch(source(published)).manifest.version == "1.0.0"


def test_no_repository_at_the_url_is_told_with_a_remedy(tmp_path: Path, host: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(PatternRefused, match="pattern_fetch"):
        GitRemote().resolve(f"file://{tmp_path / 'empty'}")


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ("120000 blob {blob}\tpasswd", "link"),
        ("160000 commit " + "1" * 40 + "\tmodule", "submodule"),
        ("100644 blob {blob}\ta\nb", "name"),
        ("100644 blob {blob}\ta\x1bb", "name"),
        ("100644 blob {blob}\tCOPIER.yml", "twins"),
        ("100644 blob {lfs}\tlarge.bin", "lfs"),
        ("100644 blob {large}\tlarge.txt", "size"),
    ],
)
def test_what_is_no_plain_file_in_the_tree_is_refused(
    published: Published, host: Path, entry: str, reason: str
) -> None:
    blobs = {
        "blob": published.blob(b"/etc/passwd"),
        "lfs": published.blob(
            b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"
        ),
        "large": published.blob(b"x" * 6_000_000),
    }
    refused(host, source(published, published.tree(entry.format(**blobs))), reason)


def test_a_plain_file_more_is_no_reason_to_refuse(published: Published, host: Path) -> None:
    blob = published.blob(b"x")
    commit = published.tree(f"100644 blob {blob}\tNOTES.txt")
    assert PinnedSources(host).fetch(source(published, commit)).name == "greeting"


def test_too_many_files_are_refused(published: Published, host: Path) -> None:
    blob = published.blob(b"x")
    lines = [f"100644 blob {blob}\tf{number}" for number in range(600)]
    refused(host, source(published, published.tree(*lines)), "count")


def test_a_folder_without_a_manifest_names_those_that_have_one(
    published: Published, host: Path
) -> None:
    told = refused(host, source(published, path=""), "manifest")
    assert "--path templates/greeting" in told.remedy
    refused(host, source(published, path="templates/other"), "manifest")


def test_a_pattern_with_a_setting_that_runs_something_is_not_even_kept(
    published: Published, host: Path
) -> None:
    (published.pattern / "copier.yml").write_text(f"_tasks: [id]\n{MANIFEST}")
    refused(host, source(published, published.commit("evil")), "setting")


def test_a_hook_a_filter_and_an_attribute_of_the_repository_do_nothing(
    published: Published, host: Path, tmp_path: Path
) -> None:
    owned = tmp_path / "owned"
    (published.folder / ".gitattributes").write_text("* filter=evil\n")
    (published.folder / ".gitmodules").write_text(
        f'[submodule "x"]\n\tpath = x\n\turl = ext::sh -c "touch {owned}"\n'
    )
    for name in ("post-checkout", "post-merge", "reference-transaction"):
        hook = published.folder / ".git" / "hooks" / name
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(f"#!/bin/sh\ntouch {owned}\n")
        hook.chmod(0o755)
    commit = published.commit("odd")
    owned.unlink(missing_ok=True)
    assert PinnedSources(host).fetch(source(published, commit))
    assert not owned.exists()


def test_a_conversation_that_takes_too_long_or_brings_too_much_is_ended(
    published: Published, host: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = tmp_path / "bin" / "git"
    slow.parent.mkdir()
    slow.write_text("#!/bin/sh\nhead -c 300000 /dev/zero > big\nsleep 60\n")
    slow.chmod(0o755)
    monkeypatch.setenv("PATH", f"{slow.parent}{os.pathsep}{os.environ['PATH']}")
    for remote, reason in (
        (GitRemote(seconds=0.5), "time"),
        (GitRemote(seconds=30, size=200_000), "size"),
    ):
        with pytest.raises(PatternRefused, match=f"pattern_{reason}"):
            remote.resolve(published.url)


def test_git_sees_no_variable_that_could_lead_it_elsewhere(
    published: Published, host: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("GIT_DIR", "GIT_OBJECT_DIRECTORY", "GIT_CONFIG_PARAMETERS", "GIT_PROXY_COMMAND"):
        monkeypatch.setenv(name, "/nowhere")
    assert PinnedSources(host).fetch(source(published))


def test_without_git_it_is_said(published: Published, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(CannotAnswer, match="git is not installed"):
        GitRemote().resolve(published.url)
