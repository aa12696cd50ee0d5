"""The catalogue: complete, unambiguous, and every probe belongs to one of its properties."""

from __future__ import annotations

import re

import pytest

from orchestrator.attack.judging.catalogue import Property, catalogue
from orchestrator.attack.judging.proving import proves
from orchestrator.attack.loading import load_probes

SIZES = {1: 34, 2: 13, 3: 28, 4: 22, 5: 12, 6: 25, 7: 20, 8: 16, 9: 20, 10: 10, 11: 9}
NEEDS = {"outside", "accounts", "peek", "workers", "provider", "redis", "postgres"}
SIZES |= {12: 10, 13: 8, 14: 22, 15: 6, 16: 12, 17: 10, 18: 6}


def test_every_section_has_all_its_properties_once() -> None:
    book = catalogue()
    found = {number: [p.id for p in book.properties if p.section == number] for number in SIZES}
    assert {number: len(ids) for number, ids in found.items()} == SIZES
    assert len(set(book.ids)) == len(book.ids) == sum(SIZES.values())
    assert set(book.titles) == set(SIZES)


def test_every_property_is_well_formed() -> None:
    for one in catalogue().properties:
        assert re.fullmatch(r"[A-Z]{3}-\d\d", one.id)
        assert one.says
        assert all(re.fullmatch(r"\d{1,2}\.\d{1,2}\.\d{1,2}", asvs) for asvs in one.asvs), one.id
        assert set(one.needs) <= NEEDS
        assert ("accounts" in one.needs) <= one.provable_from_outside


def test_conditions_speak_of_answers_that_have_an_assumed_value() -> None:
    book = catalogue()
    for one in book.properties:
        assert set(one.when) <= set(book.assumed), one.id


def test_every_probe_proves_a_property_of_the_catalogue() -> None:
    assert set(load_probes()) <= set(catalogue().ids)


def test_a_second_probe_for_a_property_is_refused() -> None:
    load_probes()
    with pytest.raises(ValueError, match="two probes prove TOK-01"):
        proves("TOK-01")(lambda rig: None)


@pytest.mark.parametrize(
    ("answers", "applies"),
    [
        ({"roles": True}, True),
        ({"roles": False}, False),
        ({"roles": "true"}, True),
        ({}, False),
    ],
)
def test_a_property_applies_under_the_answers_it_names(
    answers: dict[str, object], applies: bool
) -> None:
    one = Property("TOK-33", 1, "x", when={"roles": ("true",)})
    assert (one.not_applicable(answers) == "") is applies


def test_one_of_a_list_of_answers_is_enough() -> None:
    one = Property("OAU-01", 14, "x", when={"oauth": ("google", "oidc")})
    assert one.not_applicable({"oauth": ["github", "oidc"]}) == ""
    assert one.not_applicable({"oauth": ["github"]}) == (
        "oauth is github; it speaks of google or oidc"
    )
    assert one.not_applicable({"oauth": []}) == "oauth is none; it speaks of google or oidc"


def test_families_and_ids_choose() -> None:
    book = catalogue()
    assert [one.id for one in book.chosen(["TOK-02", "MFA"])][:2] == ["TOK-02", "MFA-01"]
    assert len(book.chosen([])) == len(book.ids)
    assert book.unknown(["TOK", "TOK-99", "tok"]) == ("TOK-99", "tok")
