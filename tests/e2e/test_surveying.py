"""`survey`: before any story, what fits and what is missing; nothing is written or run."""

from __future__ import annotations

import pytest
from small_world import World, snapshot


def emptied(world: World, **files: str) -> World:
    """The same repository with other files only."""
    world.git("rm", "-rq", "--ignore-unmatch", ".")
    for path, text in files.items():
        world.write(path.replace("__", "/").replace("_py", ".py").replace("_txt", ".txt"), text)
    world.commit("other files")
    return world


def test_a_fitting_host_is_told_with_places_edits_and_requirements(world: World) -> None:
    before = snapshot(world.root)
    done = world.run("survey", "--json")
    assert done.code == 0, done.err
    found = done.document
    assert found["fits"] is True
    assert found["application"] == {"kind": "object", "name": "app", "place": "main.py:5"}
    by_name = {one["name"]: one for one in found["patterns"]}
    assert set(by_name) == {"greeting", "jwt-auth"}
    greeting = by_name["greeting"]
    assert greeting["fits"] is True
    assert greeting["requirements"][0]["key"] == "greet.hello"
    assert {one["path"]: one["end"] for one in greeting["edits"]}["main.py"] == "done"
    extended = [one for one in found["observations"] if one["decision"] == "extend"]
    assert extended[0]["place"] == "main.py:5"
    others = by_name["jwt-auth"]["with_other_answers"]
    assert {"key": "token.email", "answer": "answer email_claim=true"} in others
    text = world.run("survey").out
    assert "pattern greeting 1.0.0 (GREET-001): fits" in text
    assert "application: extend" in text
    assert snapshot(world.root) == before


@pytest.mark.parametrize(
    ("files", "says", "helps"),
    [
        ({"README_txt": "x\n"}, "no application was found", "app = FastAPI()"),
        (
            {
                "manage_py": "import django\n",
                "site__urls_py": "from django.urls import path\n",
                "requirements_txt": "django\n",
            },
            "Django",
            "no pattern for this framework",
        ),
        ({"main_py": "from fastapi import FastAPI\napp = FastAPI(\n"}, "no application", "commit"),
    ],
    ids=["nothing", "django", "unreadable"],
)
def test_a_host_that_nothing_fits_hears_why_and_what_would_help(
    world: World, files: dict[str, str], says: str, helps: str
) -> None:
    emptied(world, **files)
    done = world.run("survey")
    assert done.code == 1
    assert says in done.err
    assert helps in done.err
    assert "Traceback" not in done.err
    for untrue in ("would", "could meet", "answers:", "found:\n\n"):
        assert untrue not in done.out
    assert ("(python; " in done.out) is any(path.endswith("_py") for path in files)


def test_a_host_without_a_manifest_hears_what_to_write(world: World) -> None:
    world.git("rm", "-q", "requirements.txt")
    world.commit("none")
    done = world.run("survey", "--json")
    auth = next(one for one in done.document["patterns"] if one["name"] == "jwt-auth")
    assert auth["fits"] is False
    assert auth["missing"][0]["input"] == "edits_apply"
    assert "pyjwt>=" in auth["missing"][0]["unblock"]


def test_a_framework_that_the_host_does_not_use_does_not_fit(world: World) -> None:
    done = world.run("survey", "--framework", "flask")
    assert done.code == 1
    assert "flask was asked for" in done.err


def test_a_python_that_is_not_here_is_told_as_exec_tells_it(world: World) -> None:
    project = '[project]\nname = "x"\nversion = "1"\nrequires-python = ">=3.99"\n'
    world.git("rm", "-q", "requirements.txt")
    world.write("pyproject.toml", f"{project}dependencies = []\n")
    world.commit("needs a newer Python")
    before = snapshot(world.root)
    done = world.run("survey")
    assert done.code == 1
    assert "missing python: the host needs Python >=3.99; installed are 3." in done.out
    assert "`uv python install '>=3.99'`" in done.err
    assert snapshot(world.root) == before
    for words in ((), ("--dry-run",)):
        refused = world.execute(*words)
        assert refused.code == 4
        assert "the host needs Python >=3.99; installed are 3." in refused.err
        assert "`uv python install '>=3.99'`" in refused.err
    missing = world.run("survey", "--json").document["patterns"][0]["missing"]
    assert [one["input"] for one in missing] == ["python"]
