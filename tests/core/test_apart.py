"""New URL paths and test modules keep apart from the host's."""

from __future__ import annotations

from dataclasses import replace

import pytest
from host_trees import survey

from orchestrator.core.host.host import Host, Place
from orchestrator.core.pattern.answers import Answer
from orchestrator.core.proposal.apart import TestsPlace, apart_from_routes, apart_from_tests

FILES = ("{{ tests_path }}/test_auth.py", "{{ tests_path }}/conftest.py")


@pytest.fixture
def host() -> Host:
    app = "from fastapi import FastAPI\napp = FastAPI()\n"
    return survey({"main.py": app, "tests/test_main.py": ""})


def with_routes(host: Host, *routes: str) -> Host:
    return replace(host, taken_routes=tuple((route, Place("main.py", 9)) for route in routes))


def test_without_a_clash_tests_go_where_the_host_has_them(host: Host) -> None:
    assert apart_from_tests(host, FILES) == (TestsPlace("tests/auth", are_package=False), ())


def test_a_test_module_of_the_same_name_moves_ours_into_a_package(host: Host) -> None:
    theirs = replace(host, paths=host.paths | {"tests/api/test_auth.py"})
    place, (seen,) = apart_from_tests(theirs, FILES)
    assert place == TestsPlace("tests/auth_tests", are_package=True)
    assert (seen.decision, seen.place) == ("choose another", Place("tests/api/test_auth.py"))


def test_a_conftest_of_the_same_name_is_no_clash(host: Host) -> None:
    theirs = replace(host, paths=host.paths | {"tests/conftest.py"})
    assert apart_from_tests(theirs, FILES)[1] == ()


def test_inside_a_package_of_tests_equal_names_do_not_clash(host: Host) -> None:
    theirs = replace(
        host, tests_are_package=True, paths=host.paths | {"tests/__init__.py", "tests/test_auth.py"}
    )
    assert apart_from_tests(theirs, FILES) == (TestsPlace("tests/auth", are_package=True), ())


@pytest.mark.parametrize("route", ["/auth", "/auth/login", "/auth/{id}"])
def test_a_default_path_that_is_taken_gives_way(host: Host, route: str) -> None:
    prefix = Answer("prefix", "/auth", "default")
    settled, (seen,), bad = apart_from_routes(with_routes(host, route, "/auth-api"), [prefix])
    assert settled == (Answer("prefix", "/auth-2", "detected"),)
    assert (seen.decision, seen.place) == ("choose another", Place("main.py", 9))
    assert bad == ()


@pytest.mark.parametrize("route", ["/authors", "/api/auth", "/"])
def test_a_path_beside_it_is_not_taken(host: Host, route: str) -> None:
    answers = (Answer("prefix", "/auth", "default"), Answer("roles", True, "default"))
    assert apart_from_routes(with_routes(host, route), answers) == (answers, (), ())


@pytest.mark.parametrize("origin", ["command line", "story"])
def test_a_path_that_was_asked_for_is_named_and_not_changed(host: Host, origin: str) -> None:
    alias = Answer("me_alias", "/users/me", origin)
    settled, seen, (bad,) = apart_from_routes(with_routes(host, "/users/me"), [alias])
    assert (settled, seen) == ((alias,), ())
    assert "main.py:9" in bad.because
    assert bad.remedy == "answer me_alias=/users/me-api"
