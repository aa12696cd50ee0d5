"""Bug logs stay out of the user's folders; a repository in which a pattern was used once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.record_factory import commit, make, publish


@pytest.fixture(autouse=True)
def _own_state(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
    for name in ("_ORCHESTRATOR_COMPLETE", "CI", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A committed repository with some code, in which `jwt-auth` was used once."""
    publish(tmp_path, make())
    (tmp_path / "src/tokens.py").write_text("def sign_jwt(): ...\n\n\ndef paint(): ...\n")
    commit(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.chdir(tmp_path)
    return tmp_path
