"""What manifests ask for, as words for uv."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from orchestrator.adapters.running import toolchain
from orchestrator.adapters.running.dependencies import (
    command_to_raise,
    declared,
    held_lower,
    poetry_version,
    unchanged,
)
from orchestrator.adapters.running.toolchain import (
    interpreter_for,
    pyenv_folders,
    python_specifiers,
)
from orchestrator.core.errors import CannotAnswer
from orchestrator.core.host.host import Manifest


def manifest(path: str, style: Any, *locks: str) -> Manifest:
    return Manifest(path, style, (), locks)


def write(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return root


@pytest.mark.parametrize(
    ("poetry", "standard"),
    [
        ("^1.2.3", ">=1.2.3,<2"),
        ("^0.2.3", ">=0.2.3,<0.3"),
        ("^0.0.3", ">=0.0.3,<0.0.4"),
        ("^3.11", ">=3.11,<4"),
        ("~1.2.3", ">=1.2.3,<1.3"),
        ("~1", ">=1,<2"),
        ("1.4", "==1.4"),
        ("1.4.*", "==1.4.*"),
        (">=2,!=2.1", ">=2,!=2.1"),
        ("~=1.4", "~=1.4"),
    ],
)
def test_a_poetry_version_is_translated(poetry: str, standard: str) -> None:
    assert poetry_version(poetry) == standard


def test_pep_621_takes_test_extras_and_groups_and_no_others(tmp_path: Path) -> None:
    text = (
        '[project]\nname = "x"\n[project.optional-dependencies]\ntest = ["a"]\ndocs = ["b"]\n'
        '[dependency-groups]\ndev = ["c"]\nlint = ["d"]\n'
    )
    write(tmp_path, {"pyproject.toml": text})
    found = declared(tmp_path, manifest("pyproject.toml", "pep621"))
    assert found.options == (
        *("-r", "pyproject.toml", "--extra", "test", "--group", "pyproject.toml:dev"),
    )


def test_poetry_tables_become_requirements(tmp_path: Path) -> None:
    text = (
        '[tool.poetry.dependencies]\npython = "^3.11"\nfastapi = "^0.115"\n'
        'uvicorn = {version = "*", extras = ["standard"]}\n'
        'old = {version = "1.0", markers = "python_version < \'3.12\'"}\n'
        'mine = {path = "../mine"}\nsource = {git = "https://example.org/s.git", tag = "v1"}\n'
        '[tool.poetry.group.dev.dependencies]\npytest = ">=8,<9"\n'
        '[tool.poetry.group.docs.dependencies]\nsphinx = "*"\n'
    )
    write(tmp_path, {"pyproject.toml": text})
    assert declared(tmp_path, manifest("pyproject.toml", "poetry")).requirements == (
        "fastapi>=0.115,<0.116",
        "uvicorn[standard]",
        "old==1.0 ; python_version < '3.12'",
        "source @ git+https://example.org/s.git@v1",
        "pytest>=8,<9",
    )


def test_a_pipfile_becomes_requirements(tmp_path: Path) -> None:
    text = '[packages]\nflask = "*"\nrequests = "==2.31"\n[dev-packages]\npytest = ">=8"\n'
    write(tmp_path, {"Pipfile": text})
    found = declared(tmp_path, manifest("Pipfile", "pipfile"))
    assert found.requirements == ("flask", "requests==2.31", "pytest>=8")


def test_requirement_files_of_tests_are_taken_along(tmp_path: Path) -> None:
    files = {"requirements.txt": "a", "requirements-dev.txt": "b", "requirements/test.txt": "c"}
    write(tmp_path, {**files, "requirements/base.txt": "d"})
    found = declared(tmp_path, manifest("requirements.txt", "requirements"))
    named = [word for word in found.options if word != "-r"]
    assert named == ["requirements.txt", "requirements/test.txt", "requirements-dev.txt"]
    assert "requirements/base.txt" in found.read


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "uv.lock",
            '[[package]]\nname = "a"\nversion = "1"\nsource = {registry = "x"}\n'
            '[[package]]\nname = "own"\nversion = "0"\nsource = {editable = "."}\n'
            '[[package]]\nname = "twice"\nversion = "1"\n'
            '[[package]]\nname = "twice"\nversion = "2"\n',
        ),
        (
            "poetry.lock",
            '[[package]]\nname = "a"\nversion = "1"\n[[package]]\nname = "own"\nversion = "0"\n'
            '[package.source]\ntype = "directory"\nurl = "."\n',
        ),
        ("Pipfile.lock", '{"default": {"a": {"version": "==1"}}, "develop": {"g": {"git": "x"}}}'),
    ],
)
def test_a_lock_file_pins_what_comes_from_an_index(tmp_path: Path, name: str, text: str) -> None:
    write(tmp_path, {"pyproject.toml": "[project]\n", name: text})
    found = declared(tmp_path, manifest("pyproject.toml", "pep621", name))
    assert found.pins == ("a==1",)
    assert name in found.read


def test_a_broken_manifest_is_named(tmp_path: Path) -> None:
    write(tmp_path, {"pyproject.toml": "[project\n"})
    with pytest.raises(CannotAnswer, match=r"pyproject\.toml cannot be read"):
        declared(tmp_path, manifest("pyproject.toml", "pep621"))


def test_a_folder_of_requirements_has_those_of_the_tests_too(tmp_path: Path) -> None:
    files = {"requirements/base.txt": "a", "requirements/dev.txt": "-r base.txt\nb"}
    found = declared(write(tmp_path, files), manifest("requirements/base.txt", "requirements"))
    named = [word for word in found.options if word != "-r"]
    assert named == ["requirements/base.txt", "requirements/dev.txt"]


def test_requirements_further_up_count_when_they_include_the_hosts_own(tmp_path: Path) -> None:
    files = {
        "requirements-dev.txt": "-r src/requirements.txt\npytest-cov\n",
        "requirements-other.txt": "-r elsewhere/requirements.txt\n",
        "src/requirements.txt": "fastapi\n",
    }
    found = declared(write(tmp_path, files), manifest("src/requirements.txt", "requirements"))
    named = [word for word in found.options if word != "-r"]
    assert named == ["src/requirements.txt", "requirements-dev.txt"]
    assert "requirements-dev.txt" in found.read
    assert "requirements-other.txt" not in found.read


def test_pins_below_what_is_needed_are_named_and_others_are_not() -> None:
    pins = ["bcrypt==4.3.0", "pyjwt==2.15.0", "Pydantic_Settings==2.3", "idna==3"]
    wanted = ["bcrypt>=5.0", "PyJWT>=2.13", "pydantic-settings>=2.7", "sqlalchemy[asyncio]>=2.0"]
    assert held_lower(pins, wanted) == {
        "bcrypt==4.3.0": "bcrypt>=5.0",
        "Pydantic_Settings==2.3": "pydantic-settings>=2.7",
    }


@pytest.mark.parametrize(
    ("lock", "command"),
    [
        ("uv.lock", "uv lock --upgrade-package a --upgrade-package b"),
        ("back/poetry.lock", "poetry update a b"),
        ("pdm.lock", "pdm update a b"),
        ("Pipfile.lock", "pipenv update a b"),
        ("pylock.toml", "raise a, b in pylock.toml"),
    ],
)
def test_the_command_that_raises_a_locked_version_is_that_of_the_locks_tool(
    lock: str, command: str
) -> None:
    assert command_to_raise(lock, ["a", "b"]) == command


def test_a_version_that_moved_is_named_and_an_added_one_is_not() -> None:
    assert unchanged(["A==1", "b==2"], ["a==1", "b==3", "c==1"]) == ("b==2",)
    assert unchanged(["a==1"], ["a==1", "c==1"]) == ()


def test_python_requirements_of_both_kinds_are_read() -> None:
    assert "3.12.1" in python_specifiers("^3.11")
    assert "3.10.0" not in python_specifiers(">=3.11,<4")
    assert "3.12.0" in python_specifiers("")


def test_a_python_that_nobody_has_is_named() -> None:
    with pytest.raises(CannotAnswer, match=r"the host needs Python >=3\.99; installed are 3\."):
        interpreter_for(">=3.99")


def test_a_python_that_only_pyenv_knows_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "versions" / "3.99" / "bin"
    folder.mkdir(parents=True)
    (folder / "python3").symlink_to(Path(sys.executable).resolve())
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    assert pyenv_folders() == (folder,)
    with_it = toolchain._installed.__wrapped__()
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "none"))
    without = toolchain._installed.__wrapped__()
    own = ".".join(str(number) for number in sys.version_info[:3])
    found = [one for one in with_it if one not in without]
    assert [one.version for one in found] == [own]


def test_this_python_is_taken_when_it_fits() -> None:
    assert interpreter_for(">=3.11").path.is_file()


def test_what_the_tests_need_is_read_from_the_tables_that_uv_does_not_know(tmp_path: Path) -> None:
    text = """\
[project]
name = "x"
dependencies = []
[tool.pdm.dev-dependencies]
test = ["pytest>=8", "-e file:///${PROJECT_ROOT}/other"]
lint = ["ruff"]
"""
    (tmp_path / "pyproject.toml").write_text(text)
    assert declared(tmp_path, Manifest("pyproject.toml", "pep621", ())).requirements == (
        "pytest>=8",
    )
    text = """\
[options]
install_requires = flask
[options.extras_require]
test =
    pytest
    # for the client
    httpx2>=2
docs = sphinx
"""
    (tmp_path / "setup.cfg").write_text(text)
    found = declared(tmp_path, Manifest("setup.cfg", "setup.cfg", ()))
    assert found.requirements == ("pytest", "httpx2>=2")
    assert found.options == ("-r", "setup.cfg")
