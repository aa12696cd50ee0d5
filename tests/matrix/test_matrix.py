"""Every two choices meet in a cell of the matrix, and some cells are tried on each landing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from auth_patterns import pattern
from cell import ANSWERS, Cell, axes, cells, installed_pythons
from pairs import all_pairs, pairs_of, rows
from stores import Stores, running_stores
from trying import Red, try_cell, unbroken

from orchestrator.attack.judging.results import Proof, Result

_PYTHONS = {version: Path(f"python{version}") for version in ("3.11", "3.12", "3.13")}


def test_every_two_values_meet() -> None:
    found = list(rows(axes(_PYTHONS)))
    met = {pair for row in found for pair in pairs_of(row)}
    assert met == all_pairs(axes(_PYTHONS))
    assert len(found) < 25


@pytest.mark.parametrize("sizes", [(2, 2), (2, 3, 4), (3, 3, 3, 3), (2, 2, 2, 2, 2, 2, 5)])
def test_every_two_values_meet_whatever_the_axes(sizes: tuple[int, ...]) -> None:
    given = {f"axis{n}": [f"{n}.{value}" for value in range(size)] for n, size in enumerate(sizes)}
    found = list(rows(given))
    assert {pair for row in found for pair in pairs_of(row)} == all_pairs(given)
    assert all(set(row) == set(given) for row in found)


def test_a_pair_that_never_meets_would_be_seen() -> None:
    given = {"a": ["1", "2"], "b": ["3", "4"]}
    found = list(rows(given))[1:]
    assert {pair for row in found for pair in pairs_of(row)} != all_pairs(given)


def test_the_answers_of_the_axes_are_questions_with_all_their_choices() -> None:
    asked = {question.name: question for question in pattern("jwt-auth").questions}
    for name in set(ANSWERS) & set(asked):
        assert set(axes(_PYTHONS)[name]) == set(map(str, asked[name].choices))


def test_a_cell_has_a_name_of_its_own_and_says_which_releases() -> None:
    found = cells(_PYTHONS)
    assert len({one.name for one in found}) == len(found)
    for one in found:
        exact = "sqlalchemy==" in " ".join(one.requirements)
        assert exact is (one.values["sqlalchemy"] == "oldest")


def test_a_cell_without_its_server_says_which_one_is_missing() -> None:
    lacking = {Stores().lacking(one) for one in cells(_PYTHONS)}
    assert lacking == {"", "PostgreSQL is not installed", "Redis is not installed"}


def test_an_attack_that_fails_or_proves_nothing_is_red() -> None:
    passed, failed = Proof("TOK-01", "passed"), Proof("TOK-02", "failed", "it came in")
    assert unbroken(Result((passed,))) == Result((passed,)).summary
    with pytest.raises(Red, match="TOK-02: it came in"):
        unbroken(Result((passed, failed)))
    with pytest.raises(Red):
        unbroken(Result((Proof("TOK-01", "not_checked", "budget"),)))


@pytest.fixture(scope="session")
def stores() -> Iterator[Stores]:
    """The servers that are installed."""
    with ExitStack() as stack:
        yield running_stores(stack)


def _cell(answers: dict[str, str]) -> Cell:
    """A cell of these answers on the oldest Python, with the newest framework."""
    python = next(iter(installed_pythons()))
    known = {name: values[0] for name, values in axes({python: Path()}).items()}
    return Cell(0, {**known, "framework_age": "newest", **answers})


@pytest.mark.slow
@pytest.mark.whole
def test_the_attack_fails_nowhere_in_a_cell(stores: Stores, tmp_path: Path) -> None:
    cell = _cell({"framework": "flask", "transport": "both", "signing": "EdDSA"})
    parts = try_cell(cell, tmp_path, stores, full=False, tests=False)
    assert list(parts) == ["format", "environment", "types", "ages", "attack"]
