"""What became of each property, counted, and as JSON; runs nothing."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

SCHEMA = "story-orchestrator/attack-result/1"
End = Literal["passed", "failed", "not_checked", "not_applicable"]
ENDS: tuple[End, ...] = get_args(End)


class BadResult(ValueError):
    """The text is no result; the message says why."""


@dataclass(frozen=True)
class Proof:
    """What became of one property; `ms` are the milliseconds that its probe took."""

    id: str
    outcome: End
    reason: str = ""
    ms: int = 0


@dataclass(frozen=True)
class Result:
    """Every proof, in the catalogue's order, and what was attacked if not the application."""

    proofs: tuple[Proof, ...]
    note: str = ""

    def of(self, end: End) -> tuple[Proof, ...]:
        """The proofs that ended so."""
        return tuple(one for one in self.proofs if one.outcome == end)

    @property
    def applicable(self) -> int:
        """How many properties apply."""
        return len(self.proofs) - len(self.of("not_applicable"))

    @property
    def summary(self) -> str:
        """The one line of a report."""
        return (
            f"properties proven {len(self.of('passed'))}/{self.applicable} applicable, "
            f"{len(self.of('not_checked'))} not_checked, "
            f"{len(self.of('not_applicable'))} not applicable"
        )


def result_text(result: Result) -> str:
    """A result as JSON."""
    rows = [asdict(one) for one in result.proofs]
    return json.dumps({"schema": SCHEMA, "note": result.note, "properties": rows}, indent=1) + "\n"


def read_result(document: Any, ids: Iterable[str]) -> Result:
    """A result from JSON, which answers each of these ids once. Raises BadResult."""
    if isinstance(document, bytes):
        document = _parsed(document)
    if not isinstance(document, Mapping) or document.get("schema") != SCHEMA:
        raise BadResult("it is no result of an attack")
    proofs = tuple(_proof(row) for row in document.get("properties") or ())
    answered, wanted = [one.id for one in proofs], list(ids)
    if len(set(answered)) != len(answered):
        raise BadResult("a property is answered twice")
    if set(answered) != set(wanted):
        odd = sorted(set(answered) ^ set(wanted))
        raise BadResult(f"the answers are not those that were asked for: {', '.join(odd[:5])}")
    note = document.get("note", "")
    return Result(proofs, note if isinstance(note, str) else "")


def _parsed(text: bytes) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise BadResult("it is no JSON") from error


def _proof(row: Any) -> Proof:
    try:
        proof = Proof(**row)
    except TypeError as error:
        raise BadResult("a property has other members than an answer") from error
    texts = (proof.id, proof.outcome, proof.reason)
    if not all(isinstance(text, str) for text in texts) or proof.outcome not in ENDS:
        raise BadResult(f"the answer for {proof.id} cannot be read")
    return proof
