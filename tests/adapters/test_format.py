"""Rendered Python obeys the formatter configuration of the host it lands in."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from orchestrator.adapters.patterns.format import fitted
from orchestrator.core.change.changes import File
from orchestrator.core.errors import CannotAnswer

CHECK = Path(__file__).parents[2] / "orchestrator/checks/inside/formatted.py"
LONG = b"value = call('first argument', 'second argument', 'third argument', 'fourth')\n"
IMPORTS = b"import os\nfrom app.core import x\nimport fastapi\nimport abc\n"


def one(root: Path, content: bytes, path: str = "app/auth/a.py") -> str:
    return fitted({path: File(content)}, root)[0][path].content.decode()


def test_without_configuration_ruffs_defaults_hold(tmp_path: Path) -> None:
    assert one(tmp_path, LONG) == LONG.decode().replace("'", '"')


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pyproject.toml", "[tool.ruff]\nline-length = 40\nformat.quote-style = 'single'\n"),
        ("ruff.toml", "line-length = 40\nformat.quote-style = 'single'\n"),
        (".ruff.toml", "line-length = 40\nformat.quote-style = 'single'\n"),
        ("pyproject.toml", "[tool.black]\nline-length = 40\nskip-string-normalization = true\n"),
    ],
)
def test_the_hosts_configuration_rules(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    lines = one(tmp_path, LONG).splitlines()
    assert lines[0] == "value = call("
    assert lines[1] == "    'first argument',"


def test_the_nearest_configuration_rules_in_a_folder_of_many_projects(tmp_path: Path) -> None:
    (tmp_path / "ruff.toml").write_text("line-length = 200\n")
    (tmp_path / "backend").mkdir()
    (tmp_path / "backend" / "ruff.toml").write_text("line-length = 40\n")
    assert one(tmp_path, LONG, "backend/app/a.py").count("\n") > 1
    assert one(tmp_path, LONG, "other/a.py").count("\n") == 1


def test_a_configuration_that_ruff_refuses_gives_way_to_the_defaults(tmp_path: Path) -> None:
    (tmp_path / "ruff.toml").write_text("no-such-option = 1\n")
    assert one(tmp_path, LONG) == LONG.decode().replace("'", '"')


def test_the_hosts_own_modules_are_first_party_after_third_party(tmp_path: Path) -> None:
    (tmp_path / "app" / "core").mkdir(parents=True)
    assert one(tmp_path, IMPORTS) == (
        "import abc\nimport os\n\nimport fastapi\n\nfrom app.core import x\n"
    )


def test_a_single_module_of_the_host_is_first_party_too(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text("app = None\n")
    text = b"from main import app\nimport fastapi\n"
    assert one(tmp_path, text, "auth/a.py") == "import fastapi\n\nfrom main import app\n"


def test_other_files_and_the_executable_bit_stay(tmp_path: Path) -> None:
    files = {"a.txt": File(b"x  =1"), "b.py": File(b"x  =1", executable=True)}
    assert fitted(files, tmp_path)[0] == {
        "a.txt": File(b"x  =1"),
        "b.py": File(b"x = 1\n", executable=True),
    }


def test_formatting_twice_changes_nothing_more(tmp_path: Path) -> None:
    once = one(tmp_path, IMPORTS + LONG)
    assert one(tmp_path, once.encode()) == once


def test_the_host_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "app" / "auth").mkdir(parents=True)
    (tmp_path / "app" / "auth" / "a.py").write_text("mine  = 1")
    one(tmp_path, LONG)
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["a.py"]
    assert (tmp_path / "app" / "auth" / "a.py").read_text() == "mine  = 1"


def test_text_that_is_not_python_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CannotAnswer, match="cannot be formatted"):
        one(tmp_path, b"def broken(:\n")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("ruff.toml", "target-version = 'py314'\nline-length = 40\n"),
        ("pyproject.toml", "[tool.ruff]\ntarget-version = 'py315'\nline-length = 40\n"),
        (
            "pyproject.toml",
            "[project]\nname = 'x'\nversion = '1'\nrequires-python = '>=3.14,<4'\n"
            "[tool.ruff]\nline-length = 40\n",
        ),
        ("ruff.toml", "target-version = 'py39'\nline-length = 40\n"),
    ],
)
def test_syntax_that_the_gates_own_tools_need_not_know_is_never_written(
    tmp_path: Path, name: str, text: str
) -> None:
    (tmp_path / name).write_text(text)
    long = "    call('a long argument', 'another argument')\n"
    caught = f"try:\n{long}except (OSError, ValueError):\n    pass\n"
    written = one(tmp_path, caught.encode())
    assert "except (OSError, ValueError):" in written
    assert "    call(\n" in written
    path = tmp_path / "app/auth/a.py"
    path.parent.mkdir(parents=True)
    path.write_text(written)
    report = tmp_path / "report.json"
    words = [sys.executable, CHECK, report, "app/auth/a.py"]
    subprocess.run(words, cwd=tmp_path, check=True)
    assert json.loads(report.read_text())["same"] == ["app/auth/a.py"]
