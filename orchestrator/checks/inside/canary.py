"""Planted beside the generated tests: a harness that reports these as passed tells lies."""

import pytest


@pytest.fixture
def broken() -> None:
    raise RuntimeError("the canary's fixture must fail")


def test_that_must_fail() -> None:
    pytest.fail("the canary must fail")


@pytest.mark.usefixtures("broken")
def test_that_must_error() -> None:
    """Never reached."""


def test_that_must_pass() -> None:
    """Nothing can go wrong here."""
