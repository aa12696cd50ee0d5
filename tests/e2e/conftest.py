"""A small world for the real command: made once, copied for every test."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from small_world import World, make_world, processes_of


@pytest.fixture(scope="session")
def original(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The world before anything happened; its cache fills with the first run."""
    made = make_world(tmp_path_factory.mktemp("world"))
    yield made
    assert processes_of(made) == []


@pytest.fixture
def world(original: World, tmp_path: Path) -> World:
    """A copy of it of the test's own, with temporary files of its own."""
    return original.copy(tmp_path / "greeter", tmp_path / "tmp")


@pytest.fixture(scope="session")
def landed(original: World, tmp_path_factory: pytest.TempPathFactory) -> World:
    """A world whose story has been implemented; tests copy it before they change it."""
    place = tmp_path_factory.mktemp("landed")
    made = original.copy(place / "greeter", place / "tmp")
    done = made.execute()
    assert done.code == 0, done.err
    return made


@pytest.fixture
def after(landed: World, tmp_path: Path) -> World:
    """A copy of the implemented world."""
    return landed.copy(tmp_path / "after", tmp_path / "tmp")


@pytest.fixture(scope="session")
def unshare() -> str:
    """The program that makes name spaces, where a user may make them."""
    import subprocess

    found = shutil.which("unshare")
    if found is None or subprocess.run([found, "-rmn", "true"], check=False).returncode != 0:
        pytest.skip("no name spaces for users here")
    return found
