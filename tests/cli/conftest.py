"""Bug logs of these tests stay out of the user's folders."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _own_state(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
    for name in ("_ORCHESTRATOR_COMPLETE", "CI", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
