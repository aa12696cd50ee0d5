"""The README and the guides say what the program does: every command, option, path and example."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest

from orchestrator.api import CheckResult, Completed, Outcome, Scope
from orchestrator.cli.main import orchestrator
from orchestrator.cli.table import COMMANDS
from orchestrator.core.errors import CannotAnswer, IntegrityBroken, OrchestratorError, UsageProblem

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
RUNNABLE = re.compile(r"<!-- runnable -->\n```\n(.*?)```", re.DOTALL)
UNIVERSAL = {"--json", "--help"}


def sections() -> dict[str, str]:
    """Command name to the README's section about it."""
    parts = re.split(r"^#{2,3} (.*)$", README, flags=re.MULTILINE)
    found = zip(parts[1::2], parts[2::2], strict=True)
    return {
        title.strip("`").removeprefix("orchestrator "): text
        for title, text in found
        if title.startswith("`orchestrator ")
    }


def options(name: str) -> set[str]:
    """The long options of a command and of its own commands."""
    command = orchestrator.get_command(click.Context(orchestrator), name)
    assert command is not None
    commands = [command]
    if isinstance(command, click.Group):
        commands += command.commands.values()
    found = (option for one in commands for param in one.params for option in param.opts)
    return {option for option in found if option.startswith("--")}


def test_every_command_has_a_section_and_every_section_a_command() -> None:
    assert list(sections()) == list(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_is_explained_and_every_explained_option_exists(name: str) -> None:
    named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", sections()[name]))
    assert named | UNIVERSAL == options(name) | UNIVERSAL


@pytest.mark.parametrize("name", COMMANDS)
def test_every_section_has_an_example(name: str) -> None:
    assert f"\norchestrator {name}" in sections()[name]


def test_the_exit_codes_are_those_of_the_program() -> None:
    table = {int(code) for code in re.findall(r"^\| (\d+) \|", README, re.MULTILINE)}
    classes = (OrchestratorError, UsageProblem, CannotAnswer, IntegrityBroken)
    assert table == {0, 1, 130, *(one.code for one in classes)}


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_path_and_link_that_is_named_exists(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    links = [one for one in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in one]
    named = re.findall(r"`((?:orchestrator|skills|templates|stories|tests)/[\w./-]+)`", text)
    missing = [one for one in links if not (path.parent / one).exists()]
    missing += [one for one in named if "<" not in one and not (ROOT / one).exists()]
    assert missing == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_runnable_example_runs(path: Path, tmp_path: Path) -> None:
    blocks = RUNNABLE.findall(path.read_text(encoding="utf-8"))
    first = "git init -q && git -c user.name=A -c user.email=a@b commit -q --allow-empty -m first"
    subprocess.run(["/bin/sh", "-c", first], cwd=tmp_path, check=True)
    entry = f'orchestrator() {{ "{sys.executable}" -m orchestrator "$@"; }}\n'
    for block in blocks:
        done = subprocess.run(
            ["/bin/sh", "-e", "-c", entry + block],
            cwd=tmp_path,
            env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{block}\n{done.stderr}"


def test_the_check_of_the_guide_is_a_check_and_can_fail() -> None:
    guide = (ROOT / "docs/checks.md").read_text(encoding="utf-8")
    (source,) = re.findall(r"```python\n(.*?)```", guide, re.DOTALL)
    check: dict[str, Any] = {}
    exec(source, check)
    scope = Scope(sources=("src/a.py",))
    (command,) = check["commands"](scope)

    def outcome(code: int, stdout: bytes) -> Outcome:
        result = check["parse"](scope, {command.name: Completed(command, code, stdout)})
        assert isinstance(result, CheckResult)
        return result.outcome

    assert outcome(0, b"src/a.py:2\n") is Outcome.FAILED
    assert outcome(1, b"") is Outcome.PASSED
    assert outcome(128, b"") is Outcome.ERRORED


def test_there_is_a_runnable_example() -> None:
    assert RUNNABLE.search(README)


def test_every_target_of_make_is_listed_by_its_help() -> None:
    make = (ROOT / "Makefile").read_text(encoding="utf-8")
    (phony,) = re.findall(r"^\.PHONY: (.*)$", make, re.MULTILINE)
    shown = subprocess.run(
        ["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert sorted(re.findall(r"^  make ([a-z-]+)", shown, re.MULTILINE)) == sorted(phony.split())
