"""An attack's answer as text and as data: what was proven, what was not, and why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from orchestrator.report.entry import plain

_SHOWN = 12


@dataclass(frozen=True)
class Line:
    """One property: what it says and how it ended."""

    id: str
    says: str
    outcome: str
    reason: str
    ms: int


def attack_text(title: str, summary: str, note: str, lines: Sequence[Line]) -> str:
    """The count, then each property that failed, then what was not checked, by reason."""
    out = [f"{title}: {summary}", *([f"  {plain(note)}"] if note else [])]
    failed = [one for one in lines if one.outcome == "failed"]
    if failed:
        out += ["FAILED:", *(f"  {one.id} {one.says}: {plain(one.reason)}" for one in failed)]
    for word in ("not_checked", "not_applicable"):
        out += _grouped(word, [one for one in lines if one.outcome == word])
    return "\n".join(out) + "\n"


def _grouped(word: str, lines: Sequence[Line]) -> Iterator[str]:
    by_reason: dict[str, list[str]] = defaultdict(list)
    for one in lines:
        by_reason[one.reason].append(one.id)
    if by_reason:
        yield f"{word.upper().replace('_', ' ')}:"
    for reason, ids in by_reason.items():
        more = f" and {len(ids) - _SHOWN} more" if len(ids) > _SHOWN else ""
        yield f"  {plain(reason)}: {', '.join(ids[:_SHOWN])}{more}"


def attack_document(
    summary: str, note: str, lines: Sequence[Line], counts: Mapping[str, int]
) -> dict[str, object]:
    """The same as plain data."""
    rows = [
        {"id": one.id, "outcome": one.outcome, "reason": one.reason, "ms": one.ms} for one in lines
    ]
    return {"summary": summary, "note": note, "figures": dict(counts), "properties": rows}
