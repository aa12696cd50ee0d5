"""The fixture hosts, each in an environment of its own manifest: listed, asked, and unchanged."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from host_trees import HOSTS, survey_folder

from orchestrator.adapters.running.environment import UvEnvironments
from orchestrator.adapters.running.process import ProcessRunner
from orchestrator.app.measuring.serving import served
from orchestrator.checks import routes, unchanged
from orchestrator.core.gate.check import Outcome, Scope

pytestmark = [pytest.mark.slow, pytest.mark.whole]

NAMES = sorted(path.name for path in HOSTS.iterdir())


@pytest.mark.parametrize("name", NAMES)
def test_a_host_without_a_change_is_as_it_was(name: str, tmp_path: Path) -> None:
    host = survey_folder(name)
    scope = Scope(
        package=host.package_import,
        sources=(f"{host.package_path}/__init__.py",),
        served=served("jwt-auth", host, {}),
        host_tests=host.test_command,
    )
    place = tmp_path / name
    shutil.copytree(HOSTS / name, place)
    python = UvEnvironments().prepare(place, host.manifest, ()).python
    runner = ProcessRunner()
    for check in (routes, unchanged):
        asked = check.commands(scope)
        runs = {one.name: runner.run(one, tree=place, python=python) for one in asked}
        result = check.parse(scope, runs)
        assert result.outcome is Outcome.PASSED, result.reason
        assert result.examined == result.expected >= 5
