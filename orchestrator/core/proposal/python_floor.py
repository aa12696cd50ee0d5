"""Hold the oldest Python that patterns are made for against what a host promises; pure."""

from __future__ import annotations

from collections.abc import Iterable

from orchestrator.core.host.host import Host, Observation
from orchestrator.core.host.pythons import minors
from orchestrator.core.pattern.pattern import Pattern
from orchestrator.core.place import Place
from orchestrator.core.proposal.skill import Missing


def python_floor(host: Host, chosen: Iterable[Pattern]) -> Observation | Missing | None:
    """What is to be said of the host's Python: it admits none that the patterns work with
    (Missing), it promises older ones as well (an observation), or nothing."""
    asked = max((_minor(one.manifest.python) for one in chosen), default=0)
    manifest = host.manifest
    if manifest is None or not manifest.requires_python or not asked:
        return None
    admitted = minors(manifest.requires_python)
    if admitted is None or min(admitted, default=asked) >= asked:
        return None
    needed = f"the new code needs Python 3.{asked}"
    if max(admitted) < asked:
        return Missing(
            "pattern_fits",
            f"{needed}, and {manifest.path} allows only {manifest.requires_python}",
            f"let {manifest.path} allow Python 3.{asked}, or choose another pattern",
        )
    because = f"{needed}; {manifest.requires_python} promises older ones too, so raise it"
    return Observation("Python", "note", because, Place(manifest.path, 0))


def _minor(text: str) -> int:
    return int(text.partition(".")[2] or 0)
