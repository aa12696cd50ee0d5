"""A measured number, as every report shows it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One measured number: `num`, or `num` of `den`; integers, percentages exist when printed."""

    id: str
    num: int
    den: int | None = None
