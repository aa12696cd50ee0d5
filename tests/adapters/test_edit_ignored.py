"""`.gitignore` gains the lines that nothing in it stands for yet."""

from __future__ import annotations

import pytest

from orchestrator.adapters.edits.edit import SyntaxEditor
from orchestrator.core.change.changes import File
from orchestrator.core.host.edits import EditCannot, EditDone, EditResult, EditThere, IgnoredPaths

WANTED = IgnoredPaths((".env", "auth.db*"))


def apply(content: bytes | None) -> EditResult:
    return SyntaxEditor().apply(WANTED, {} if content is None else {".gitignore": File(content)})


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, b".env\nauth.db*\n"),
        (b"", b".env\nauth.db*\n"),
        (b"*.pyc\n", b"*.pyc\n.env\nauth.db*\n"),
        (b"*.pyc", b"*.pyc\n.env\nauth.db*"),
        (b"*.pyc\r\n", b"*.pyc\r\n.env\r\nauth.db*\r\n"),
        (b".env\n", b".env\nauth.db*\n"),
        (b"/.env\n*.db*\n!.env\n", b"/.env\n*.db*\n!.env\n.env\n"),
        (b"# .env\nauth.db*\n", b"# .env\nauth.db*\n.env\n"),
    ],
)
def test_missing_lines_are_appended_and_every_byte_stays(
    before: bytes | None, after: bytes
) -> None:
    result = apply(before)
    assert isinstance(result, EditDone)
    assert result.after.content == after
    assert isinstance(apply(result.after.content), EditThere)


@pytest.mark.parametrize(
    "content", [b".env\nauth.db*\n", b"/.env\nauth.*\n", b".env*\n*.db*\n", b"**/.env\n*.db*\n"]
)
def test_a_line_that_stands_for_it_is_enough(content: bytes) -> None:
    assert isinstance(apply(content), EditThere)


def test_a_file_that_is_not_text_is_left_alone() -> None:
    result = apply(b"\xff\xfe\x00")
    assert isinstance(result, EditCannot)
    assert result.paste == ".env\nauth.db*\n"
