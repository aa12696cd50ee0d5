"""The demonstration of refused work: it runs, and its sabotages still fit the patterns."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FRAUD = ROOT / "stories" / "fraud"
SABOTAGES = sorted((FRAUD / "sabotage").glob("*.diff"))


@pytest.mark.parametrize("diff", SABOTAGES, ids=lambda path: path.stem)
def test_a_sabotage_still_applies_to_the_pattern(diff: Path, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "templates", tmp_path / "templates")
    done = subprocess.run(
        ["git", "apply", "--check", "--whitespace=nowarn", str(diff)],
        cwd=tmp_path / "templates",
        env={**os.environ, "GIT_CEILING_DIRECTORIES": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(FRAUD / "run.py"), *words],
        env={**os.environ, "DOCUMENT": ""},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
def test_published_faults_are_refused_with_true_figures() -> None:
    done = run("--only", "example")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "tests passed: 0/9 (0.0%); failed: 9" in done.stdout
    assert "claimed: 92%" in done.stdout


@pytest.mark.slow
def test_a_sabotaged_pattern_is_refused() -> None:
    done = run("--only", "sabotage")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "JWT-UNVERIFIED" in done.stdout
