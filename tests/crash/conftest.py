"""What the crash tests share: a template repository, and a driver in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import crash_host
import pytest

DRIVER = Path(__file__).with_name("crash_driver.py")
ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def plain_git(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody's own configuration plays a part."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder in memory where there is one: the suite flushes thousands of small files."""
    memory = Path("/dev/shm")
    where = memory if os.access(memory, os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=where) as folder:
        yield Path(folder)


@pytest.fixture
def template(place: Path, plain_git: None) -> Path:
    return crash_host.make(place / "template")


@pytest.fixture
def drive(place: Path, template: Path) -> Callable[..., list[dict[str, Any]]]:
    """Run a job of the driver and return what it told."""

    def run(job: str, *arguments: object, on_disk: str = "") -> list[dict[str, Any]]:
        room = place / "room"
        room.mkdir(exist_ok=True)
        command = [sys.executable, str(DRIVER), job, str(template), str(room)]
        if on_disk:
            mount = f'mount -t tmpfs -o size={on_disk} tmpfs "$0" && exec "$@"'
            command = ["unshare", "-rm", "sh", "-c", mount, str(room), *command]
        done = subprocess.run(
            [*command, *map(str, arguments)],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    return run


@pytest.fixture
def old(template: Path) -> dict[str, Any]:
    """How the repository looks before the publish."""
    return crash_host.picture(template)


@pytest.fixture
def new(template: Path, place: Path) -> dict[str, Any]:
    """How it looks after an undisturbed one."""
    root = crash_host.copy(template, place / "undisturbed")
    crash_host.publish(root)
    return crash_host.picture(root)
