"""Every property gets exactly one answer, and only a probe that returned makes it proven."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from orchestrator.attack import running
from orchestrator.attack.judging.catalogue import Property, catalogue
from orchestrator.attack.judging.proving import Failure, NotPossible, Probe
from orchestrator.attack.judging.results import Proof, Result
from orchestrator.attack.rig import OutOfTime, Rig
from orchestrator.attack.running import Plan
from orchestrator.attack.subject.server import Application


def _rig(folder: Path, deadline: float | None = None) -> Rig:
    application = Application(Path("python"), folder, "app:app", "fastapi")
    return Rig(application, {"signing": "HS256"}, folder, deadline=deadline)


def _raising(error: Exception) -> Callable[[Rig], None]:
    def attack(rig: Rig) -> None:
        raise error

    return attack


ATTACKS = {
    "A-1": (lambda rig: None, "passed", ""),
    "A-2": (_raising(Failure("it got in")), "failed", "it got in"),
    "A-3": (_raising(NotPossible("no clock")), "not_checked", "no clock"),
    "A-4": (_raising(OutOfTime("budget")), "not_checked", "budget"),
    "A-5": (_raising(KeyError("token")), "failed", "the probe broke: KeyError('token')"),
}
UNASKED = {
    "B-1": (Property("B-1", 1, "x", absent="not chosen"), "not_applicable", "not chosen"),
    "B-2": (Property("B-2", 1, "x", needs=("redis",)), "not_checked", "there is no redis here"),
    "B-3": (Property("B-3", 1, "x", full=True), "not_checked", "left to the full run"),
    "B-4": (Property("B-4", 1, "x"), "not_checked", "no probe is written for it"),
}


@pytest.fixture
def probes(monkeypatch: pytest.MonkeyPatch) -> dict[str, Probe]:
    known = {id_: Probe((id_,), attack) for id_, (attack, _, _) in ATTACKS.items()}
    known |= {id_: Probe((id_,), _raising(AssertionError())) for id_ in ("B-1", "B-2", "B-3")}
    monkeypatch.setattr(running, "load_probes", lambda: known)
    return known


def _run(rig: Rig, *properties: Property) -> list[Proof]:
    return running.run(Plan(properties, {}, frozenset()), rig, lambda proof: None)


@pytest.mark.usefixtures("probes")
@pytest.mark.parametrize("id_", ATTACKS)
def test_an_attack_ends_as_it_says(tmp_path: Path, id_: str) -> None:
    _, outcome, reason = ATTACKS[id_]
    (proof,) = _run(_rig(tmp_path), Property(id_, 1, "x"))
    assert (proof.id, proof.outcome, proof.reason) == (id_, outcome, reason)


@pytest.mark.usefixtures("probes")
@pytest.mark.parametrize("id_", UNASKED)
def test_what_cannot_be_asked_is_told_apart(tmp_path: Path, id_: str) -> None:
    one, outcome, reason = UNASKED[id_]
    (proof,) = _run(_rig(tmp_path), one)
    assert (proof.outcome, proof.reason) == (outcome, reason)


@pytest.mark.usefixtures("probes")
def test_every_property_is_answered_once_in_order(tmp_path: Path) -> None:
    asked = [*(Property(id_, 1, "x") for id_ in ATTACKS), *(one for one, _, _ in UNASKED.values())]
    proofs = _run(_rig(tmp_path), *asked)
    assert [proof.id for proof in proofs] == [one.id for one in asked]
    assert Result(tuple(proofs)).summary == (
        "properties proven 1/8 applicable, 5 not_checked, 1 not applicable"
    )


@pytest.mark.usefixtures("probes")
def test_without_budget_nothing_is_proven(tmp_path: Path) -> None:
    proofs = _run(_rig(tmp_path, time.monotonic() - 1), Property("A-1", 1, "x"))
    assert [(one.outcome, one.reason) for one in proofs] == [("not_checked", "budget")]


def test_what_looks_at_all_the_rest_has_time_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = {id_: Probe((id_,), lambda rig: None, last=id_ == "L") for id_ in ("A", "L")}
    monkeypatch.setattr(running, "load_probes", lambda: known)
    application = Application(Path("python"), tmp_path, "app:app", "fastapi")
    rig = Rig(application, {"signing": "HS256"}, tmp_path, deadline=time.monotonic() + 9, kept=10)
    found = _run(rig, Property("A", 1, "x"), Property("L", 1, "x"))
    assert [(one.id, one.outcome) for one in found] == [("A", "not_checked"), ("L", "passed")]


def test_quiet_probes_come_after_the_others_and_last_ones_at_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    known = {
        id_: Probe((id_,), lambda rig, id_=id_: order.append(id_), quiet, last)  # type: ignore[misc]
        for id_, quiet, last in (("L", False, True), ("Q", True, False), ("A", False, False))
    }
    monkeypatch.setattr(running, "load_probes", lambda: known)
    _run(_rig(tmp_path), *(Property(id_, 1, "x") for id_ in ("L", "Q", "A")))
    assert order == ["A", "Q", "L"]


def test_addresses_are_all_different_and_of_the_loopback(tmp_path: Path) -> None:
    rig = _rig(tmp_path)
    found = [rig.address() for _ in range(20_000)]
    assert len(set(found)) == len(found)
    parts = [[int(part) for part in one.split(".")] for one in found]
    assert all(one[0] == 127 and 0 < one[3] < 255 and max(one) < 256 for one in parts)
    assert "127.0.0.1" not in found


def test_a_probe_of_two_properties_runs_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs: list[Rig] = []
    probe = Probe(("A-1", "A-2"), runs.append)
    monkeypatch.setattr(running, "load_probes", lambda: {"A-1": probe, "A-2": probe})
    proofs = _run(_rig(tmp_path), Property("A-1", 1, "x"), Property("A-2", 1, "x"))
    assert [(one.id, one.outcome) for one in proofs] == [("A-1", "passed"), ("A-2", "passed")]
    assert len(runs) == 1


def test_what_no_attack_can_look_at_is_not_checked_and_says_why(tmp_path: Path) -> None:
    unseen = Property("C-1", 1, "x", unseen="it takes two releases")
    (proof,) = running.run(Plan((unseen,), {}, frozenset()), _rig(tmp_path), lambda _proof: None)
    assert (proof.outcome, proof.reason) == ("not_checked", "it takes two releases")


def test_every_property_of_the_catalogue_has_a_probe() -> None:
    probes = running.load_probes()
    wanted = {one.id for one in catalogue().properties if not (one.absent or one.unseen)}
    assert set(probes) == wanted
