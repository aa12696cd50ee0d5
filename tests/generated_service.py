"""The generated module in a host of its own, behind real servers that the attack's rig starts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from auth_patterns import make_host

from orchestrator.attack.judging.catalogue import catalogue
from orchestrator.attack.rig import Rig
from orchestrator.attack.subject.server import Application


@contextmanager
def generated_service(python: Path, folder: Path, answers: Mapping[str, Any]) -> Iterator[Rig]:
    """A rig for a module of these answers; its servers end with the block."""
    tree, run = folder / "tree", folder / "run"
    tree.mkdir(parents=True)
    run.mkdir()
    make_host(tree, answers)
    given = catalogue().answers(answers)
    application = Application(python, tree, "src.main:app", given["framework"], package="src.auth")
    rig = Rig(application, given, run)
    try:
        yield rig
    finally:
        rig.close()
