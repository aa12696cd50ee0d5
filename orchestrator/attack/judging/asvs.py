"""Which requirements of OWASP ASVS 5.0 an attack has proven; what nobody saw is not proven."""

from __future__ import annotations

import csv
import io
import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass

from orchestrator.attack.judging.catalogue import Catalogue
from orchestrator.attack.judging.results import End, Proof, Result

VERSION = "5.0"


@dataclass(frozen=True)
class Requirement:
    """One requirement, the properties that speak of it, and what became of them together."""

    asvs: str
    outcome: End
    passed: tuple[str, ...]
    failed: tuple[str, ...]
    not_checked: tuple[str, ...]
    not_applicable: tuple[str, ...]


def requirements(result: Result, book: Catalogue) -> list[Requirement]:
    """Every requirement that a property of the result names, in ASVS order.

    One failed property fails it, one that nobody looked at leaves it unchecked.
    """
    said = {one.id: one.asvs for one in book.properties}
    found: dict[str, list[Proof]] = defaultdict(list)
    for proof in result.proofs:
        for asvs in said[proof.id]:
            found[asvs].append(proof)
    ordered = sorted(found, key=lambda asvs: [int(part) for part in asvs.split(".")])
    return [_requirement(asvs, found[asvs]) for asvs in ordered]


def _requirement(asvs: str, proofs: Iterable[Proof]) -> Requirement:
    by_end: dict[End, list[str]] = defaultdict(list)
    for proof in proofs:
        by_end[proof.outcome].append(proof.id)
    order: tuple[End, ...] = ("failed", "not_checked", "passed", "not_applicable")
    ids = {end: tuple(by_end[end]) for end in order}
    outcome = next(end for end in order if ids[end])
    return Requirement(
        asvs, outcome, ids["passed"], ids["failed"], ids["not_checked"], ids["not_applicable"]
    )


def as_json(found: Iterable[Requirement]) -> str:
    """The requirements as a JSON document."""
    document = {"standard": "OWASP ASVS", "version": VERSION}
    rows = [asdict(one) for one in found]
    return json.dumps({**document, "requirements": rows}, indent=1) + "\n"


def as_csv(found: Iterable[Requirement]) -> str:
    """The requirements as CSV, ids in a cell apart by blanks."""
    names = ("passed", "failed", "not_checked", "not_applicable")
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("asvs", "outcome", *names))
    for one in found:
        writer.writerow((one.asvs, one.outcome, *(" ".join(getattr(one, name)) for name in names)))
    return text.getvalue()
