"""Where a host keeps its tests, and which of them are run as its own."""

from __future__ import annotations

import pytest
from host_trees import survey

APP = "from fastapi import FastAPI\n\napp = FastAPI()\n"
PYTEST = "[tool.pytest.ini_options]\ntestpaths = ['tests']\n"


def test_tests_at_the_top_are_those_of_an_application_whose_manifest_lies_deeper() -> None:
    host = survey(
        {
            "app/__init__.py": "",
            "app/main.py": f"from app import x\n{APP}",
            "app/requirements.txt": "fastapi\n",
            "requirements.txt": "-r app/requirements.txt\n",
            "tests/test_a.py": "",
        }
    )
    assert host.tests_path == "tests/auth"


def test_new_tests_do_not_go_into_those_of_another_part_of_the_application() -> None:
    parts = {f"shop/{part}/tests/test_{n}.py": "" for part in "ab" for n in range(3)}
    texts = {"shop/main.py": APP, "requirements.txt": "fastapi\n", **parts}
    assert survey(texts).tests_path == "tests/auth"
    assert survey({**texts, "shop/tests/test_c.py": ""}).tests_path == "shop/tests/auth"


def test_the_only_folder_of_tests_is_the_place_for_new_ones() -> None:
    only = "shop/admin/tests/test_a.py"
    texts = {"shop/core/main.py": APP, only: "", "requirements.txt": "fastapi\n"}
    assert survey(texts).tests_path == "shop/admin/tests/auth"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pyproject.toml", PYTEST),
        ("pytest.ini", "[pytest]\ntestpaths = tests\n"),
        ("setup.cfg", "[tool:pytest]\ntestpaths =\n    ./tests/\n"),
        ("tox.ini", "[pytest]\ntestpaths = tests\n"),
    ],
)
def test_the_tests_that_pytest_is_told_to_run_are_the_hosts(name: str, text: str) -> None:
    texts = {"main.py": APP, "tests/test_a.py": "", "dev/stress_test.py": ""}
    command = ("{python}", "-m", "pytest")
    assert survey({**texts, name: text}).test_command == (*command, "tests")
    assert survey(texts).test_command == (*command, "tests", "dev/stress_test.py")


@pytest.mark.parametrize("named", ["tests/*", "gone", "../tests", "."])
def test_what_pytest_is_told_in_another_way_is_not_guessed(named: str) -> None:
    text = PYTEST.replace("tests", named)
    host = survey({"main.py": APP, "pyproject.toml": text, "checks/test_a.py": ""})
    assert host.test_command[3:] == ("checks/test_a.py",)
