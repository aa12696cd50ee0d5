"""A host that admits no Python that a pattern works with is refused; one that is older is told."""

from __future__ import annotations

from dataclasses import replace

import pytest
from plain_host import PLAIN

from orchestrator.adapters.patterns.catalogue import Catalogue
from orchestrator.core.host.host import Manifest, Observation
from orchestrator.core.host.pythons import minors
from orchestrator.core.pattern.pattern import Pattern
from orchestrator.core.proposal.python_floor import python_floor
from orchestrator.core.proposal.skill import Missing

PATTERN = next(one for one in Catalogue(None).all() if one.name == "jwt-auth")


def told(requires_python: str, pattern: Pattern = PATTERN) -> Observation | Missing | None:
    manifest = Manifest("pyproject.toml", "pep621", (), requires_python=requires_python)
    return python_floor(replace(PLAIN, manifest=manifest), [pattern])


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        (">=3.9", 9, 99),
        (">=3.9,<3.12", 9, 11),
        (">=3.9, <=3.12", 9, 12),
        ("^3.10", 10, 99),
        ("~3.10", 10, 10),
        ("~=3.9", 9, 99),
        ("~=3.9.2", 9, 9),
        ("==3.12.*", 12, 12),
        ("3.12", 12, 12),
        ("<3.11.4", 0, 11),
        ("<3.11.0", 0, 10),
        (">3.8,!=3.9.1,<4", 8, 99),
        ("", 0, 99),
        ("*", 0, 99),
    ],
)
def test_the_admitted_versions_are_those_of_which_a_release_is(
    text: str, first: int, last: int
) -> None:
    assert minors(text) == frozenset(range(first, last + 1))


@pytest.mark.parametrize("text", [">=2.7", "^3.9 || ^3.11", "new", ">=3.9 <4", ">=4"])
def test_what_is_not_understood_is_not_guessed(text: str) -> None:
    assert minors(text) is None
    assert told(text) is None


@pytest.mark.parametrize("text", ["<3.11", "==3.10.*", ">=3.8,<3.11", "~3.9"])
def test_a_host_that_admits_no_python_of_the_pattern_lacks_one(text: str) -> None:
    found = told(text)
    assert isinstance(found, Missing)
    assert (found.input, text in found.because) == ("pattern_fits", True)
    assert "let pyproject.toml allow Python 3.11" in found.unblock


@pytest.mark.parametrize("text", [">=3.9", "^3.8", ">=3.10,<3.14"])
def test_a_host_that_promises_older_ones_too_is_told(text: str) -> None:
    found = told(text)
    assert isinstance(found, Observation)
    assert (found.decision, str(found.place)) == ("note", "pyproject.toml")
    assert f"{text} promises older ones too" in found.because


@pytest.mark.parametrize("text", [">=3.11", ">=3.12,<4", "^3.11", "==3.13.*", ""])
def test_a_host_that_is_new_enough_hears_nothing(text: str) -> None:
    assert told(text) is None
    assert python_floor(PLAIN, [PATTERN]) is None


def test_a_pattern_that_says_nothing_asks_nothing() -> None:
    silent = PATTERN.manifest.model_copy(update={"python": ""})
    assert told("<3.11", PATTERN.model_copy(update={"manifest": silent})) is None
