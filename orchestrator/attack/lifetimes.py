"""How long tokens and sessions live, by the profile that was answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_HOUR = 3_600
_DAY = 24 * _HOUR


@dataclass(frozen=True)
class Lifetimes:
    """Seconds: of an access token, of a session, of one that is remembered, and of idleness."""

    access: int
    session: int
    remembered: int
    idle: int


_STANDARD = Lifetimes(access=900, session=_DAY, remembered=30 * _DAY, idle=14 * _DAY)
_STRICT = Lifetimes(access=300, session=8 * _HOUR, remembered=7 * _DAY, idle=_DAY)


def lifetimes(answers: Mapping[str, Any]) -> Lifetimes:
    """The lifetimes that the contract gives the answered profile."""
    return _STRICT if answers["profile"] == "strict" else _STANDARD
