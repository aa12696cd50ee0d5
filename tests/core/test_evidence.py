"""Evidence and statements: what is stored is what is read, and nothing else passes for it."""

from __future__ import annotations

import dataclasses
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.core.errors import IntegrityBroken
from orchestrator.core.gate.check import CheckResult, Completed, Figure, Finding, Outcome, Scope
from orchestrator.core.record import testimony as evidence_of
from orchestrator.core.record.evidence import LARGEST, Pile, described, fetch, pack, unpack
from orchestrator.core.record.statement import read_statement, runs_of, stored_names
from orchestrator.core.text.canonical import canonical, load_canonical, sha256
from tests.record_factory import CHECKS, POLICY, SCOPE

RUN = Completed(
    dataclasses.replace(
        CHECKS["tests"].commands(SCOPE)[0], files=(("gate.ini", "[pytest]\n"),), env=(("A", "1"),)
    ),
    None,
    b"out",
    b"err \xff",
    {"numbers.txt": b"tests passed 1 1\n"},
    "killed after 300 s",
    network_off=True,
)
RESULT = CheckResult(
    Outcome.PASSED,
    "",
    2,
    2,
    (Figure("passed", 1, 2), Figure("skipped", 1)),
    (Finding("rule", "low", "src/a.py", 3, "message"),),
    (("t::a", "passed"), ("t::b", "warned"), ("t::c", "failed")),
)


def gathered(result: CheckResult = RESULT) -> evidence_of.Testimony:
    """The evidence of one gate run with one check."""
    witness = evidence_of.Witness(
        "a" * 40, "b" * 64, SCOPE, POLICY, {"pytest": RUN}, {"tests": ("pytest",)}
    )
    return evidence_of.testify(witness, {"tests": result})


@given(st.binary())
def test_packed_content_comes_back_under_the_hash_of_what_is_stored(content: bytes) -> None:
    name, stored = pack(content)
    assert name == sha256(stored)
    assert unpack(stored) == content
    assert fetch({name: stored}.get, name) == content


@pytest.mark.parametrize(
    ("stored", "reason"),
    [
        (pack(b"content")[1] + b"x", "after its end"),
        (pack(b"content")[1][:-1], "too early"),
        (b"", "too early"),
        (b"plain text", "inflate"),
        (zlib.compress(b"\0" * (LARGEST + 1)), "more than"),
    ],
)
def test_stored_bytes_that_are_not_one_whole_content_are_refused(
    stored: bytes, reason: str
) -> None:
    with pytest.raises(IntegrityBroken, match=reason):
        unpack(stored)


def test_evidence_that_is_missing_or_changed_is_named() -> None:
    name, stored = pack(b"content")
    with pytest.raises(IntegrityBroken, match=f"{name[:16]} is missing"):
        fetch({}.get, name)
    with pytest.raises(IntegrityBroken, match="hash"):
        fetch({name: stored + b"x"}.get, name)


def test_a_descriptor_of_other_content_is_refused() -> None:
    pile = Pile()
    one, other = pile.add("one", b"1"), pile.add("other", b"2")
    assert described(pile.blobs.get, one) == b"1"
    swapped = one.model_copy(update={"annotations": other.annotations})
    with pytest.raises(IntegrityBroken, match="one is not the content"):
        described(pile.blobs.get, swapped)


def test_equal_content_is_stored_once() -> None:
    pile = Pile()
    pile.add("one", b"same")
    pile.add("other", b"same")
    assert len(pile.blobs) == 1


def test_a_statement_gives_back_the_runs_that_it_was_made_from() -> None:
    testimony = gathered()
    statement = read_statement(fetch(testimony.blobs.get, testimony.statements["tests"]))
    assert dict(runs_of(statement, testimony.blobs.get)) == {"pytest": RUN}
    used = stored_names(statement) | {testimony.statements["tests"]}
    assert used == set(testimony.names) == set(testimony.blobs)


