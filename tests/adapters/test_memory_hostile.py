"""Files that are made to break a reader: a survey ends with an answer or a reason."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from host_trees import survey

from orchestrator.adapters.files.work_tree import FileWorkTree
from orchestrator.adapters.patterns.format import fitted
from orchestrator.core.change.changes import File
from orchestrator.core.errors import CannotAnswer

APP = {"main.py": "from fastapi import FastAPI\n\napp = FastAPI()\n"}
DEEP = "x = " + "[" * 10_000 + "]" * 10_000 + "\n"
CODE = {"a.py": File(b"import sys\n\nprint(sys.argv)\n")}


def test_toml_that_is_nested_without_end_is_named() -> None:
    with pytest.raises(CannotAnswer, match=r"pyproject\.toml is no valid TOML: nested too deeply"):
        survey({**APP, "pyproject.toml": DEEP})
    assert survey({**APP, "pyproject.toml": '[project]\nname = "x"\n'}).apps


def test_code_that_is_nested_without_end_hides_nothing_else() -> None:
    assert survey({**APP, "deep.py": DEEP}).apps


def test_a_null_byte_is_named_without_a_line_that_nobody_knows() -> None:
    host = survey({**APP, "main.py": "x = 1\0\n"})
    (seen,) = [one for one in host.observations if one.subject == "unreadable file"]
    assert "null" in seen.because
    assert "None" not in seen.because


@pytest.mark.parametrize("name", ["orchestrator.yaml", "stories/A-001.md"])
def test_nobody_waits_for_a_pipe(tmp_path: Path, name: str) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    os.mkfifo(tmp_path / name)
    with pytest.raises(CannotAnswer, match="it is no plain file"):
        FileWorkTree(tmp_path).read(name)
    (tmp_path / name).unlink()
    (tmp_path / name).write_bytes(b"x")
    assert FileWorkTree(tmp_path).read(name) == b"x"


@pytest.mark.parametrize("name", ["setup.cfg", ".flake8", "tox.ini", "pyproject.toml", "ruff.toml"])
def test_a_style_in_a_pipe_is_none(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / name)
    assert fitted(CODE, tmp_path)[0] == CODE


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pyproject.toml", "[tool]\nruff = 1\n"),
        ("pyproject.toml", "tool = 1\nproject = 2\n"),
        ("pyproject.toml", '[tool.ruff]\nextend = "../ruff.toml"\n'),
        ("ruff.toml", DEEP),
        ("setup.cfg", f"[flake8]\nmax-line-length = {'9' * 5000}\n"),
        ("setup.cfg", "[isort]\nlines_after_imports = ²\n"),
    ],
)
def test_a_style_that_makes_no_sense_is_none(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    assert fitted(CODE, tmp_path)[0] == CODE


def test_a_style_that_builds_on_a_file_elsewhere_is_not_written_there(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere.toml"
    elsewhere.write_text("line-length = 90\n")
    elsewhere.chmod(0o400)
    before = elsewhere.stat()
    host = tmp_path / "host"
    host.mkdir()
    (host / "ruff.toml").write_text(f'extend = "{elsewhere}"\n')
    assert fitted(CODE, host)[0] == CODE
    assert elsewhere.read_text() == "line-length = 90\n"
    assert elsewhere.stat().st_mtime_ns == before.st_mtime_ns
