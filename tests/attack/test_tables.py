"""A look into the database says the same of SQLite and of PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from servers import program

from orchestrator.attack.judging.proving import NotPossible
from orchestrator.attack.surroundings.stores import Stores, stores_here
from orchestrator.attack.surroundings.tables import NoSuchTable, Tables, tables


@pytest.fixture(params=["sqlite", "postgres"])
def shelf(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Tables]:
    """A table of two accounts."""
    stores = Stores()
    try:
        if request.param == "postgres" and "postgres" not in stores_here():
            pytest.skip("NOT RUN: PostgreSQL is not installed (no program initdb)")
        named = tables(
            stores.postgres() if request.param == "postgres" else f"sqlite:///{tmp_path}/a"
        )
        named.write("CREATE TABLE auth_users (id VARCHAR(9), ok BOOLEAN, roles JSON, at FLOAT)")
        for name in ("ada", "bob"):
            named.write("INSERT INTO auth_users VALUES (?, TRUE, '[]', ?)", name, 1.5)
        yield named
    finally:
        stores.close()


def test_rows_are_values_in_the_order_of_the_query(shelf: Tables) -> None:
    query = "SELECT at, id, ok, id FROM auth_users WHERE id = ? AND at > ?"
    assert shelf.rows(query, "bob", 1) == [(1.5, "bob", True, "bob")]
    assert shelf.rows(query, "bob", 2) == []
    assert shelf.rows("SELECT count(*) FROM auth_users") == [(2,)]


@pytest.mark.parametrize("odd", ["x' OR '1'='1", 'a"b', "it's", ":'value1'", "a\\b", "?", "é\n"])
def test_a_value_is_never_part_of_the_statement(shelf: Tables, odd: str) -> None:
    query = "SELECT id FROM auth_users WHERE id = ? OR id = ?"
    assert shelf.rows(query, odd, "ada") == [("ada",)]
    shelf.write("UPDATE auth_users SET id = ? WHERE id = ?", odd[:9], "ada")
    assert shelf.rows(query, odd[:9], "nobody") == [(odd[:9],)]


def test_a_change_is_there_for_others(shelf: Tables) -> None:
    shelf.write("UPDATE auth_users SET ok = FALSE, roles = ? WHERE id = ?", '["admin"]', "ada")
    (row,) = shelf.rows("SELECT ok, roles FROM auth_users WHERE id = ?", "ada")
    assert row[0] in (0, False)
    assert row[1] in (["admin"], '["admin"]')


def test_names_and_dump_tell_everything(shelf: Tables) -> None:
    assert shelf.names() == ["auth_users"]
    assert "'bob'" in shelf.dump()
    assert "'eve'" not in shelf.dump()


def test_a_missing_table_has_an_error_of_its_own(shelf: Tables) -> None:
    for ask in (shelf.rows, shelf.write):
        with pytest.raises(NoSuchTable):
            ask("SELECT * FROM nowhere")


def test_another_fault_is_not_taken_for_it(shelf: Tables) -> None:
    with pytest.raises(Exception, match="missing") as caught:
        shelf.rows("SELECT missing FROM auth_users")
    assert not isinstance(caught.value, NoSuchTable)


def test_other_stores_cannot_be_looked_into() -> None:
    with pytest.raises(NotPossible):
        tables("mysql://somewhere/db")


def test_a_driver_in_the_address_is_no_hindrance() -> None:
    if program("psql") is None:
        pytest.skip("NOT RUN: PostgreSQL is not installed (no program psql)")
    with pytest.raises(RuntimeError, match="refused"):
        tables("postgresql+psycopg://auth@127.0.0.1:1/none").rows("SELECT 1")
