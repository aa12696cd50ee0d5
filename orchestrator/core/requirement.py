"""EARS requirements: parse one line, lint many; judges words, never whether code meets them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["ubiquitous", "event", "state", "unwanted", "optional", "complex"]


@dataclass(frozen=True)
class Requirement:
    """One EARS sentence. `key` is the pattern key it names itself (`AUTH-001 [login.success]: …`);
    `verified_by` is a test of the host's own that verifies it (a pytest node id)."""

    id: str
    text: str
    kind: Kind
    trigger: str
    response: str
    key: str | None = None
    verified_by: str | None = None
    line: int = 0
