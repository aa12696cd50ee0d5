"""Ring 3 of the auth patterns: the generated tests pass in a repository that has just been made."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from auth_patterns import make_host, pattern, rendered, write
from generated_environment import declared, environment, run, run_tests

FRAMEWORKS = ("fastapi", "flask")
LINE, BRANCH = 97, 93

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_the_generated_suite_passes_and_covers_the_package(
    python: Path, tmp_path: Path, framework: str
) -> None:
    make_host(tmp_path, {"framework": framework})
    measure = ("--cov=src/auth", "--cov-branch", "--cov-report=json:coverage.json")
    result = run_tests(python, tmp_path, *measure, "tests")
    assert result.returncode == 0, result.stdout[-6000:]
    assert "skipped" not in result.stdout
    totals = json.loads((tmp_path / "coverage.json").read_text())["totals"]
    assert totals["covered_lines"] * 100 >= LINE * totals["num_statements"]
    assert totals["covered_branches"] * 100 >= BRANCH * totals["num_branches"]
    assert not list(tmp_path.glob("auth.db*"))


def test_the_generated_suite_passes_with_the_oldest_versions_that_are_promised(
    tmp_path: Path,
) -> None:
    make_host(tmp_path, {})
    interpreter = environment(tmp_path / "venv", *declared("=="), "pytest<9")
    result = run_tests(interpreter, tmp_path, "tests")
    assert result.returncode == 0, result.stdout[-6000:]


@pytest.mark.whole
@pytest.mark.parametrize(
    "answers",
    [answers for answers in pattern("jwt-auth").manifest.examples if answers],
    ids=str,
)
def test_the_generated_suite_passes_with_every_example(
    python: Path, tmp_path: Path, answers: dict[str, Any]
) -> None:
    make_host(tmp_path, answers)
    result = run_tests(python, tmp_path, "tests")
    assert result.returncode == 0, result.stdout[-6000:]


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_the_generated_code_is_typed_and_bandit_finds_nothing(
    python: Path, tmp_path: Path, framework: str
) -> None:
    make_host(tmp_path, {"framework": framework, "login_form": True})
    types = run(python, tmp_path, "-m", "mypy", "--strict", "-p", "src")
    assert types.returncode == 0, types.stdout
    security = run(python, tmp_path, "-m", "bandit", "-q", "-r", "src")
    assert security.returncode == 0, security.stdout


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_the_http_protection_passes_its_tests_alone(
    python: Path, tmp_path: Path, framework: str
) -> None:
    write(tmp_path, rendered("http-security", {"framework": framework}))
    measure = ("--cov=src/security", "--cov-branch", "--cov-fail-under=97")
    result = run_tests(python, tmp_path, *measure, "tests")
    assert result.returncode == 0, result.stdout[-6000:]
