"""YAML text becomes plain data, or a refusal with a line and a remedy."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from orchestrator.core.errors import CannotAnswer
from orchestrator.core.text.yaml_text import MAX_BYTES, MAX_DEPTH, read_yaml

REFUSED = read_yaml(
    (Path(__file__).parents[1] / "cases" / "yaml_refused.yaml").read_bytes(), "cases"
).data


@pytest.mark.parametrize("case", REFUSED)
def test_what_could_be_understood_in_two_ways_is_refused_with_line_and_remedy(case: str) -> None:
    text, line, says = (REFUSED[case][key] for key in ("text", "line", "says"))
    with pytest.raises(CannotAnswer) as refusal:
        read_yaml(text, "f.yaml")
    assert refusal.value.problem.startswith(f"f.yaml:{line}: ")
    assert says in refusal.value.problem
    assert refusal.value.remedy


@pytest.mark.parametrize(
    ("source", "line", "says"),
    [
        (b"a: \xff\n", 1, "not UTF-8"),
        ("a: 1\nb: \ud800\n", 1, "not UTF-8"),
        ("a: 1\nb: \0\n", 2, "a NUL character"),
        ("a: 1\nb: \x07\n", 2, "a character that YAML does not allow"),
        ("a: " + "x" * MAX_BYTES, 1, f"more than {MAX_BYTES} bytes"),
    ],
)
def test_what_is_no_text_is_refused(source: bytes | str, line: int, says: str) -> None:
    with pytest.raises(CannotAnswer, match=says) as refusal:
        read_yaml(source, "f.yaml")
    assert refusal.value.problem.startswith(f"f.yaml:{line}: ")


@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "[{a: "])
def test_deep_nesting_is_refused_before_the_stack_is_at_risk(opening: str) -> None:
    with pytest.raises(CannotAnswer, match="nested deeper than 40"):
        read_yaml(opening * 5000, "f.yaml")


def test_nesting_up_to_the_limit_is_read() -> None:
    value = read_yaml("[" * MAX_DEPTH + "]" * MAX_DEPTH, "f.yaml").data
    for _ in range(MAX_DEPTH - 1):
        (value,) = value
    assert value == []


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("yes", "yes"),
        ("on", "on"),
        ("No", "No"),
        ("2026-01-02", "2026-01-02"),
        ("12:30", "12:30"),
        ("1_000", "1_000"),
        ("0b1", "0b1"),
        ("<<", "<<"),
        (".inf", ".inf"),
        (".nan", ".nan"),
        ("1e999", "1e999"),
        ("1.2.3", "1.2.3"),
        ("'1'", "1"),
        ("true", True),
        ("False", False),
        ("tRue", "tRue"),
        ("null", None),
        ("~", None),
        ("", None),
        ("10", 10),
        ("-3", -3),
        ("010", 10),
        ("0o17", 15),
        ("0x1F", 31),
        ("1.5", 1.5),
        (".5", 0.5),
        ("1e3", 1000.0),
        ("|\n  two\n  lines", "two\nlines\n"),
        (">-\n  two\n  lines", "two lines"),
        ("é 漢 🎉", "é 漢 🎉"),
    ],
)
def test_scalars_are_read_by_the_core_schema(written: str, meant: object) -> None:
    read = read_yaml(f"a: {written}\n", "f.yaml").data["a"]
    assert read == meant
    assert type(read) is type(meant)


@pytest.mark.parametrize("written", ["1.10", "yes", "null", "true", "007", "12345678901234567890"])
def test_a_key_that_wants_text_gets_what_was_written(written: str) -> None:
    source = f"version: {written}\nm: {{version: [{written}]}}\nother: 1\n"
    assert read_yaml(source, "f.yaml", as_text=["version"]).data == {
        "version": written,
        "m": {"version": [written]},
        "other": 1,
    }
    assert read_yaml(f"a: {written}", "f.yaml", all_text=True).data == {"a": written}


def test_keys_are_always_text() -> None:
    assert read_yaml("1: a\ntrue: b\nnull: c\n", "f").data == {"1": "a", "true": "b", "null": "c"}


def test_an_empty_source_is_nothing() -> None:
    assert read_yaml(b"", "f.yaml").data is None
    assert read_yaml("# only a comment\n", "f.yaml").data is None


@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("eol", [b"\n", b"\r\n"])
def test_positions_are_byte_offsets_of_what_was_written(bom: bytes, eol: bytes) -> None:
    rows = ["k: 'é'  # c", 'state: "ÄÖ"', "plain: a b   # d", "empty:", "list: [1]", "last: 5"]
    raw = bom + eol.join(row.encode() for row in rows) + eol
    document = read_yaml(raw, "f.yaml", first_line=10)
    spans = {key: raw[start:end].decode() for key, (start, end) in document.spans.items()}
    assert spans == {"k": "'é'", "state": '"ÄÖ"', "plain": "a b", "last": "5"}
    assert document.where(("state",)) == "f.yaml:11"
    assert document.where(("list", 0)) == "f.yaml:14"
    assert document.where(("list", 0, "deeper")) == "f.yaml:14"


@pytest.mark.parametrize("value", ["|\n  X", "a\n  b", "'a\n  b'"])
def test_a_value_over_several_lines_has_no_position(value: str) -> None:
    assert "a" not in read_yaml(f"a: {value}\n", "f.yaml").spans


SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**15), 10**15)
    | st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufeff"))
)
TREES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.from_regex(r"[a-z]{1,6}", fullmatch=True), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.from_regex(r"[a-z]{1,6}", fullmatch=True), TREES, max_size=5))
def test_plain_data_written_as_yaml_is_read_back(data: dict[str, Any]) -> None:
    written = io.StringIO()
    writer = YAML(typ="safe", pure=True)
    writer.allow_unicode = False
    writer.default_flow_style = False  # in flow style it writes a plain ?0, which it cannot read
    writer.width = 10**6  # the writer's folding of long text is not ours to test
    writer.dump(data, written)
    text = written.getvalue()
    assert read_yaml(text.removesuffix("...\n"), "f.yaml").data == data


@given(st.dictionaries(st.from_regex(r"[a-z]{1,6}", fullmatch=True), TREES, max_size=5))
def test_plain_data_written_as_json_is_read_back(data: dict[str, Any]) -> None:
    assert read_yaml(json.dumps(data, ensure_ascii=False), "f.yaml").data == data


@given(st.text(max_size=200) | st.text("-:[]{}&*!|>'\"%@`#,? \n\ta1\\uU0", max_size=60))
def test_any_text_is_read_or_refused_and_never_breaks_the_reader(text: str) -> None:
    refusal = refusal_of(text)
    assert refusal is None or (refusal.problem.startswith("f.yaml:") and refusal.remedy)


def refusal_of(text: str) -> CannotAnswer | None:
    try:
        read_yaml(text, "f.yaml")
    except CannotAnswer as refusal:
        return refusal
    return None
