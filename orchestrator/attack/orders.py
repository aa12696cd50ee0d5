"""An order to attack, as JSON: what is served, and which properties must be answered."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class Order:
    """What to attack and what to look at.

    `app` is `module:name` of the application, or of its factory; `package` the import name of the
    module in it; `paths` the folders that are imported from; `budget` is in seconds.
    """

    app: str
    framework: str
    factory: bool = False
    package: str = ""
    paths: tuple[str, ...] = (".",)
    answers: Mapping[str, Any] = field(default_factory=dict)
    ids: tuple[str, ...] = ()
    full: bool = False
    budget: int | None = None
    lanes: int = 2


def order_text(order: Order) -> str:
    """An order as JSON."""
    return json.dumps(asdict(order), indent=1, sort_keys=True) + "\n"


def read_order(text: bytes | str) -> Order:
    """An order from JSON. Raises ValueError or TypeError for anything else."""
    given = json.loads(text)
    lists = {name: tuple(given[name]) for name in ("paths", "ids") if name in given}
    return Order(**{**given, **lists})
