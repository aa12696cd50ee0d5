"""Interpreters, and the commands of the gate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from orchestrator.core.gate.check import Command, Completed
from orchestrator.core.host.host import Manifest


@dataclass(frozen=True)
class Environment:
    """An interpreter that has the host's dependencies, ours and the gate's test tools."""

    python: Path
    digest: str
    origin: str


class Environments(Protocol):
    """Make interpreters from a manifest with uv, cached by the digest of all that went in."""

    def refuse(self, manifest: Manifest | None) -> None:
        """Raise CannotAnswer when no Python of this machine is one that the manifest allows;
        makes nothing and needs no network."""
        ...

    def prepare(
        self,
        root: Path,
        manifest: Manifest | None,
        requirements: Sequence[str],
        *,
        within: Environment | None = None,
    ) -> Environment:
        """With `within` (the host's own environment) no version that it has may move. Raises
        CannotAnswer when uv, the network or a matching Python is missing, or a version would."""
        ...


class Runner(Protocol):
    """Run a command of the gate in a tree: limits, own process group, clean environment."""

    def run(self, command: Command, *, tree: Path, python: Path) -> Completed: ...

    def stop(self) -> None:
        """Kill whatever runs now and start nothing more; called when the user interrupts."""
        ...
