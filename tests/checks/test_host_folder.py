"""The host's own tests run in the host's own folder, whatever else the repository holds."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from orchestrator.checks import testrun
from orchestrator.checks.inside import measure
from orchestrator.core.gate.check import Scope

SCOPE = Scope(
    package="shop.auth",
    sources=("backend/shop/auth/core.py",),
    tests=("backend/tests/auth/test_core.py",),
    host_tests=("env", "-C", "backend", "{python}", "-m", "pytest", "tests"),
)


def _after(words: tuple[str, ...], name: str) -> str:
    return words[words.index(name) + 1]


def test_the_folder_of_the_host_is_entered_and_our_tests_in_it_are_left_out() -> None:
    words = testrun.host_after(SCOPE).argv
    assert _after(words, "--folder") == "backend"
    assert words[-2:] == ("--ignore=tests/auth", "tests")


def test_without_a_folder_of_its_own_the_host_is_tested_at_the_root() -> None:
    scope = Scope(tests=("tests/auth/test_core.py",), host_tests=("{python}", "-m", "pytest"))
    words = testrun.host_after(scope).argv
    assert _after(words, "--folder") == "."
    assert words[-1] == "--ignore=tests/auth"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A folder with a note, and a test that reads it with a relative path."""
    folder = tmp_path / "tree" / "backend"
    folder.mkdir(parents=True)
    (folder / "note.txt").write_text("here", encoding="utf-8")
    (folder / "test_note.py").write_text(
        "from pathlib import Path\n\n\n"
        "def test_it(pytestconfig):\n"
        "    assert Path('note.txt').read_text() == 'here'\n"
        "    assert pytestconfig.getoption('--no-cov', False) is WANTED\n".replace(
            "WANTED", "bool(__import__('os').environ.get('WITHOUT'))"
        ),
        encoding="utf-8",
    )
    return tmp_path / "tree"


def _run(tree: Path, *options: str, **env: str) -> str:
    log = tree.parent / "probe.jsonl"
    start = (sys.executable, "-s", str(measure.__file__))
    subprocess.run(
        [*start, "--log", str(log), *options, "--", "-q", "-p", "no:cacheprovider", "."],
        cwd=tree,
        env={**os.environ, **env},
        capture_output=True,
        check=False,
    )
    last = json.loads(log.read_text(encoding="utf-8").splitlines()[-1])
    return str(last["exit"])


def test_relative_paths_of_the_host_hold_in_its_folder_and_nowhere_else(tree: Path) -> None:
    assert _run(tree, "--folder", "backend") == "0"
    assert _run(tree) == "1"


def test_the_hosts_coverage_plugin_is_switched_off_where_it_is_installed(tree: Path) -> None:
    plugin = tree.parent / "plugin"
    plugin.mkdir()
    (plugin / "pytest_cov.py").write_text(
        "def pytest_addoption(parser):\n"
        "    parser.addoption('--no-cov', action='store_true', default=False)\n",
        encoding="utf-8",
    )
    there = {"PYTHONPATH": str(plugin), "PYTEST_PLUGINS": "pytest_cov"}
    assert _run(tree, "--folder", "backend", "--no-threshold", WITHOUT="1", **there) == "0"
    assert _run(tree, "--folder", "backend", **there) == "0"
    assert _run(tree, "--folder", "backend", "--no-threshold") == "0"
