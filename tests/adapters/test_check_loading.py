"""Checks load by name; what the policy names and nobody provides is an error."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from orchestrator.adapters import checks
from orchestrator.adapters.checks import GROUP, InstalledChecks
from orchestrator.core.errors import CannotAnswer

GOOD = "NAME = '{name}'\ndef commands(scope): return ()\ndef parse(scope, runs): return None\n"


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[InstalledChecks]:
    folder = tmp_path / "some_checks"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    texts = {
        "good": GOOD.format(name="good"),
        "renamed": GOOD.format(name="other"),
        "partial": "NAME = 'partial'\n",
        "shared": "x = 1\n",
        "broken": "import no_such_module_anywhere\n",
        "raising": "raise RuntimeError('no')\n",
    }
    for name, text in texts.items():
        (folder / f"{name}.py").write_text(text)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    yield InstalledChecks("some_checks")
    for name in [name for name in sys.modules if name.startswith("some_checks")]:
        del sys.modules[name]


def plug(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    entry = EntryPoint(name, value, GROUP)
    monkeypatch.setattr(checks, "entry_points", lambda group: [entry] if group == GROUP else [])


def test_a_built_in_check_is_loaded_by_its_name(package: InstalledChecks) -> None:
    assert package.load("good").NAME == "good"


@pytest.mark.parametrize("name", ["absent", "shared", "Good", "../good", "good.x", ""])
def test_a_check_that_nobody_provides_is_an_error(package: InstalledChecks, name: str) -> None:
    with pytest.raises(CannotAnswer, match="not installed"):
        package.load(name)


@pytest.mark.parametrize("name", ["renamed", "partial"])
def test_a_module_that_is_not_a_whole_check_is_an_error(
    package: InstalledChecks, name: str
) -> None:
    with pytest.raises(CannotAnswer, match="lacks one of"):
        package.load(name)


@pytest.mark.parametrize("name", ["broken", "raising"])
def test_a_check_that_does_not_load_is_an_error_and_no_skip(
    package: InstalledChecks, name: str
) -> None:
    with pytest.raises(CannotAnswer, match="cannot be loaded") as caught:
        package.load(name)
    assert caught.value.__cause__ is not None


def test_a_plugged_in_check_is_found(
    package: InstalledChecks, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "plugged.py").write_text(GOOD.format(name="mine"))
    plug(monkeypatch, "mine", "plugged")
    assert package.load("mine").NAME == "mine"


def test_a_plugged_in_check_that_does_not_load_is_an_error(
    package: InstalledChecks, monkeypatch: pytest.MonkeyPatch
) -> None:
    plug(monkeypatch, "mine", "no_such_module_anywhere")
    with pytest.raises(CannotAnswer, match="cannot be loaded"):
        package.load("mine")


def test_a_built_in_check_is_not_replaced_by_a_plug_in(
    package: InstalledChecks, monkeypatch: pytest.MonkeyPatch
) -> None:
    plug(monkeypatch, "good", "no_such_module_anywhere")
    assert package.load("good").NAME == "good"


def test_every_check_of_the_default_policy_is_there() -> None:
    for name in ("tests", "coverage", "lint"):
        assert name == InstalledChecks().load(name).NAME
