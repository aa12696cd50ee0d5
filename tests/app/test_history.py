"""`log` and `show`: what the log says, by story, by entry, by a part of an entry."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from orchestrator.app.keeping.history import attempts, log, show
from orchestrator.core.errors import CannotAnswer, IntegrityBroken, UsageProblem
from tests.record_factory import STORY, Made, make, ports_of, publish

FIRST = make()
SECOND = make(lamport=2, parents=(FIRST.digest,), from_="IMPLEMENTED", to="REVIEWED")
TRIED = make(kind="attempt", to="DESIGNED", lamport=1)


@pytest.fixture
def ports(tmp_path: Path) -> Any:
    """A story with two transitions and one attempt."""
    found = ports_of(publish(tmp_path, FIRST, SECOND))
    evidence = {f"evidence/{name}": stored for name, stored in TRIED.blobs.items()}
    tried = {"record.json": TRIED.raw, **evidence}
    kept = ((f"{STORY}/20260301-ab", tried), (f"{STORY}/20260302-cd", {}))
    found.runs.all = lambda story: kept
    return found


def test_the_log_lists_entries_in_their_order(ports: Any) -> None:
    (history,) = log(ports, None)
    assert [entry.name for entry in history.entries] == [FIRST.name, SECOND.name]
    assert log(ports, STORY) == (history,)


def test_a_story_without_a_log_is_said_to_have_none(ports: Any) -> None:
    with pytest.raises(CannotAnswer, match="OTHER-1 has no log"):
        log(ports, "OTHER-1")


def test_a_broken_log_is_not_listed(ports: Any) -> None:
    file = ports.root / ".orchestrator/log" / STORY / f"{FIRST.name}.json"
    file.unlink()
    with pytest.raises(IntegrityBroken, match="is missing"):
        log(ports, None)


def test_attempts_are_listed_even_when_one_cannot_be_read(ports: Any) -> None:
    assert [one.record for one in attempts(ports, STORY)] == [TRIED.record, None]


@pytest.mark.parametrize(
    ("ref", "made"),
    [
        (STORY, SECOND),
        (FIRST.name, FIRST),
        (FIRST.name.partition("-")[2], FIRST),
        (SECOND.name.partition("-")[2][:8], SECOND),
        ("000001", FIRST),
        (f"{STORY}/20260301-ab", TRIED),
        (TRIED.name, TRIED),
    ],
)
def test_a_record_is_found_by_story_name_or_attempt(ports: Any, ref: str, made: Made) -> None:
    found = show(ports, ref)
    assert (found.name, found.record, found.part) == (made.name, made.record, None)


@pytest.mark.parametrize(
    ("part", "key"),
    [("tests", "predicate"), ("gate", "conditions"), ("pattern/jwt-auth", "version")],
)
def test_a_part_of_an_entry_is_found_by_what_reports_quote(ports: Any, part: str, key: str) -> None:
    assert key in show(ports, f"{FIRST.name}#{part}").part


def test_the_evidence_of_an_attempt_is_found_by_what_its_report_quotes(ports: Any) -> None:
    assert show(ports, f"{TRIED.name}#tests").part["predicate"]["result"] == "PASSED"


def test_requirements_and_files_are_parts_too(ports: Any) -> None:
    assert show(ports, f"{STORY}#requirements").part[0]["id"] == "AUTH-001"
    assert show(ports, f"{STORY}#files").part[0]["path"] == "src/auth/login.py"


@pytest.mark.parametrize(
    "ref", ["NOPE-1", "0", "ffffffff", f"{STORY}/nothing", f"{STORY}/20260302-cd"]
)
def test_what_is_not_there_is_a_question_that_cannot_be_answered(ports: Any, ref: str) -> None:
    with pytest.raises(CannotAnswer):
        show(ports, ref)


@pytest.mark.parametrize("ref", ["0000", f"{STORY}#nothing"])
def test_what_is_unclear_is_a_usage_problem(ports: Any, ref: str) -> None:
    with pytest.raises(UsageProblem):
        show(ports, ref)
