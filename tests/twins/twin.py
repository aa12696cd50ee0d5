"""Broken twins of the generated module: read, made, attacked, judged."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from auth_patterns import make_host

from orchestrator.attack.carrying_out import carry_out
from orchestrator.attack.judging.results import Proof
from orchestrator.attack.orders import Order
from orchestrator.core.text.yaml_text import read_yaml

HERE = Path(__file__).parent
_SCRATCH = Path(tempfile.gettempdir())
_RENDERING = threading.Lock()
"""The renderer moves the folder for temporary files while it works."""
CONTROLS = ("TOK-01", "LOG-01", "LOG-02", "REF-01", "OUT-06", "RST-11", "HDR-02", "ROB-08")
"""Properties that every twin's run looks at too: most twins leave them whole."""


@dataclass(frozen=True)
class Twin:
    """One mistake: what it is, where it stands, and which properties must notice."""

    id: str
    file: str
    find: str
    put: str
    caught_by: tuple[str, ...]
    may_fail: tuple[str, ...] = ()
    answers: Mapping[str, Any] = field(default_factory=dict)

    @property
    def family(self) -> str:
        """The family of properties that the mistake is about."""
        return self.caught_by[0].partition("-")[0]

    @property
    def asked(self) -> tuple[str, ...]:
        """The properties that its run looks at."""
        return tuple(dict.fromkeys((*self.caught_by, *CONTROLS)))

    def may(self, identity: str) -> bool:
        """Whether a property may fail together with those that must."""
        family = identity.partition("-")[0]
        return identity in self.caught_by or bool({identity, family} & set(self.may_fail))

    def break_(self, tree: Path) -> None:
        """Make the mistake in a rendered repository. Raises ValueError when it no longer fits."""
        path = tree / "src" / "auth" / self.file
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        if text.count(self.find) != 1:
            raise ValueError(f"{self.id}: {self.file} holds the text {text.count(self.find)} times")
        path.write_text(text.replace(self.find, self.put), encoding="utf-8")

    def wrong(self, proofs: Iterable[Proof]) -> Iterator[str]:
        """What is wrong with the attack's answers: properties that slept, or cried for nothing."""
        for proof in proofs:
            if proof.id in self.caught_by and proof.outcome != "failed":
                yield f"{proof.id} is {proof.outcome} ({proof.reason or 'no reason'})"
            elif proof.outcome == "failed" and not self.may(proof.id):
                yield f"{proof.id} failed with it: {proof.reason}"


@cache
def twins() -> tuple[Twin, ...]:
    """All twins, in the order of their file."""
    return tuple(
        Twin(**{**one, **{name: tuple(one.get(name, ())) for name in ("caught_by", "may_fail")}})
        for one in read_yaml((HERE / "twins.yaml").read_bytes(), "twins.yaml").data
    )


def attack(twin: Twin | None, python: Path, ids: Iterable[str]) -> tuple[Proof, ...]:
    """Render a host, break it (or not), and attack it; nothing of it is left behind."""
    with tempfile.TemporaryDirectory(prefix="twin-", dir=_SCRATCH) as place:
        tree, folder = Path(place, "tree"), Path(place, "run")
        tree.mkdir()
        folder.mkdir()
        answers = dict(twin.answers) if twin else {}
        with _RENDERING:
            make_host(tree, answers)
        if twin:
            twin.break_(tree)
        order = Order("src.main:app", "fastapi", package="src.auth", answers=answers,
                      ids=tuple(ids), full=True)  # fmt: skip
        return carry_out(order, python, tree, folder, lambda _proof: None).proofs


def survived(twin: Twin, python: Path) -> list[str]:
    """Why a twin was not killed as it should be; empty when it was."""
    return list(twin.wrong(attack(twin, python, twin.asked)))
