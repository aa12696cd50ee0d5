"""The canonical report: short lines, one form, and no figure without its evidence."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.core.record.record import (
    DependencyData,
    DocumentData,
    FigureData,
    FileData,
    ObservationData,
    Record,
    RiskData,
    decode,
)
from orchestrator.report.entry import WIDTH, Entry, Evidence, FollowUp, Link, Risk
from orchestrator.report.parse import parse_log
from orchestrator.report.phrases import figure_text, percent
from orchestrator.report.say import entry_of
from orchestrator.report.text import render_entry, render_report, wrapped
from tests.record_factory import NUMBERS, Made, make

word = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=60)
role = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=30)
phrase = st.lists(word, min_size=1, max_size=30).map(" ".join)
ref = st.from_regex(r"[A-Za-z0-9_./:#-]{1,90}", fullmatch=True)
anything = st.text(min_size=1, max_size=300)

risks = st.builds(Risk, phrase, role, phrase, done=st.booleans()) | st.builds(
    Risk, st.just(""), role, phrase, names=st.lists(role, min_size=2, max_size=3).map(tuple)
)
entries = st.builds(
    Entry,
    tag=st.from_regex(r"[a-z]{1,20}([.-][a-z]{1,9}){0,2}", fullmatch=True),
    actor=role,
    date=st.sampled_from(["", "2026-02-03"]),
    keyword=st.sampled_from(["TRANSITION", "PROGRESS"]),
    mode=st.sampled_from(["strict", "tolerant", "branch", ""]),
    from_state=role,
    to_state=role,
    why=st.lists(phrase, max_size=3).map(tuple),
    title=phrase,
    summary=phrase | st.just(""),
    inputs=phrase | st.just(""),
    evidence=st.lists(
        st.builds(Evidence, phrase | st.just(""), phrase, st.lists(ref, max_size=9).map(tuple)),
        max_size=3,
    ).map(tuple),
    risks=st.lists(risks, max_size=3).map(tuple),
    next_steps=phrase | st.just(""),
    documents=st.lists(st.builds(Link, phrase, ref), max_size=2).map(tuple),
    follow_ups=st.lists(
        st.builds(FollowUp, phrase, role, st.just("2026-04-01"), done=st.booleans()), max_size=3
    ).map(tuple),
)


def lines(text: str) -> list[str]:
    """The lines without the empty one after the last line feed."""
    return text.removesuffix("\n").split("\n")


@given(entries)
@settings(max_examples=150, deadline=None)
def test_what_is_rendered_is_read_back_the_same(entry: Entry) -> None:
    text = render_entry(entry)
    assert parse_log(text) == ((entry,), ())
    assert all(len(line) <= WIDTH for line in lines(text))


@given(anything, anything, anything, st.booleans())
@settings(max_examples=150, deadline=None)
def test_hostile_words_in_a_record_change_no_other_field(
    one: str, two: str, three: str, passed: bool
) -> None:
    made = make(
        numbers=NUMBERS if passed else NUMBERS.replace(b"failed 0", b"failed 3"),
        title=one,
        next_steps=two,
        notes=(three,),
        words=(one, two),
        risks=(RiskData(text=one, owner=two, mitigation=three),),
        observations=(ObservationData(subject=one, decision="map", because=two, place=three),),
        documents=(
            DocumentData(title=one, url=three, claim=two, checked_on=one, origin="pattern"),
        ),
        files=(FileData(path=three, change="create", sha256="0" * 64, pristine="0" * 40),),
    )
    text = render_report(made.record, "000001-0123456789abcdef")
    assert all(len(line) <= WIDTH for line in lines(text))
    (entry,), unreadable = parse_log(text)
    assert unreadable == ()
    assert render_entry(entry) == text
    assert (entry.from_state, entry.to_state, entry.mode) == ("DESIGNED", "IMPLEMENTED", "tolerant")
    assert len(entry.evidence) == len(entry_of(made.record, "x").evidence)


def test_a_report_is_the_same_before_and_after_the_record_was_stored() -> None:
    made = make()
    assert render_report(decode(made.raw), made.name) == render_report(made.record, made.name)
    assert render_report(made.record, f"{made.name}.json") == render_report(made.record, made.name)


def test_the_report_has_the_lines_that_people_look_for() -> None:
    made = make()
    text = render_report(made.record, made.name)
    expected = (
        "[TRANSITION|code-development] by tech-lead\nMODE: tolerant\nFROM_STATE: DESIGNED\n"
        "TO_STATE: IMPLEMENTED\nWHY:\n- "
    )
    assert text.startswith(expected)
    for line in (
        "=== Code Development ===",
        'inputs: language=python search_patterns=["authentication", "jwt"] quality_gate=standard',
        f"evidence: tests|result=passed 148/148, failed 0/148 (must be 0), examined 2/2"
        f"|ref={made.name}#tests",
        f"evidence: coverage|result=passed, branch 96.2% 203/211 (at least 80%), examined 1/1"
        f"|ref={made.name}#coverage",
        "evidence: implementation|result=complete 2 files|ref=src/auth/login.py,src/main.py",
        "evidence: memory|result=adopt app object `app`: FastAPI() is made there"
        "|ref=src/main.py#L12",
        "risks: [ ]keys are not rotated|owner=tech-lead|mitigation=rotate by hand",
        "=== END Code Development ===",
        "- review the token lifetime - owner=qa - due=2026-03-08",
    ):
        assert line in lines(text)


def test_what_was_not_checked_is_printed_with_its_reason() -> None:
    text = unwrapped(make())
    assert "evidence: host_tests|result=not_checked: the host's tests cannot run here" in text
    assert "- tolerated: host: host_tests.regressions (must be 0: not_checked)" in text
    assert "evidence: requirement AUTH-002|result=unmatched|ref=" in text


def test_a_condition_whose_check_never_ran_is_printed_too() -> None:
    made = make()
    checks = tuple(one for one in made.record.checks if one.name != "host_tests")
    record = made.record.model_copy(update={"checks": checks})
    text = unwrapped(dataclasses.replace(made, record=record))
    assert "evidence: host_tests.regressions|result=not_checked: " in text


def test_a_closed_gate_says_what_was_not_held() -> None:
    text = unwrapped(make(numbers=b"tests failed 24 111\ncoverage branch 799 1000\n"))
    assert "- policy: the gate is closed, failed standard, conditions held 0/3" in text
    assert "- not held: branches: coverage.branch 79.9% 799/1000 (at least 80%: failed)" in text
    assert "- not held: tests-fail: tests.failed 24/111 (must be 0: failed)" in text


def test_notes_and_documents_say_what_they_rest_on() -> None:
    text = unwrapped(make())
    assert "- note: unsigned: tamper-evident against the last anchor; author not auth" in text
    assert (
        "evidence: document|result=RFC 7519: a token has an issuer; cited by the pattern, "
        "nothing fetched, checked on 2026-02-01, 28 days before this|ref=https://" in text
    )


def unwrapped(made: Made) -> str:
    """A report with every broken line in one piece."""
    return re.sub(r"\n  (?=\S)", " ", render_report(made.record, made.name))


NUMBER = re.compile(r"\d+(?:\.\d+)?%|\b\d+/\d+|\b\d+(?= files?\b)")


@pytest.mark.parametrize("numbers", [NUMBERS, b"tests failed 24 111\ncoverage branch 45 100\n"])
def test_no_figure_stands_in_the_prose_without_an_evidence_line(numbers: bytes) -> None:
    made = make(numbers=numbers)
    entry = entry_of(made.record, made.name)
    measured = {found for one in entry.evidence for found in NUMBER.findall(one.result)}
    claimed = {found for text in (entry.summary, *entry.why) for found in NUMBER.findall(text)}
    assert claimed
    assert claimed <= measured


@pytest.mark.parametrize(
    ("num", "den", "text"),
    [
        (7996, 10000, "79.9%"),
        (999, 1000, "99.9%"),
        (1, 1, "100.0%"),
        (0, 7, "0.0%"),
        (2, 3, "66.6%"),
    ],
)
def test_percentages_are_cut_and_never_rounded_up(num: int, den: int, text: str) -> None:
    assert percent(num, den) == text


def test_a_figure_is_shown_with_its_numbers() -> None:
    assert figure_text(FigureData(id="x", num=3), as_percent=False) == "3"
    assert figure_text(FigureData(id="x", num=3, den=4), as_percent=False) == "3/4"
    assert figure_text(FigureData(id="x", num=3, den=4), as_percent=True) == "75.0% 3/4"
    assert figure_text(FigureData(id="x", num=0, den=0), as_percent=True) == "0/0"


def _places(paths: Sequence[str], *, change: str = "create") -> list[Evidence]:
    files = tuple(
        FileData(path=path, change=change, sha256="0" * 64, pristine="0" * 40) for path in paths
    )
    made = make(files=files)
    (entry,), _ = parse_log(render_report(made.record, made.name))
    assert isinstance(entry, Entry)
    return [one for one in entry.evidence if one.name == "implementation"]


def test_many_places_take_several_lines_and_none_is_lost() -> None:
    paths = [f"src/part_{number}/module_with_a_long_name.py" for number in range(40)]
    written = _places(paths)
    assert [path for one in written for path in one.refs] == paths
    assert written[0].result == "complete 40 files"
    assert {one.result for one in written[1:]} == {"continued"}


def test_a_folder_stands_for_what_was_created_in_and_below_it() -> None:
    created = [f"src/auth/part_{number}.py" for number in range(6)]
    (line,) = _places([*created, "src/auth/deep/one.py", "src/main.py"])
    assert line.refs == ("src/auth/", "src/main.py")
    assert line.result == "complete 8 files"


def test_a_folder_never_stands_for_files_that_were_there_before() -> None:
    paths = [f"src/auth/part_{number}.py" for number in range(6)]
    written = _places(paths, change="update")
    assert [path for one in written for path in one.refs] == paths


def test_a_path_with_blanks_and_commas_stays_one_reference() -> None:
    files = (FileData(path="a b,c|d.py", change="create", sha256="0" * 64, pristine="0" * 40),)
    made = make(files=files)
    (entry,), _ = parse_log(render_report(made.record, made.name))
    assert ("a%20b%2Cc%7Cd.py",) in [one.refs for one in entry.evidence]


def test_a_line_breaks_at_a_blank_and_goes_on_after_two() -> None:
    long = "- " + " ".join(["word"] * 40)
    broken = list(wrapped(long))
    assert all(len(line) <= WIDTH for line in broken)
    assert all(line.startswith("  word") for line in broken[1:])
    assert " ".join(line.strip() for line in broken) == long


def test_a_request_keeps_the_name_that_was_given_for_an_alias() -> None:
    made = make(
        words=("story=A-1", "skill=code-development", "patterns=[jwt]"),
        inputs={"search_patterns": "[jwt]", "language": "python"},
    )
    assert entry_of(made.record, "x").inputs == "patterns=[jwt] language=python"


def test_a_record_without_gate_or_checks_can_be_told() -> None:
    made = make(
        gate=None, checks=(), patterns=(), requirements=(), files=(), dependencies=(), risks=(),
        follow_ups=(), observations=(), documents=(), notes=(), kind="annotate", to="DESIGNED",
    )  # fmt: skip
    assert isinstance(made.record, Record)
    text = render_report(made.record, made.name)
    assert parse_log(text) == ((entry_of(made.record, made.name),), ())
    assert "risks: none\n" in text


def test_a_requirement_for_which_the_host_has_a_line_is_told_as_needed_and_not_as_there() -> None:
    both = tuple(
        DependencyData(manifest="pyproject.toml", requirement=one, added=added)
        for one, added in (("fastapi>=0.109.1", False), ("pyjwt>=2.10", True))
    )
    made = make(dependencies=both)
    told = [
        one.result for one in entry_of(made.record, made.name).evidence if "pyjwt" in one.result
    ]
    assert told == ["added pyjwt>=2.10; named there already, needed fastapi>=0.109.1"]
