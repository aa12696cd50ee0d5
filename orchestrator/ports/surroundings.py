"""The time, the waiting person, and the files that the tool brings along."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """The time, in UTC."""

    def now(self) -> datetime: ...


class Progress(Protocol):
    """Tell a waiting person which step runs; silent where nobody looks."""

    def step(self, text: str) -> None: ...


class Defaults(Protocol):
    """The files that the tool brings along: `workflow.yaml` and `policy.yaml`."""

    def read(self, name: str) -> bytes: ...
