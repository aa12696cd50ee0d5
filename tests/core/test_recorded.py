"""What a record may truthfully say of a file."""

from __future__ import annotations

import pytest

from orchestrator.core.change.pristine import Original
from orchestrator.core.proposal.recorded import (
    Vocabulary,
    foreign_words,
    impossible_edit,
    says_the_same,
)


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("main.py", b"app = 1\n", b"import auth\napp = 1\nauth.install(app)\n"),
        ("env.py", b"m = Base.metadata", b"m = [Base.metadata, auth.metadata]"),
        ("pyproject.toml", b'dependencies = ["a"]', b'dependencies = [\n  "a",\n  "b",\n]'),
        (".gitignore", None, b".env\n"),
        ("routes.lock", b"one\n", b"two\n"),
        ("requirements.txt", "a\n".encode("utf-16"), "a\nb\n".encode("utf-16")),
        ("api/requirements-dev.in", b"a", b"a\nb"),
    ],
)
def test_an_edit_that_adds_is_possible(path: str, before: bytes | None, after: bytes) -> None:
    assert impossible_edit(path, Original(before, after)) == ""


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("main.py", b"import os\napp = 1\n", b"app = 1\n"),
        ("main.py", None, b"app = 1\n"),
        ("pyproject.toml", None, b"[project]\n"),
        (".github/workflows/ci.yml", b"on: push\n", b"on: push\njobs: {}\n"),
        ("bin/deploy", b"", b"set -e\n"),
    ],
)
def test_an_edit_that_takes_away_or_is_elsewhere_is_not(
    path: str, before: bytes | None, after: bytes
) -> None:
    assert impossible_edit(path, Original(before, after)) != ""


def test_words_that_no_pattern_brings_are_named() -> None:
    known = Vocabulary(frozenset({"from", "import", "auth", "install"}), ())
    ours = Original(b"app = 1\n", b"from auth import install\napp = 1\n")
    assert foreign_words(ours, known) == ()
    more = Original(b"app = 1\n", b"from auth import install\napp = 1\ncheck(user)\n")
    assert foreign_words(more, known) == ("check", "user")
    assert foreign_words(Original(b"", b"\xff"), known) != ()


@pytest.mark.parametrize(
    ("path", "one", "other"),
    [
        ("a.py", "import a\nimport b\nx = 'y'\n", 'import b\nimport a\n\nx = "y"\n'),
        ("a.py", 'def f():\n    """One\n    two."""\n', 'def f():\n    """One two."""\n'),
        ("a.py", "x = [1, 2]\n", "x = [\n    1,\n    2,\n]\n"),
        ("a.md", "one\r\ntwo\r\n", "one\ntwo\n"),
    ],
)
def test_layout_makes_no_difference(path: str, one: str, other: str) -> None:
    assert says_the_same(path, one.encode(), other.encode())


@pytest.mark.parametrize(
    ("path", "one", "other"),
    [
        ("a.py", "import a\n", "import b\n"),
        ("a.py", "x = 1\n", "x = 2\n"),
        ("a.py", "x = (\n", "x = [\n"),
        ("a.py", "x = 'a  b'\n", "x = 'a b'\n"),
        ("a.md", "one\n", "two\n"),
    ],
)
def test_what_is_said_does(path: str, one: str, other: str) -> None:
    assert not says_the_same(path, one.encode(), other.encode())
