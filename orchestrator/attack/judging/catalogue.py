"""The catalogue of properties: what is claimed, where it comes from, when it applies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from orchestrator.core.text.yaml_text import read_yaml

_FILE = Path(__file__).with_name("catalogue.yaml")
OUTSIDE = "outside"


@dataclass(frozen=True)
class Property:
    """One thing that an attacker must not achieve, or a user must.

    `when` names answers with the values under which it applies; `absent` says why it never does;
    `unseen` why no attack can look at it; `needs` what the rig must have; `full` properties are
    left out of the gate.
    """

    id: str
    section: int
    says: str
    asvs: tuple[str, ...] = ()
    source: tuple[str, ...] = ()
    when: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    absent: str = ""
    unseen: str = ""
    needs: tuple[str, ...] = ()
    full: bool = False

    @property
    def family(self) -> str:
        """The letters before the number."""
        return self.id.partition("-")[0]

    @property
    def provable_from_outside(self) -> bool:
        """Whether an address is enough, without keys, mails, clock or database."""
        return OUTSIDE in self.needs

    def not_applicable(self, answers: Mapping[str, Any]) -> str:
        """Why it does not apply under these answers; empty when it does."""
        if self.absent:
            return self.absent
        for name, wanted in self.when.items():
            if not set(_texts(answers.get(name))) & set(wanted):
                given = ", ".join(_texts(answers.get(name))) or "none"
                return f"{name} is {given}; it speaks of {' or '.join(wanted)}"
        return ""


@dataclass(frozen=True)
class Catalogue:
    """All properties in order, the sections' titles, and the answers that are taken for given."""

    properties: tuple[Property, ...]
    titles: Mapping[int, str]
    assumed: Mapping[str, Any]

    @property
    def ids(self) -> tuple[str, ...]:
        """Every id, in the catalogue's order."""
        return tuple(one.id for one in self.properties)

    def chosen(self, only: Sequence[str]) -> tuple[Property, ...]:
        """The properties with these ids or of these families; all of them without any."""
        wanted = set(only)
        return tuple(one for one in self.properties if not wanted or wanted & {one.id, one.family})

    def unknown(self, only: Sequence[str]) -> tuple[str, ...]:
        """Those words that are neither an id nor a family."""
        known = {word for one in self.properties for word in (one.id, one.family)}
        return tuple(word for word in only if word not in known)

    def answers(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The given answers, completed by what holds where a pattern does not ask."""
        return {**self.assumed, **given}


@cache
def catalogue() -> Catalogue:
    """The bundled catalogue."""
    data = read_yaml(_FILE.read_bytes(), _FILE.name).data
    sections = data["sections"]
    return Catalogue(
        tuple(_property(one, s["number"]) for s in sections for one in s["properties"]),
        {s["number"]: s["title"] for s in sections},
        data["assumed"],
    )


def _property(row: Mapping[str, Any], section: int) -> Property:
    return Property(
        id=row["id"],
        section=section,
        says=row["says"],
        asvs=tuple(row.get("asvs", ())),
        source=tuple(row.get("source", ())),
        when={name: tuple(values) for name, values in row.get("when", {}).items()},
        absent=row.get("absent", ""),
        unseen=row.get("unseen", ""),
        needs=tuple(row.get("needs", ())),
        full=row.get("full", False),
    )


def _texts(answer: Any) -> list[str]:
    values = answer if isinstance(answer, list | tuple) else [answer]
    return [str(one).lower() if isinstance(one, bool) else str(one) for one in values]
