"""`patterns add`, `fetch`, `update`, `remove`, `trust` and `untrust`, from the outside."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from pattern_folders import MANIFEST, write_pattern
from pattern_repositories import Published

from orchestrator.cli.boundary import run
from orchestrator.core.pattern.pattern import PatternSource
from tests.record_factory import STORY, make, publish

PATH = ("--path", "templates/greeting")


class Terminal(io.StringIO):
    """A person who types these lines."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def published(tmp_path: Path) -> Published:
    return Published(tmp_path / "published")


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "host"
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.chdir(root)
    return root


class Shell:
    """Runs commands and reads what they say."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *words: str, code: int = 0) -> str:
        self._capsys.readouterr()
        assert run([*words]) == code, self._capsys.readouterr()
        out, self.err = self._capsys.readouterr()
        return out

    def data(self, *words: str, code: int = 0) -> Any:
        return json.loads(self(*words, "--json", code=code))


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(capsys)


def trusted(say: Shell) -> dict[str, bool]:
    return {one["name"]: one["trusted"] for one in say.data("patterns")["patterns"]}


def test_add_pins_the_commit_of_a_tag_shows_what_it_would_do_and_trusts_nothing(
    host: Path, published: Published, say: Shell
) -> None:
    (host / "orchestrator.yaml").write_text("# mine\nproject: x  # keep\n")
    out = say("patterns", "add", published.url, "--ref", "v1.0.0", *PATH)
    text = (host / "orchestrator.yaml").read_text()
    assert text.startswith("# mine\nproject: x  # keep\n")
    assert f"commit: {published.first}" in text
    assert "v1.0.0" not in text
    for told in ("asks 3 questions: prefix", "writes 3 files", "call_after_app", "Babel>=2.12",
                 "HELLO_SECRET", "digest: ", "not trusted"):  # fmt: skip
        assert told in out
    assert trusted(say)["greeting"] is False
    assert not (host.parent / "config").exists()


def test_trust_is_given_by_naming_the_digest_and_taken_back(
    host: Path, published: Published, say: Shell
) -> None:
    (found,) = say.data("patterns", "add", published.url, *PATH)["patterns"]
    say("patterns", "trust", "greeting", "--yes", "--digest", "0" * 64, code=4)
    assert "pattern_changed" in say.err
    assert trusted(say)["greeting"] is False
    out = say("patterns", "trust", "greeting", "--yes", "--digest", found["digest"])
    assert "is trusted" in out
    assert trusted(say)["greeting"] is True
    line = (host.parent / "config" / "story-orchestrator" / "trust").read_text()
    assert line.startswith(found["digest"])
    say("patterns", "trust", "greeting", "--yes", "--digest", "0" * 64, code=4)
    assert "pattern_changed" in say.err
    say("patterns", "untrust", "greeting")
    assert trusted(say)["greeting"] is False
    assert "it was not before" in say("patterns", "untrust", "greeting")


def test_yes_alone_is_no_consent_and_without_a_terminal_nobody_is_asked(
    host: Path, say: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_pattern(host / "templates")
    say("patterns", "trust", "greeting", "--yes", code=2)
    assert "--digest" in say.err
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    say("patterns", "trust", "greeting", code=4)
    assert "nobody to ask" in say.err
    assert trusted(say)["greeting"] is False


@pytest.mark.parametrize(("typed", "agreed"), [("y\n", True), ("n\n", False), ("", False)])
def test_on_a_terminal_it_asks_after_showing_what_there_is(
    host: Path, say: Shell, monkeypatch: pytest.MonkeyPatch, typed: str, agreed: bool
) -> None:
    write_pattern(host / "templates")
    monkeypatch.setattr("sys.stdin", Terminal(typed))
    say("patterns", "trust", "greeting", code=0 if agreed else 4)
    assert "writes 3 files" in say.err
    assert trusted(say)["greeting"] is agreed


@pytest.mark.usefixtures("host")
def test_a_bundled_pattern_needs_no_trust_and_none_can_be_taken(say: Shell) -> None:
    assert "is trusted" in say("patterns", "trust", "jwt-auth")
    say("patterns", "untrust", "jwt-auth", code=4)
    assert "came with the tool" in say.err


def test_update_shows_the_difference_and_trust_must_be_given_again(
    host: Path, published: Published, say: Shell
) -> None:
    (old,) = say.data("patterns", "add", published.url, "--ref", "v1.0.0", *PATH)["patterns"]
    say("patterns", "trust", "greeting", "--yes", "--digest", old["digest"])
    assert "at that commit already" in say("patterns", "update", "greeting", "--ref", "v1.0.0")
    second = published.newer()
    out = say("patterns", "update", "greeting", "--ref", "v1.1.0")
    for told in ("-  version: 1.0.0", "+  version: 1.1.0", "+MORE = 1", "not trusted: read it"):
        assert told in out
    assert second in (host / "orchestrator.yaml").read_text()
    assert trusted(say)["greeting"] is False
    moved = say.data("patterns", "update", "greeting", "--ref", published.first)
    assert moved["moved"] is True
    assert trusted(say)["greeting"] is True


def test_a_refused_update_leaves_the_old_pin(host: Path, published: Published, say: Shell) -> None:
    say("patterns", "add", published.url, "--ref", "v1.0.0", *PATH)
    before = (host / "orchestrator.yaml").read_bytes()
    (published.pattern / "copier.yml").write_text(f"_tasks: [id]\n{MANIFEST}")
    published.commit("evil")
    say("patterns", "update", "greeting", code=4)
    assert "pattern_setting" in say.err
    assert (host / "orchestrator.yaml").read_bytes() == before


def test_a_clone_without_the_cache_says_so_until_it_has_fetched(
    host: Path, published: Published, say: Shell
) -> None:
    say("patterns", "add", published.url, *PATH)
    shutil.rmtree(host / ".git" / "orchestrator")
    moved = published.folder.rename(published.folder.with_name("offline"))
    for words in (("patterns",), ("patterns", "greeting"), ("search", "greeting")):
        say(*words, code=4)
    assert "orchestrator patterns fetch" in say.err
    say("patterns", "fetch", code=4)
    assert "pattern_fetch" in say.err
    error = say.data("patterns", "fetch", code=4)["diagnostics"][0]
    assert error["code"] == "pattern_fetch"
    moved.rename(published.folder)
    assert "greeting" in say("patterns", "fetch")
    published.folder.rename(moved)
    assert "greeting" in say("patterns", "fetch")
    assert trusted(say)["greeting"] is False


def test_remove_takes_the_entry_and_the_cache_and_no_more(
    host: Path, published: Published, say: Shell
) -> None:
    (host / "orchestrator.yaml").write_text("project: x  # keep\n")
    say("patterns", "add", published.url, *PATH)
    say("patterns", "remove", "greeting")
    assert (host / "orchestrator.yaml").read_text() == "project: x  # keep\n"
    assert "greeting" not in trusted(say)
    say("patterns", "remove", "greeting", code=2)
    assert "pins no pattern" in say.err


def test_a_pattern_that_a_story_uses_stays_unless_forced(
    tmp_path: Path, say: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = tmp_path / "used"
    publish(host, make())
    subprocess.run(["git", "init", "-q", str(host)], check=True)
    monkeypatch.chdir(host)
    used = make().record.patterns[0].name
    pin = PatternSource(git=f"https://example.org/{used}.git", commit="1" * 40)
    (host / "orchestrator.yaml").write_text(
        f"patterns:\n  - git: {pin.git}\n    commit: '{pin.commit}'\n"
    )
    before = (host / "orchestrator.yaml").read_bytes()
    say("patterns", "remove", used, code=4)
    assert STORY in say.err
    assert "--force" in say.err
    assert (host / "orchestrator.yaml").read_bytes() == before
    assert say.data("patterns", "remove", used, "--force")["used_by"] == [STORY]
    assert b"patterns" not in (host / "orchestrator.yaml").read_bytes()


def test_adding_twice_or_under_a_taken_name_is_refused(
    host: Path, published: Published, say: Shell, tmp_path: Path
) -> None:
    say("patterns", "add", published.url, *PATH)
    say("patterns", "add", published.url, *PATH, code=4)
    assert "patterns update greeting" in say.err
    other = Published(tmp_path / "other")
    (other.pattern / "copier.yml").write_text(MANIFEST.replace("GREET-001", "GREET-002"))
    other.commit("another id")
    before = (host / "orchestrator.yaml").read_bytes()
    say("patterns", "add", other.url, *PATH, code=4)
    assert "pattern_same_name" in say.err
    assert (host / "orchestrator.yaml").read_bytes() == before


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("ext::sh -c id",), "url"),
        (("https://example.org/x.git", "--ref", "--upload-pack=id"), "ref"),
        (("https://example.org/x.git", "--ref", "1" * 40, "--path", "../x"), "path"),
    ],
)
def test_what_no_pattern_may_come_from_is_refused_and_nothing_is_written(
    host: Path, say: Shell, words: tuple[str, ...], reason: str
) -> None:
    say("patterns", "add", *words, code=4)
    assert f"pattern_{reason}" in say.err
    assert [one.name for one in host.iterdir()] == [".git"]


def test_settings_that_are_a_link_are_not_written_through(
    host: Path, published: Published, say: Shell, tmp_path: Path
) -> None:
    (tmp_path / "elsewhere.yaml").write_text("project: x\n")
    (host / "orchestrator.yaml").symlink_to(tmp_path / "elsewhere.yaml")
    say("patterns", "add", published.url, *PATH, code=4)
    assert "symbolic link" in say.err
    assert (tmp_path / "elsewhere.yaml").read_text() == "project: x\n"


def test_signs_that_a_terminal_would_obey_are_written_out(host: Path, say: Shell) -> None:
    title = 'title: "A \\e[2J\\u202e greeting"'
    write_pattern(host / "templates", manifest=MANIFEST.replace("title: A greeting", title))
    for out in (say("patterns"), say("patterns", "greeting")):
        assert "\x1b" not in out
        assert "\u202e" not in out
        assert "\\x1b[2J" in out


@pytest.mark.usefixtures("host")
def test_the_old_ways_to_ask_still_work_beside_the_new(say: Shell) -> None:
    assert say("patterns") == say("patterns", "list")
    assert say("patterns", "jwt-auth") == say("patterns", "show", "jwt-auth")
    assert say.data("patterns", "jwt-auth") == say.data("patterns", "show", "jwt-auth")
    assert "Commands:" in say("patterns", "--help")


def test_what_a_pattern_does_not_have_leaves_no_line(host: Path, say: Shell) -> None:
    write_pattern(host / "templates")
    lines = say("patterns", "greeting").splitlines()
    for title, below in zip(lines, [*lines[1:], ""], strict=True):
        assert title == title.rstrip()
        assert not title.endswith(":") or below.startswith("  "), title
    assert "=True" not in say("patterns", "jwt-auth")


def test_lint_names_what_is_wrong_and_runs_nothing(host: Path, say: Shell) -> None:
    write_pattern(host / "templates")
    out = say("patterns", "lint", "templates/greeting", code=1)
    assert "copier.yml:12: proof: 1 tests prove greet.hello" in out
    assert "remarks on greeting" in say.err
    found = say.data("patterns", "lint", "greeting", code=1)
    assert {"rule", "path", "line", "message", "fix"} == set(found["remarks"][0])
    say("patterns", "lint", "templates/none", code=4)
    assert "pattern_manifest" in say.err
    assert "--path" not in say.err
    say("patterns", "lint", "greting", code=2)
    assert "`greeting`" in say.err


def test_the_tests_of_an_untrusted_pattern_need_a_yes_for_this_time(
    host: Path, say: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_pattern(host / "templates")
    say("patterns", "test", "greeting", code=4)
    assert "nobody to ask" in say.err
    say("patterns", "test", "greeting", "--yes", "--digest", "0" * 64, code=4)
    assert "not trusted" in say.err
    say("patterns", "test", "greeting", "--example", "7", code=2)
    assert "no example 7" in say.err
    assert trusted(say)["greeting"] is False
