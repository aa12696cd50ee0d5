"""The environment that generated code runs in, and servers for its tests."""

from __future__ import annotations

from pathlib import Path

import pytest
from generated_environment import declared, environment
from servers import postgres, redis

__all__ = ["postgres", "redis"]


@pytest.fixture(scope="session")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an environment with what the patterns declare, and the tools of a host."""
    return environment(tmp_path_factory.mktemp("environment") / "venv", *declared(">="))
