"""`memory`: what is known of the code, read anew, and other repositories to learn from."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from cli_said import document, said
from code_repositories import change, repository
from pattern_folders import write_pattern


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with two files that can be read and one that cannot."""
    root = repository(
        tmp_path / "host",
        {
            "a.py": "def sign_jwt():\n    '''Sign it.'''\n",
            "b.py": "x = 1\n",
            "c\n.py": "def broken(:\n",
        },
    )
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.chdir(root)
    return root


@pytest.mark.usefixtures("host")
def test_nothing_is_known_before_the_first_search(capsys: pytest.CaptureFixture[str]) -> None:
    found = document(capsys, "memory", "status")
    assert found["kind"] == "memory-status"
    assert (found["index"]["files"], found["index"]["symbols"]) == (0, 0)
    (own,) = found["repositories"]
    assert (own["repository"], own["files"], own["known"]) == (None, 3, 0)


def test_the_state_is_told_with_what_cannot_be_read(
    host: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert said(capsys, "search", "jwt")[0] == 0
    code, out, err = said(capsys, "memory", "status")
    assert (code, err) == (0, "")
    assert f"index: {host}/.git/orchestrator/index.sqlite" in out
    assert "this repository: 3 of 3 Python files known, 1 not readable" in out
    assert "  not readable: c\\n.py does not parse as Python" in out
    index = document(capsys, "memory", "status")["index"]
    assert index["bytes"] > 0
    assert 0 <= index["age_seconds"] < 3600
    assert index["problem"] is None


def test_rebuilding_reads_everything(host: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = document(capsys, "memory", "rebuild")
    assert found["kind"] == "memory-rebuild"
    assert found["repositories"][0]["known"] == 3
    code, out, err = said(capsys, "memory", "rebuild")
    assert code == 0
    assert "3 of 3 Python files known" in out
    assert "- reading code: 0 of 3 files" in err
    assert said(capsys, "memory", "rebuild", "--no-progress")[2] == ""


def test_other_repositories_of_the_settings_are_searched_and_named(
    host: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    repository(tmp_path / "other", {"lib.py": "def verify_jwt(): ...\n"})
    change(host, {"orchestrator.yaml": "memory: [../other, ../gone]\n"})
    code, out, _ = said(capsys, "search", "jwt")
    assert code == 0
    assert "code: function verify_jwt at ../other: lib.py:1" in out.splitlines()
    assert "code: function sign_jwt at a.py:1" in out.splitlines()
    assert "code of ../gone: ../gone is not a folder" in out.splitlines()
    found = document(capsys, "search", "jwt")
    assert {one["repository"] for one in found["code"]} == {None, "../other"}
    assert [one["problem"] for one in found["looked_into"]] == [
        None,
        None,
        "../gone is not a folder",
    ]


def test_a_repository_of_the_settings_that_is_gone_is_an_error_of_the_memory(
    host: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    change(host, {"orchestrator.yaml": "memory: [../gone]\n"})
    for words in (("status",), ("rebuild", "--no-progress")):
        code, out, err = said(capsys, "memory", *words)
        assert code == 4
        assert "../gone" in out
        assert "try: mend `memory:` in orchestrator.yaml" in err


def test_a_code_hit_shows_kind_name_place_text_and_every_part(
    host: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    change(host, {"a.py": "import flask\n\n\ndef sign_jwt():\n    '''Sign it.'''\n"})
    lines = said(capsys, "search", "jwt", "--framework", "flask")[1].splitlines()
    at = lines.index("code: function sign_jwt at a.py:4")
    for part in ("text ", "name 1/1", "own 1/1", "framework 1/1"):
        assert part in lines[at + 1]
    assert lines[at + 2] == "  Sign it."
    hit = document(capsys, "search", "jwt")["code"][0]
    mean = sum(part["num"] / part["den"] for part in hit["parts"]) / len(hit["parts"])
    assert hit["score"] == {"id": "score", "num": int(mean * 1000 + 1e-9), "den": 1000}
    assert (hit["kind"], hit["name"], hit["path"], hit["line"]) == (
        "function", "sign_jwt", "a.py", 4,
    )  # fmt: skip


@pytest.mark.usefixtures("host")
def test_documents_have_a_score_with_parts(capsys: pytest.CaptureFixture[str]) -> None:
    documents = document(capsys, "search", "jwt tokens")["documents"]
    scores = [one["score"]["num"] for one in documents]
    assert scores == sorted(scores, reverse=True)
    assert {tuple(part["id"] for part in one["parts"]) for one in documents} == {
        ("text", "freshness")
    }


def test_where_nothing_is_committed_the_patterns_are_found_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path / "new")], check=True)
    monkeypatch.chdir(tmp_path / "new")
    code, out, err = said(capsys, "search", "jwt")
    assert (code, err) == (0, "")
    assert "pattern: jwt-auth" in out
    assert "code: nothing is committed yet" in out.splitlines()


def test_a_pattern_that_changes_is_seen_at_once(
    host: Path, capsys: pytest.CaptureFixture[str]
) -> None:

    assert not any(
        p["name"] == "greeting" for p in document(capsys, "search", "greeting")["patterns"]
    )
    write_pattern(host / "templates")
    assert [p["name"] for p in document(capsys, "search", "greeting")["patterns"]] == ["greeting"]
    shutil.rmtree(host / "templates")
    assert document(capsys, "search", "greeting")["patterns"] == []


LOADED = """\
import sys, contextlib, io
sys.argv = ['orchestrator', 'search', 'jwt']
from orchestrator.__main__ import main
with contextlib.redirect_stdout(io.StringIO()):
    try:
        main()
    except SystemExit:
        pass
print(*sys.modules)
"""


def test_a_search_that_repeats_loads_nothing_heavy(
    host: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said(capsys, "search", "jwt")
    done = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, cwd=host)
    loaded = done.stdout.split()
    assert "orchestrator.adapters.index.index" in loaded
    heavy = ("pydantic", "ruamel", "git", "copier", "jinja2", "rich", "libcst")
    assert [name for name in heavy if name in loaded] == []
