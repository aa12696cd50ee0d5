"""What the start of a command may load, and what every command's help must say."""

from __future__ import annotations

import subprocess
import sys

import pytest

from orchestrator.cli.boundary import run
from orchestrator.cli.table import COMMANDS, GROUPS, overview
from orchestrator.version import VERSION

HEAVY = (
    "rich",
    "pydantic",
    "jinja2",
    "yaml",
    "ruamel",
    "asyncio",
    "importlib.metadata",
    "git",
    "copier",
    "libcst",
)


def loaded_by(*words: str) -> list[str]:
    code = (
        "import sys, contextlib, io\n"
        f"sys.argv = ['orchestrator', *{words!r}]\n"
        "from orchestrator.__main__ import main\n"
        "with contextlib.redirect_stdout(io.StringIO()):\n"
        "    assert main() == 0\n"
        "print(*sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.split()


@pytest.mark.parametrize("words", [("--version",), ("--help",), ("-h",)])
def test_the_first_words_load_nothing_heavy_and_no_click(words: tuple[str, ...]) -> None:
    found = loaded_by(*words)
    assert [name for name in (*HEAVY, "click", "dataclasses", "typing") if name in found] == []


@pytest.mark.parametrize("command", COMMANDS)
def test_a_commands_help_loads_nothing_heavy(command: str) -> None:
    found = loaded_by(command, "--help")
    assert [name for name in HEAVY if name in found] == []


def test_only_the_invoked_command_is_loaded() -> None:
    found = [name for name in loaded_by("completion", "--help") if "orchestrator.cli." in name]
    assert "orchestrator.cli.completion" in found
    others = {module for module, _, _ in COMMANDS.values()} - {"orchestrator.cli.completion"}
    assert others.isdisjoint(found)


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out == f"orchestrator {VERSION}\n"


@pytest.mark.parametrize("words", [["--help"], ["-h"]])
def test_the_help_is_the_same_with_and_without_the_short_way(
    capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    assert run(words) == 0
    assert capsys.readouterr().out == overview()


def test_every_command_stands_in_one_group() -> None:
    grouped = [name for _, names in GROUPS for name in names]
    assert sorted(grouped) == sorted(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example_and_knows_json(
    capsys: pytest.CaptureFixture[str], command: str
) -> None:
    assert run([command, "--help"]) == 0
    text = capsys.readouterr().out
    assert f"orchestrator {command}" in text.split("Example")[1]
    assert "--json" in text


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_completion_script_names_the_command(
    capsys: pytest.CaptureFixture[str], shell: str
) -> None:
    assert run(["completion", shell]) == 0
    assert "_ORCHESTRATOR_COMPLETE" in capsys.readouterr().out


def test_the_shell_is_told_the_commands(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("_ORCHESTRATOR_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", "orchestrator ver")
    monkeypatch.setenv("COMP_CWORD", "1")
    assert run([]) == 0
    assert capsys.readouterr().out == "plain,verify\n"
