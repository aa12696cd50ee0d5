"""Where nothing fits the answer says what is missing and what would help; nothing is written."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from small_world import World, left_behind, make_world, snapshot

STORY = "AUTH-IMPLEMENT-001"
FASTAPI = "from fastapi import FastAPI\n\napp = FastAPI()\n"


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A repository with a story and nothing else."""
    made = make_world(tmp_path_factory.mktemp("bare"))
    shutil.rmtree(made.root)
    made.root.mkdir()
    made.git("init", "-q", "-b", "main")
    made.git("config", "user.name", "Ada")
    made.git("config", "user.email", "ada@example.org")
    assert made.run("new", STORY, "--pattern", "jwt-auth").code == 0
    made.commit()
    return made


@pytest.fixture
def world(bare: World, tmp_path: Path) -> World:
    """A copy of it of the test's own."""
    return bare.copy(tmp_path / "host", tmp_path / "tmp")


@dataclass(frozen=True)
class Case:
    """What a repository holds, and what the answer must say: what is missing, what would help."""

    files: Mapping[str, str]
    fact: str
    missing: str
    help: str


COMMIT = "commit the module that makes the application: app = FastAPI() or app = Flask(__name__)"
CASES: Mapping[str, Case] = {
    "django": Case(
        {
            "manage.py": "import django\n",
            "site/settings.py": "INSTALLED_APPS = ['django.contrib.auth']\n",
            "requirements.txt": "django>=5\n",
        },
        "app_found",
        "manage.py: this looks like Django",
        "there is no pattern for this framework; `orchestrator patterns` lists what there is",
    ),
    "no application": Case(
        {"main.py": "import fastapi\n", "requirements.txt": "fastapi\n"},
        "app_found",
        "no application was found",
        COMMIT,
    ),
    "an application in tests alone": Case(
        {
            "tests/test_app.py": f"{FASTAPI}\n\ndef test_it(): ...\n",
            "requirements.txt": "fastapi\n",
        },
        "app_found",
        "tests/test_app.py:3: the application is made by a test",
        COMMIT,
    ),
    "Python that does not parse": Case(
        {"main.py": FASTAPI.replace("()", "("), "requirements.txt": "fastapi\n"},
        "app_found",
        "main.py: does not parse",
        f"mend main.py, or {COMMIT}",
    ),
    "nothing at all": Case({}, "app_found", "no application was found", COMMIT),
    "a Pipfile": Case(
        {"main.py": FASTAPI, "Pipfile": "[packages]\nfastapi = '*'\n"},
        "edits_apply",
        "Pipfile: a Pipfile is not edited",
        'pyjwt = ">=',
    ),
    "a setup.py": Case(
        {"main.py": FASTAPI, "setup.py": "from setuptools import setup\n\nsetup(name='x')\n"},
        "edits_apply",
        "setup.py: install_requires of a setup.py is code, which is not edited",
        "write into requirements.txt:",
    ),
    "no manifest": Case(
        {"main.py": FASTAPI},
        "edits_apply",
        "no file declares dependencies; an empty requirements.txt is enough to help",
        "write into requirements.txt:",
    ),
}
EXEC = ("exec", f"story={STORY}", "skill=code-development", "quality_gate=basic", "--no-progress")


def seen(world: World) -> dict[str, tuple[object, ...]]:
    """All that a person or git can see; a lock that nobody holds is neither."""
    whole = snapshot(world.root, times=False)
    return {path: one for path, one in whole.items() if not path.startswith(".git/orchestrator")}


@pytest.mark.parametrize("words", [("survey",), EXEC], ids=["survey", "exec"])
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_it_is_refused_and_nothing_is_written(
    case: Case, words: tuple[str, ...], world: World
) -> None:
    for path, text in case.files.items():
        world.write(path, text)
    world.commit()
    before = seen(world)
    done = world.run(*words)
    assert done.code == 1
    assert case.missing in done.err
    assert case.help in done.err
    if words == EXEC:
        assert f"missing_inputs=[{case.fact}" in done.out
    assert seen(world) == before
    assert world.git("status", "--porcelain") == ""
    assert left_behind(world) == []
    assert world.git("worktree", "list").count("\n") == 1


@pytest.mark.parametrize("words", [("survey",), EXEC], ids=["survey", "exec"])
def test_a_repository_without_a_commit_cannot_be_answered_about(
    words: tuple[str, ...], world: World
) -> None:
    shutil.rmtree(world.root / ".git")
    world.git("init", "-q", "-b", "main")
    before = seen(world)
    done = world.run(*words)
    assert done.code == 4
    assert "commit" in done.err
    assert "try: " in done.err
    assert seen(world) == before


def test_what_a_pipfile_was_told_to_have_makes_it_fit(world: World) -> None:
    world.write("main.py", FASTAPI)
    world.write("Pipfile", "[packages]\n")
    world.commit()
    missing = world.run("survey", "--json").document["patterns"][0]["edits"]
    (paste,) = (one["paste"] for one in missing if one["end"] == "cannot")
    world.write("Pipfile", paste)
    world.commit()
    done = world.run("survey", "--json")
    assert done.code == 0
    told = {one["subject"]: one for one in done.document["observations"]}["manifest"]
    assert (told["decision"], told["place"]) == ("adopt", "Pipfile")
    planned = world.run(*EXEC, "--dry-run", "--json")
    assert planned.code == 0, planned.err
    told = {one["subject"]: one for one in planned.document["observations"]}["manifest"]
    assert (told["decision"], told["place"]) == ("adopt", "Pipfile")