def test_a_statement_is_in_toto_with_the_tests_by_their_end() -> None:
    testimony = gathered()
    plain = load_canonical(fetch(testimony.blobs.get, testimony.statements["tests"]))
    assert plain["_type"] == "https://in-toto.io/Statement/v1"
    assert plain["predicateType"] == "https://in-toto.io/attestation/test-result/v0.1"
    assert plain["subject"] == [
        {"name": "source-tree", "digest": {"gitTree": "a" * 40, "sha256": "b" * 64}}
    ]
    predicate = plain["predicate"]
    assert predicate["passedTests"] == ["t::a"]
    assert predicate["warnedTests"] == ["t::b"]
    assert predicate["failedTests"] == ["t::c"]
    assert [one["name"] for one in predicate["configuration"]] == ["policy", "scope"]
    assert predicate["orchestrator_measurement"]["runs"][0]["argv"][0] == "{python}"


@pytest.mark.parametrize(
    ("outcome", "tests", "word"),
    [
        (Outcome.PASSED, (("t", "passed"),), "PASSED"),
        (Outcome.PASSED, (("t", "warned"),), "WARNED"),
        (Outcome.NOT_APPLICABLE, (), "WARNED"),
        (Outcome.FAILED, (), "FAILED"),
        (Outcome.ERRORED, (), "FAILED"),
        (Outcome.NOT_CHECKED, (), "FAILED"),
    ],
)
def test_only_a_pass_is_stated_as_one(outcome: Outcome, tests: tuple, word: str) -> None:
    testimony = gathered(dataclasses.replace(RESULT, outcome=outcome, tests=tests))
    statement = read_statement(fetch(testimony.blobs.get, testimony.statements["tests"]))
    assert statement.predicate.result == word


@pytest.mark.parametrize(
    "other",
    [
        dataclasses.replace(RESULT, figures=(Figure("passed", 2, 2),)),
        dataclasses.replace(RESULT, outcome=Outcome.FAILED),
        dataclasses.replace(RESULT, findings=()),
        dataclasses.replace(RESULT, tests=()),
        dataclasses.replace(RESULT, examined=3),
    ],
)
def test_a_statement_stands_only_for_the_result_it_was_made_of(other: CheckResult) -> None:
    testimony = gathered()
    statement = read_statement(fetch(testimony.blobs.get, testimony.statements["tests"]))
    assert evidence_of.restated(statement, RESULT) == statement
    assert evidence_of.restated(statement, other) != statement


def test_a_scope_and_a_policy_come_back_as_they_were() -> None:
    scope = Scope(package="auth", sources=("a.py",), verified_by=(("A-1", "t.py::x"),))
    assert evidence_of.read_scope(evidence_of.scope_bytes(scope)) == scope
    again = evidence_of.read_policy(evidence_of.policy_bytes(POLICY))
    assert again == POLICY
    assert list(again.levels) == list(POLICY.levels)


@pytest.mark.parametrize("read", [evidence_of.read_scope, evidence_of.read_policy, read_statement])
@pytest.mark.parametrize(
    "raw", [b"{}", b"[]", b'{"package":1}', b"1", b'{"schema":"x","levels":1}']
)
def test_bytes_of_another_kind_are_refused(read, raw: bytes) -> None:
    with pytest.raises(IntegrityBroken):
        read(raw)


def test_a_statement_with_an_unknown_field_is_refused() -> None:
    testimony = gathered()
    plain = load_canonical(fetch(testimony.blobs.get, testimony.statements["tests"]))
    with pytest.raises(IntegrityBroken, match="not a statement"):
        read_statement(canonical({**plain, "comment": "x"}))


def test_a_scope_of_before_routes_were_acknowledged_keeps_its_bytes() -> None:
    plain = Scope(package="auth", sources=("a.py",))
    assert b"acknowledges" not in evidence_of.scope_bytes(plain)
    asked = Scope(package="auth", sources=("a.py",), acknowledges="auth")
    assert evidence_of.read_scope(evidence_of.scope_bytes(asked)) == asked
