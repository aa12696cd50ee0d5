"""A record's bytes: canonical, strict, and named by their own hash."""

from __future__ import annotations

import hashlib

import pytest

from orchestrator.core.errors import IntegrityBroken
from orchestrator.core.record.record import Record, decode, encode, entry_name
from orchestrator.core.text.canonical import canonical, load_canonical
from tests.record_factory import make


def test_a_record_is_read_back_as_it_was_written() -> None:
    made = make()
    assert decode(made.raw) == made.record
    assert encode(decode(made.raw)) == made.raw


def test_an_entry_is_named_by_its_number_and_hash() -> None:
    made = make(lamport=7)
    digest = hashlib.sha256(made.raw).hexdigest()
    assert entry_name(made.raw) == f"000007-{digest[:16]}"


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        ("lamport", 0, "lamport"),
        ("lamport", "1", "lamport"),
        ("schema", "story-orchestrator/record/2", "schema"),
        ("kind", "forgery", "kind"),
        ("unknown", 1, "unknown"),
        ("files", [{"path": "a"}], "files"),
    ],
)
def test_a_record_of_another_shape_is_refused(key: str, value: object, reason: str) -> None:
    data = {**load_canonical(make().raw), key: value}
    with pytest.raises(IntegrityBroken, match=f"not a record: {reason}"):
        decode(canonical(data))


@pytest.mark.parametrize("key", ["kind", "notes"])
def test_a_field_with_a_default_cannot_be_left_out(key: str) -> None:
    data = load_canonical(make().raw)
    del data[key]
    with pytest.raises(IntegrityBroken, match="missing"):
        decode(canonical(data))


def test_every_pattern_keeps_its_own_answers_and_older_records_have_none() -> None:
    (pattern,) = make().record.patterns
    mine = pattern.model_copy(update={"answers": {"claims": {"a.b": "# @req A-1"}}})
    kept = decode(make(patterns=(mine,)).raw)
    assert kept.patterns[0].answers == {"claims": {"a.b": "# @req A-1"}}
    (older,) = load_canonical(make().raw)["patterns"]
    assert "answers" not in older
    with pytest.raises(IntegrityBroken, match="missing"):
        decode(canonical({**load_canonical(make().raw), "patterns": [{**older, "answers": None}]}))


def test_a_field_has_one_name() -> None:
    data = load_canonical(make().raw)
    data["from_"] = data.pop("from")
    with pytest.raises(IntegrityBroken):
        decode(canonical(data))


def test_a_float_cannot_enter_a_record() -> None:
    record = make(answers={"share": 0.95}).record
    assert isinstance(record, Record)
    with pytest.raises(ValueError, match="float"):
        encode(record)
