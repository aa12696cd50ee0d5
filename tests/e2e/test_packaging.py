"""The wheel: exactly the files of the folders, and the whole line run from it alone."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from orchestrator.version import VERSION

ROOT = Path(__file__).parents[2]
PLACES = {
    "orchestrator": "orchestrator",
    "skills": "orchestrator/bundled/skills",
    "templates": "orchestrator/bundled/templates",
}

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built without an isolated environment and so without a network."""
    folder = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (made,) = folder.glob("*.whl")
    return made


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `bin` folder of an environment that has the wheel and what it asks for, nothing else."""
    place = tmp_path_factory.mktemp("clean") / "env"
    uv = Path(sys.executable).parent / "uv"
    subprocess.run([uv, "venv", "-q", "-p", sys.executable, place], check=True)
    install = [uv, "pip", "install", "-q", "-p", place / "bin/python", wheel]
    if subprocess.run(install, check=False).returncode != 0:
        subprocess.run([*install, "--offline"], check=True)
    return place / "bin"


def run(installed: Path, words: Sequence[str], cwd: Path) -> str:
    """Run a program of the clean environment, with nothing of ours around it."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    kept["PATH"] = f"{installed}{os.pathsep}{kept['PATH']}"
    done = subprocess.run(
        [installed / words[0], *words[1:]],
        cwd=cwd,
        env=kept,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{words}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def test_the_wheel_holds_exactly_the_files_of_the_folders(wheel: Path) -> None:
    words = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", *PLACES]
    listed = subprocess.run(words, cwd=ROOT, check=True, capture_output=True).stdout
    expected = set()
    for path in filter(None, listed.decode().split("\0")):
        top, _, rest = path.partition("/")
        if (ROOT / path).is_file():
            expected.add(f"{PLACES[top]}/{rest}")
    with zipfile.ZipFile(wheel) as archive:
        found = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert found == expected


def test_the_wheel_carries_licence_and_command(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = {name.partition(".dist-info/")[2]: name for name in archive.namelist()}
        assert "Apache License" in archive.read(names["licenses/LICENSE"]).decode()
        points = archive.read(names["entry_points.txt"]).decode()
        assert f"Version: {VERSION}\n" in archive.read(names["METADATA"]).decode()
    assert "orchestrator = orchestrator.__main__:main" in points


def test_the_installed_command_finds_its_patterns_and_skills(
    installed: Path, tmp_path: Path
) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    assert run(installed, ["orchestrator", "--version"], tmp_path) == f"orchestrator {VERSION}\n"
    patterns = json.loads(run(installed, ["orchestrator", "patterns", "--json"], tmp_path))
    assert {"jwt-auth", "http-security"} <= {one["name"] for one in patterns["patterns"]}
    skills = json.loads(run(installed, ["orchestrator", "skills", "--json"], tmp_path))
    assert "code-development" in {one["name"] for one in skills["skills"]}
    run(installed, ["orchestrator", "new", "LOGIN-1", "--pattern", "jwt-auth"], tmp_path)
    assert (tmp_path / "stories/LOGIN-1.md").is_file()


def test_the_whole_line_runs_from_the_wheel(installed: Path, tmp_path: Path) -> None:
    stories = tmp_path / "stories"
    shutil.copytree(ROOT / "stories", stories, ignore=shutil.ignore_patterns("__pycache__"))
    place = tmp_path / "taskflow"
    shown = run(installed, ["python", str(stories / "demo"), str(place)], tmp_path)
    assert "[TRANSITION|code-development] by tech-lead" in shown
    assert "All of it held." in shown
    assert str(ROOT) not in shown
