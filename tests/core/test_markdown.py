"""Lines, headings and sections of Markdown, with what fences and comments hide."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.core.errors import CannotAnswer
from orchestrator.core.text.markdown import read_lines, sections


def roles(text: str) -> list[str]:
    return [line.role for line in read_lines(text.encode(), "f.md")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\n```\n## b\n```\nc", "text open inside close text"),
        ("```py\n~~~\n```\n", "open inside close"),
        ("~~~\n```\n~~~~ \n", "open inside close"),
        ("````\n```\n````\n", "open inside close"),
        ("```\n```x\n```\n", "open inside close"),
        ("   ```\n  ```\n", "open close"),
        ("    ```\na\n", "text text"),
        ("`` ` ``\n", "text"),
        ("``` a`b ```\n", "text"),
        ("<!-- a -->\nb\n", "text text"),
        ("<!-- a\n```\nb -->\nc\n", "comment comment comment text"),
        ("use `<!--` here\n", "text"),
        ("```\r\n## b\r\n```\r\n", "open inside close"),
        ("```\n<!--\n```\n", "open inside close"),
        ("", ""),
    ],
)
def test_fences_and_comments_are_told_from_text(text: str, expected: str) -> None:
    assert roles(text) == expected.split()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a\n```\nb\n", "f.md:2: a code fence that is never closed"),
        ("~~~~\n~~~\n", "f.md:1: a code fence"),
        ("```\n```x\n", "f.md:1: a code fence"),
        ("a\nb\n<!-- c\n", "f.md:3: a comment that is never closed"),
    ],
)
def test_what_is_never_closed_is_refused(text: str, says: str) -> None:
    with pytest.raises(CannotAnswer) as refusal:
        read_lines(text.encode(), "f.md")
    assert refusal.value.problem.startswith(says)
    assert refusal.value.remedy.startswith("close it with")


def test_a_section_runs_to_the_next_heading_of_its_level_or_above() -> None:
    raw = (
        b"# T\nx\n## A ##\n1\n### deeper\n2\n## B\n```\n## no\n```\n"
        b"# U\ny\n## \t C \n##D\n####### E\n"
    )
    found = list(sections(read_lines(raw, "f.md")))
    assert [(one.title, raw[one.start : one.end]) for one in found] == [
        ("A", b"## A ##\n1\n### deeper\n2\n"),
        ("B", b"## B\n```\n## no\n```\n"),
        ("C", b"## \t C \n##D\n####### E\n"),
    ]
    assert found[0].body[0].number == 4


@pytest.mark.parametrize(
    ("line", "title"),
    [
        ("## A", "A"),
        ("##   A B  ", "A B"),
        ("## A #", "A"),
        ("## A ###  ", "A"),
        ("## C#", "C#"),
        ("## # A", "# A"),
        ("## ##", ""),
        ("##", None),
        ("##A", None),
        (" ## A", None),
        ("####### A", None),
    ],
)
def test_a_heading_has_a_title_without_its_closing_signs(line: str, title: str | None) -> None:
    (read,) = read_lines(line.encode(), "f.md")
    assert (read.heading or (0, None))[1] == title


@given(st.text("#` ~<!->a\r\n", max_size=60))
def test_lines_cover_every_byte_once(text: str) -> None:
    raw = text.encode()
    lines = lines_or_none(raw)
    if lines is not None:
        assert b"".join(raw[start:end] for start, end in lines) == raw


def lines_or_none(raw: bytes) -> list[tuple[int, int]] | None:
    try:
        return [(line.start, line.end) for line in read_lines(raw, "f.md")]
    except CannotAnswer:
        return None
