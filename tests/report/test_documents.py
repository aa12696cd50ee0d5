"""The documents for programs: the keys that are promised, plain data, no path of a machine."""

from __future__ import annotations

import json

import pytest

from orchestrator.report.json import diagnostic, exec_document, show_document, stopped_document
from tests.record_factory import make

PROMISED = [
    "story", "skill", "mode", "actor", "from", "to", "outcome", "checks", "files", "record",
    "commit", "blocked", "risks", "follow_ups", "diagnostics",
]  # fmt: skip


def test_a_move_has_every_promised_key_in_order() -> None:
    made = make()
    document = exec_document(made.record, outcome="moved", name=made.name, commit="c" * 40)
    assert list(document) == PROMISED
    assert document["checks"][0] == {
        "name": "tests",
        "outcome": "passed",
        "reason": "",
        "examined": 2,
        "expected": 2,
        "figures": [
            {"id": "passed", "num": 148, "den": 148},
            {"id": "failed", "num": 0, "den": 148},
        ],
    }
    assert set(document["files"][0]) == {"path", "change", "sha256"}
    assert document["blocked"] is None


@pytest.mark.parametrize("outcome", ["blocked", "refused"])
def test_a_story_that_stays_has_the_same_keys(outcome: str) -> None:
    document = stopped_document(
        story="A-1",
        skill="s",
        mode="strict",
        actor="qa",
        state="DRAFT",
        outcome=outcome,
        missing_inputs=["a"],
        unblock_steps=["do a"],
        diagnostics=[diagnostic("a", "a is missing", fix="do a")],
    )
    assert list(document) == PROMISED
    assert document["from"] == document["to"] == "DRAFT"
    blocked = {"missing_inputs": ["a"], "unblock_steps": ["do a"]}
    assert document["blocked"] == (blocked if outcome == "blocked" else None)
    assert document["diagnostics"][0]["fix"] == "do a"
    assert document["diagnostics"][0]["target"] is None


def test_documents_are_plain_json_without_floats() -> None:
    made = make()

    def refuse(text: str) -> float:
        raise AssertionError(f"a float: {text}")

    for document in (
        exec_document(made.record, outcome="moved"),
        show_document(made.record, made.name),
    ):
        assert json.loads(json.dumps(document), parse_float=refuse) == document
