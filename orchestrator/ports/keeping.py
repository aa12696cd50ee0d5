"""What is kept of transitions: the committed log with its evidence, and attempts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol


class LogStore(Protocol):
    """The log and evidence of a tree, as bytes; follows no link and judges nothing."""

    def entries(self, story: str) -> Mapping[str, bytes]:
        """File name to bytes, for every entry of a story."""
        ...

    def stories(self) -> tuple[str, ...]: ...

    def evidence(self, digest: str) -> bytes | None:
        """The stored file of that digest, or None."""
        ...

    def evidence_names(self) -> tuple[str, ...]: ...

    def strangers(self) -> tuple[tuple[str, str], ...]:
        """Path and reason for all under log and evidence that is no plain file in its place."""
        ...

    def file(self, path: str) -> bytes | None:
        """Any file of the same tree; None when it is absent, or no plain file."""
        ...


class Runs(Protocol):
    """Attempts that published nothing, kept under the git common directory."""

    def keep(self, story: str, files: Mapping[str, bytes]) -> str:
        """Store an attempt and return its id."""
        ...

    def all(self, story: str | None) -> tuple[tuple[str, Mapping[str, bytes]], ...]: ...
