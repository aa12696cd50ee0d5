"""The quick reader of a story's header agrees with the full one whenever it answers."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from orchestrator.core.errors import CannotAnswer
from orchestrator.core.story.front_matter import read_header, split_story

HEADER = """---
id: AUTH-IMPLEMENT-001
title: JWT authentication (for TaskFlow's API), 100% "done"
# a comment
state: DESIGNED
owner: "tech-lead: one"
specs: [SPEC-001, SPEC-002]
norms: []
answers: {framework: fastapi, me_alias: /users/me}
---
body: not read
"""


@pytest.mark.parametrize("bom", ["", "\ufeff"])
@pytest.mark.parametrize("eol", ["\n", "\r\n"])
def test_a_plain_header_is_read_quickly(bom: str, eol: str) -> None:
    raw = (bom + HEADER.replace("\n", eol)).encode()
    assert read_header(raw) == {
        "id": "AUTH-IMPLEMENT-001",
        "title": 'JWT authentication (for TaskFlow\'s API), 100% "done"',
        "state": "DESIGNED",
        "owner": "tech-lead: one",
    }
    assert agrees(raw)


@pytest.mark.parametrize(
    "line",
    [
        "state: DESIGNED # now",
        "state: 'DESIGNED'",
        "state:",
        "state: |",
        "state: &a X",
        "state: *a",
        "state: !x X",
        "state: a: b",
        'title: "a\\tb"',
        "title: [a]",
        "  state: X",
        "id: AUTH-001",
        "onwer: x",
        "specs: SPEC-001",
        "specs: [a, [b]]",
        "answers: {a: b, a: c}",
        "answers: {a: 99999999999999999999}",
        "verified_by: {A-1: t.py}",
        "state: X\ty",
        "- a",
        "",
        "# t\u00e4b",
        "...",
    ],
)
def test_outside_its_few_forms_it_says_nothing(line: str) -> None:
    raw = HEADER.replace("state: DESIGNED", line).encode()
    assert read_header(raw) is None


def test_without_front_matter_it_says_nothing() -> None:
    for raw in (b"", b"# A\n", b"---\nid: A\n", b"---\nid: \xff\n---\n"):
        assert read_header(raw) is None


def test_the_closing_line_may_end_the_file() -> None:
    for raw in (b"---\nid: A-1\n---", b"---\r\nid: A-1\r\n--- \r\n"):
        assert read_header(raw) == {"id": "A-1"}
        assert agrees(raw)


LINES = st.one_of(
    st.builds(
        "{}:{}{}".format,
        st.sampled_from(["id", "title", "state", "owner", "workflow", "specs", "x"]),
        st.sampled_from([" ", "  ", ""]),
        st.text("aZ09 _./()+,;!?'\"=@$%-:#[]{}&*|>~é\u2028\u0085\\\t", max_size=14)
        | st.text(max_size=10)
        | st.sampled_from(["null", "~", "yes", "1.10", "'a'", '"b"', "[a, b]", "[a,]", "{a: b}"]),
    ),
    st.builds(
        "{}: {}".format,
        st.sampled_from(["specs", "decisions", "answers"]),
        st.text("ab-_./, :[]{}1", max_size=12).map("[{}]".format)
        | st.text("ab-_./, :1", max_size=12).map("{{{}}}".format),
    ),
    st.text("# ab:-é", max_size=8),
)


def agrees(raw: bytes) -> bool:
    quick = read_header(raw)
    if quick is None:
        return True
    data = split_story("s.md", raw).document.data or {}
    texts = {key: value for key, value in data.items() if isinstance(value, str)}
    return quick == texts and all(isinstance(data[key], (list, dict, str)) for key in data)


@given(st.lists(LINES, max_size=5), st.sampled_from(["\n", "\r\n"]))
@example(["id: a\u2028b"], "\n")
@example(["title: a - b"], "\n")
@example(["title: a -"], "\n")
@example(["title: 1 ?x"], "\n")
def test_when_it_answers_it_agrees_with_the_full_reader(lines: list[str], eol: str) -> None:
    assert agrees(("\n".join(["---", *lines, "---", ""]).replace("\n", eol)).encode())


def test_the_full_reader_tells_what_the_quick_one_leaves_open() -> None:
    raw = HEADER.replace("state: DESIGNED", "state: DESIGNED # now").encode()
    assert split_story("s.md", raw).document.data["state"] == "DESIGNED"
    with pytest.raises(CannotAnswer, match=r"s\.md:5:"):
        split_story("s.md", HEADER.replace("state: DESIGNED", "id: X").encode())
