"""The shipped stories run to their end: each requirement is verified by the strictest gate."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STORIES = ROOT / "stories"
BIN = Path(sys.executable).parent

pytestmark = [pytest.mark.slow, pytest.mark.whole]


def run(folder: Path, *words: str | Path) -> str:
    """Run a command as a user would, and give its stdout; it must end with 0."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AUTH_")}
    kept["PATH"] = f"{BIN}{os.pathsep}{kept['PATH']}"
    done = subprocess.run(words, cwd=folder, env=kept, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{words}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def new_repository(place: Path, host: str, story: str) -> Path:
    """A copy of a host with one story, committed."""
    shutil.copytree(STORIES / host, place, ignore=shutil.ignore_patterns("__pycache__", "*.db*"))
    (place / "stories").mkdir()
    shutil.copy(STORIES / f"{story}.md", place / "stories")
    run(place, "git", "init", "-q", "-b", "main")
    run(place, "git", "config", "user.name", "Ada Example")
    run(place, "git", "config", "user.email", "ada@example.org")
    run(place, "git", "add", "--all")
    run(place, "git", "commit", "-q", "-m", "a host and a story")
    return place


def requirements_of(repository: Path, story: str) -> dict[str, str]:
    """Requirement id to its status in the record of the story's last transition."""
    shown = json.loads(run(repository, "orchestrator", "show", story, "--format", "json"))
    return {one["id"]: one["status"] for one in shown["record"]["requirements"]}


def asked_of(story: str) -> set[str]:
    """The ids of the requirements, as they stand in the shipped story."""
    text = (STORIES / f"{story}.md").read_text(encoding="utf-8")
    return {line.split()[1] for line in text.splitlines() if line.startswith("- ") and "[" in line}


def all_are_verified(repository: Path, story: str) -> None:
    found = requirements_of(repository, story)
    assert set(found) == asked_of(story) != set()
    assert {id_ for id_, status in found.items() if status != "verified"} == set()
    assert "state: IMPLEMENTED\n" in (repository / f"stories/{story}.md").read_text("utf-8")
    run(repository, "orchestrator", "verify", "--no-progress")


def test_the_complete_log_in_with_cookie_and_redis_is_implemented(tmp_path: Path) -> None:
    story = "AUTH-SYSTEM-002"
    place = new_repository(tmp_path / "taskflow", "taskflow-api", story)
    words = (f"story={story}", "skill=code-development", "quality_gate=comprehensive")
    run(place, "orchestrator", "exec", "--no-progress", *words)
    all_are_verified(place, story)


def test_the_demonstration_with_flask_and_google_holds(tmp_path: Path) -> None:
    place = tmp_path / "bookshelf"
    words = ("python", STORIES / "demo", "--framework", "flask", place)
    assert "All of it held." in run(tmp_path, *words)
    all_are_verified(place, "AUTH-OAUTH-004")
