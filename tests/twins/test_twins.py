"""Do the probes bite? Every family has twins that must be caught; some of them on each landing."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from auth_patterns import make_host
from twin import CONTROLS, Twin, attack, survived, twins
from twin_environment import make_environment

from orchestrator.attack.judging.catalogue import catalogue
from orchestrator.attack.judging.results import Proof

SAMPLE = (
    "tok-audience-not-checked",
    "log-unknown-accounts-told",
    "rst-sessions-go-on",
    "ref-reuse-ends-nothing",
    "rat-own-login-launders",
    "ses-anybody-ends-any",
)
FEWEST, A_FAMILY = 40, 2


def test_there_are_enough_of_them() -> None:
    names = Counter(one.id for one in twins())
    assert max(names.values()) == 1
    assert len(names) >= FEWEST


def test_every_family_of_properties_has_two() -> None:
    counted = Counter(one.family for one in twins())
    wanted = {one.family for one in catalogue().properties if not one.absent}
    assert {family for family in wanted if counted[family] < A_FAMILY} == set()


@pytest.mark.parametrize("twin", twins(), ids=lambda one: one.id)
def test_a_twin_fits_the_code_and_names_properties(twin: Twin, tmp_path: Path) -> None:
    known = {one.id for one in catalogue().properties}
    families = {one.family for one in catalogue().properties}
    assert set(twin.caught_by) <= known
    assert twin.caught_by
    assert set(twin.may_fail) <= known | families
    make_host(tmp_path, dict(twin.answers))
    twin.break_(tmp_path)
    compile((tmp_path / "src" / "auth" / twin.file).read_text(), twin.file, "exec")


def test_a_twin_that_no_longer_fits_is_an_error(tmp_path: Path) -> None:
    make_host(tmp_path, {})
    gone = Twin("gone", "jwt_auth.py", "a text that is not there", "", ("TOK-01",))
    with pytest.raises(ValueError, match="0 times"):
        gone.break_(tmp_path)


def test_a_sleeping_probe_and_a_false_alarm_are_both_wrong() -> None:
    twin = Twin("t", "f", "a", "b", ("TOK-01",), ("REF",))
    slept = Proof("TOK-01", "passed")
    assert "TOK-01 is passed" in next(twin.wrong([slept]))
    assert "LOG-01 failed with it" in next(twin.wrong([Proof("LOG-01", "failed", "x")]))
    fine = [
        Proof("TOK-01", "failed", "x"),
        Proof("REF-02", "failed", "x"),
        Proof("OUT-01", "passed"),
    ]
    assert list(twin.wrong(fine)) == []


@pytest.fixture(scope="session")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_environment(tmp_path_factory.mktemp("environment") / "venv")


@pytest.mark.slow
@pytest.mark.parametrize(
    "twin", [one for one in twins() if one.id in SAMPLE], ids=lambda one: one.id
)
def test_a_sample_of_twins_is_killed(twin: Twin, python: Path) -> None:
    assert survived(twin, python) == []


@pytest.mark.slow
def test_the_true_module_passes_where_the_sample_fails(python: Path) -> None:
    asked = {identity for one in twins() if one.id in SAMPLE for identity in one.caught_by}
    proofs = attack(None, python, sorted({*asked, *CONTROLS}))
    assert {one.id: one.reason for one in proofs if one.outcome != "passed"} == {}
