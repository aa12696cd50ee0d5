"""Pins are added, moved and removed in the text; whatever else stands there keeps its bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.core.errors import CannotAnswer
from orchestrator.core.pattern.pattern import PatternSource
from orchestrator.core.pins import with_commit, with_pin, without_pin
from orchestrator.core.settings import parse_settings

ONE = PatternSource(git="https://example.org/one.git", commit="1" * 40, path="templates/one")
TWO = PatternSource(git="https://example.org/two.git", commit="2" * 40)
ITEM = f"git: {ONE.git}\n    commit: {ONE.commit}\n    path: {ONE.path}\n"

FILES = {
    "nothing": None,
    "empty": b"",
    "comments": b"# only\n# comments\n",
    "other keys": b"project: x  # mine\nstories: stories\n",
    "no last line end": b"project: x",
    "windows": b"project: x\r\nstories: stories\r\n",
    "bom": b"\xef\xbb\xbfproject: x\n",
    "an empty list": b"patterns: []  # none yet\nproject: x\n",
    "an empty key": b"patterns:\nproject: x\n",
    "a list": f"patterns:\n  # the first\n  - {ITEM}\n# after\nproject: x\n".encode(),
    "a list at the edge": f"patterns:\n- {ITEM.replace('    ', '  ')}project: x\n".encode(),
    "a list of maps": f"patterns:\n  - {{git: {ONE.git}, commit: {ONE.commit}}} # c\n".encode(),
}


@pytest.mark.parametrize("name", FILES)
def test_a_pin_is_added_moved_and_removed_and_the_rest_stays(name: str) -> None:
    raw = FILES[name]
    before = parse_settings(raw)
    added = with_pin(raw, TWO)
    assert parse_settings(added) == before.model_copy(update={"patterns": (*before.patterns, TWO)})
    moved = with_commit(added, TWO, "3" * 40)
    assert moved == added.replace(b"2" * 40, b"3" * 40)
    new = TWO.model_copy(update={"commit": "3" * 40})
    removed = without_pin(moved, new)
    assert parse_settings(removed) == before
    for line in (raw or b"").splitlines():
        if b"patterns" not in line:
            assert line in removed.splitlines()
    assert (b"\r\n" in removed) == (b"\r\n" in (raw or b""))


def test_adding_and_removing_gives_the_same_bytes() -> None:
    for name in ("other keys", "windows", "bom", "a list", "a list at the edge", "comments"):
        raw = FILES[name]
        assert raw is not None
        assert without_pin(with_pin(raw, TWO), TWO) == raw, name


@pytest.mark.parametrize(
    "raw",
    [f"patterns: [{{git: {ONE.git}, commit: {ONE.commit}}}]\n".encode(), b"{project: x}\n"],
)
def test_a_form_that_is_not_edited_is_refused_with_what_to_write(raw: bytes) -> None:
    with pytest.raises(CannotAnswer, match="not edited here") as caught:
        with_pin(raw, TWO)
    assert TWO.commit in caught.value.remedy


@given(
    st.lists(st.sampled_from(["# comment", "", "project: x", "stories: s"]), unique=True),
    st.booleans(),
)
def test_any_order_of_lines_keeps_its_lines(lines: list[str], end: bool) -> None:
    raw = "\n".join(lines).encode() + (b"\n" if end else b"")
    added = with_pin(raw, ONE)
    assert parse_settings(added).patterns == (ONE,)
    assert [line for line in lines if line] == [
        line for line in added.decode().splitlines() if line in lines and line
    ]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("commit", "v1.0.0"),
        ("commit", "1" * 39),
        ("commit", "A" * 40),
        ("path", "../x"),
        ("path", "/x"),
        ("path", "a/../b"),
        ("path", ".git"),
        ("path", "a//b"),
        ("path", "-x"),
        ("git", ""),
    ],
)
def test_a_pin_is_a_whole_commit_and_a_plain_folder(key: str, value: str) -> None:
    pin = {"git": ONE.git, "commit": ONE.commit, "path": ONE.path, key: value}
    with pytest.raises(ValueError, match=key):
        PatternSource(**pin)


@pytest.mark.parametrize(
    ("git", "path", "name"),
    [
        ("https://example.org/a/greet.git", "", "greet"),
        ("git@example.org:greet.git", "", "greet"),
        ("https://example.org/a/greet/", "", "greet"),
        ("https://example.org/a/greet", "templates/hello", "hello"),
    ],
)
def test_a_pinned_pattern_is_called_as_its_folder_or_repository(
    git: str, path: str, name: str
) -> None:
    assert PatternSource(git=git, commit="1" * 40, path=path).name == name
