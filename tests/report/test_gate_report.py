"""A gate's answer in words and as data."""

from __future__ import annotations

import json

from orchestrator.core.gate.check import CheckResult, Figure, Finding, Outcome
from orchestrator.core.gate.policy import Condition, Policy, judge
from orchestrator.report.gate import figure_text, gate_document, gate_text

POLICY = Policy(
    schema="story-orchestrator/policy/1",
    levels={
        "basic": (
            Condition(id="failed", metric="tests.failed", op="==", value=0),
            Condition(
                id="line", metric="coverage.line", op=">=", value=80, unit="percent", must=False
            ),
        )
    },
)
FINDING = Finding("test-failed", "high", "tests/test_a.py", 3, "tests/test_a.py::t: \x1b[2Jno")
RESULTS = {
    "tests": CheckResult(Outcome.FAILED, "1 failed", 2, 2, (Figure("failed", 1),), (FINDING,)),
    "coverage": CheckResult(Outcome.PASSED, "", 1, 1, (Figure("line", 7999, 10000),)),
}


def test_the_text_says_what_closes_the_gate_and_what_was_found() -> None:
    text = gate_text("S-1", RESULTS, judge(POLICY, "basic", RESULTS), ["tests.failed: was 0"])
    assert text.splitlines() == [
        "S-1: the gate basic is closed",
        "CLOSED BY:",
        "  failed: tests.failed must be 0, found 1",
        "  line: coverage.line at least 80%, found 7999/10000 (79.9%)",
        "FINDINGS of tests:",
        "  high test-failed tests/test_a.py::t: [2Jno",
        "CHECKS:",
        "  tests: failed, examined 2 of 2; failed 1 - 1 failed",
        "  coverage: passed, examined 1 of 1; line 7999/10000 (79.9%)",
        "NOT AS RECORDED:",
        "  tests.failed: was 0",
    ]


def test_what_tolerant_mode_forgives_is_said_apart() -> None:
    text = gate_text("S-1", RESULTS, judge(POLICY, "basic", RESULTS, tolerant=True))
    assert "FORGIVEN:\n  line: coverage.line" in text


def test_a_check_that_did_not_run_is_named_in_words() -> None:
    text = gate_text("S-1", {}, judge(POLICY, "basic", {}))
    assert "failed: tests.failed must be 0, found not checked (the check did not run)" in text


def test_the_document_is_plain_data_with_integers() -> None:
    document = gate_document(RESULTS, judge(POLICY, "basic", RESULTS), ["x"])
    assert json.loads(json.dumps(document)) == document
    assert document["outcome"] == "closed"
    assert "." not in json.dumps(document["conditions"]).replace("tests.failed", "").replace(
        "coverage.line", ""
    )


def test_a_share_is_cut_off_and_never_rounded_up() -> None:
    assert figure_text(Figure("x", 1999, 2000)) == "1999/2000 (99.9%)"
    assert figure_text(Figure("x", 0, 0)) == "0/0"
    assert figure_text(Figure("x", 3)) == "3"
