"""Generated files keep the rules of the host's own linter, or its configuration says what not."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest

from orchestrator.adapters.edits.edit import SyntaxEditor
from orchestrator.adapters.patterns.docstrings import filled
from orchestrator.adapters.patterns.format import fitted
from orchestrator.adapters.patterns.host_styles import flake8_of, ruff_words
from orchestrator.core.change.changes import File
from orchestrator.core.host.edits import AllowedFindings, EditCannot, EditDone, EditThere

LONG = (
    '"""A module whose first line is written for a host that allows a hundred columns of text."""\n'
    "\n\n"
    "def answer(question: str, *more: object) -> object:\n"
    '    """Give an answer to a question of any kind, however long the question itself may be.\n'
    "\n"
    "    - a list of points that is also far too long for the seventy-nine columns of this host\n"
    '    """\n'
    '    print(f"the question was {question}, and there were {len(more)} other things with it")\n'
    "    assert more\n"
    "    return more\n"
)
FILES = {
    "app/auth/__init__.py": File(b'"""Auth."""\n'),
    "app/auth/answers.py": File(LONG.encode()),
    "tests/auth/test_answers.py": File(b'"""Tests."""\n\n\ndef test_it():\n    assert 1\n'),
}


def landed(
    root: Path, texts: Mapping[str, str], files: Mapping[str, File] = FILES
) -> tuple[AllowedFindings, ...]:
    """Write a host, put the files into it as the tool would, and return what was allowed."""
    for name, text in texts.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    done, allowances = fitted(files, root)
    for edit in allowances:
        result = SyntaxEditor().apply(edit, {edit.path: File((root / edit.path).read_bytes())})
        assert isinstance(result, EditDone), result
        (root / edit.path).write_bytes(result.after.content)
    for path, file in done.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(file.content)
    return allowances


def ruff(root: Path, *words: str) -> str:
    argv = [sys.executable, "-m", "ruff", *words, "--no-cache", "app/auth", "tests/auth"]
    return subprocess.run(argv, cwd=root, capture_output=True, text=True, check=False).stdout


RUFF = [
    ({"ruff.toml": "line-length = 79\nlint.select = ['E', 'W', 'D']\n"}, {"E501", "D103", "D205"}),
    (
        {
            "pyproject.toml": "[tool.ruff.lint]\nselect = ['ALL']\nignore = ['D203', 'D213']\n"
            "[tool.ruff.lint.per-file-ignores]\n'tests/**' = ['S101']\n"
        },
        {"ANN201", "S101", "T201"},
    ),
    ({"ruff.toml": "lint.select = ['Q', 'F']\nformat.quote-style = 'single'\n"
      "lint.flake8-quotes.inline-quotes = 'single'\n"}, set()),
    ({".ruff.toml": "extend = 'base.toml'\n", "base.toml": "lint.select = ['S']\n"}, {"S101"}),
]  # fmt: skip


@pytest.mark.parametrize(("texts", "allowed"), RUFF)
def test_the_hosts_own_ruff_finds_nothing_and_changes_nothing(
    tmp_path: Path, texts: dict[str, str], allowed: set[str]
) -> None:
    found = {rule for one in landed(tmp_path, texts) for _, rules in one.allowed for rule in rules}
    assert "All checks passed" in ruff(tmp_path, "check")
    assert "already formatted" in ruff(tmp_path, "format", "--check")
    assert allowed <= found
    assert bool(allowed) == bool(found)


@pytest.mark.parametrize(("texts", "_allowed"), RUFF)
def test_a_second_landing_changes_nothing(
    tmp_path: Path, texts: dict[str, str], _allowed: set[str]
) -> None:
    landed(tmp_path, texts)
    there = {path: File((tmp_path / path).read_bytes()) for path in FILES}
    assert fitted(FILES, tmp_path) == (there, ())


def test_only_files_of_ours_are_let_off(tmp_path: Path) -> None:
    landed(tmp_path, {"ruff.toml": "lint.select = ['T20']\n", "app/main.py": "print(1)\n"})
    data = tomllib.loads((tmp_path / "ruff.toml").read_text())
    assert data["lint"]["extend-per-file-ignores"] == {"app/auth/**": ["T201"]}
    argv = [sys.executable, "-m", "ruff", "check", "--no-cache", "app/main.py"]
    assert subprocess.run(argv, cwd=tmp_path, capture_output=True, check=False).returncode == 1


def test_the_configuration_of_the_project_is_extended_in_a_repository_of_many(
    tmp_path: Path,
) -> None:
    (tmp_path / "back").mkdir()
    (tmp_path / "back/ruff.toml").write_text("lint.select = ['T20']\n")
    _, (one,) = fitted({f"back/{path}": file for path, file in FILES.items()}, tmp_path)
    assert one == AllowedFindings("back/ruff.toml", "ruff", (("app/auth/**", ("T201",)),))


def test_a_host_without_rules_allows_nothing(tmp_path: Path) -> None:
    assert landed(tmp_path, {"ruff.toml": "line-length = 120\n"}) == ()
    assert landed(tmp_path, {}) == ()


def test_a_folder_that_the_host_leaves_out_needs_no_allowance(tmp_path: Path) -> None:
    text = "lint.select = ['T20']\nextend-exclude = ['app/auth']\n"
    assert landed(tmp_path, {"ruff.toml": text}) == ()


def test_flake8_gets_its_own_allowance(tmp_path: Path) -> None:
    (one,) = landed(tmp_path, {"setup.cfg": "[flake8]\nmax-line-length = 79\n[x]\ny = 1\n"})
    assert one == AllowedFindings("setup.cfg", "flake8", (("app/auth/*", ("E501",)),))
    assert (tmp_path / "setup.cfg").read_text() == (
        "[flake8]\nper-file-ignores =\n    app/auth/*: E501\nmax-line-length = 79\n[x]\ny = 1\n"
    )


def test_flake8_that_allows_long_lines_allows_nothing_more(tmp_path: Path) -> None:
    assert landed(tmp_path, {".flake8": "[flake8]\nextend-ignore = E501\n"}) == ()
    assert landed(tmp_path, {".flake8": "[flake8]\nmax-line-length = 120\n"}) == ()


STYLED = """def middle(text, first, last, more, still_more, and_one_more_of_them_all):
    if first or last or more or still_more or and_one_more_of_them_all or text == "":
        return text[first + 1 : last]
    return text[first:last]
"""


@pytest.mark.parametrize(
    ("said", "rules"),
    [
        ("", ("E203",)),
        ("extend-ignore = E203", ()),
        ("ignore = E501", ("E203", "W503")),
        ("max-doc-length = 40", ("E203", "W505")),
        ("max_doc_length = 400", ("E203",)),
    ],
)
def test_what_only_flake8s_own_checker_of_style_finds_is_allowed(
    tmp_path: Path, said: str, rules: tuple[str, ...]
) -> None:
    texts = {"setup.cfg": f"[flake8]\n{said}\n"}
    doc = "# The middle of a text that can be very long.\n\n\n"
    landed_edits = landed(tmp_path, texts, {"a.py": File((doc + STYLED).encode())})
    assert [one.allowed for one in landed_edits] == ([(("a.py", rules),)] if rules else [])


def test_settings_outside_the_repository_change_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, above = tmp_path / "home", tmp_path / "above"
    for place in (home / "pycodestyle", home / ".config/pycodestyle", above / "setup.cfg"):
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text("[pycodestyle]\nexclude = *.py\n")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home))
    monkeypatch.setattr("tempfile.tempdir", str(above))
    files = {"a.py": File(STYLED.encode())}
    (one,) = landed(tmp_path / "host", {"setup.cfg": "[flake8]\n"}, files)
    assert one.allowed == (("a.py", ("E203",)),)


ALLOWED = AllowedFindings("ruff.toml", "ruff", (("a/**", ("D1", "S101")),))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", '[lint.extend-per-file-ignores]\n"a/**" = ["D1", "S101"]\n'),
        ("x = 1", 'x = 1\n\n[lint.extend-per-file-ignores]\n"a/**" = ["D1", "S101"]\n'),
        (
            "x = 1\r\n",
            'x = 1\r\n\r\n[lint.extend-per-file-ignores]\r\n"a/**" = ["D1", "S101"]\r\n',
        ),
        (
            '[lint.extend-per-file-ignores]\n"b" = ["D"]\n[y]\n',
            '[lint.extend-per-file-ignores]\n"a/**" = ["D1", "S101"]\n"b" = ["D"]\n[y]\n',
        ),
    ],
)
def test_ruffs_configuration_is_extended_and_no_line_of_it_changes(before: str, after: str) -> None:
    result = SyntaxEditor().apply(ALLOWED, {"ruff.toml": File(before.encode())})
    assert isinstance(result, EditDone)
    assert result.after.content.decode() == after
    assert isinstance(SyntaxEditor().apply(ALLOWED, {"ruff.toml": result.after}), EditThere)


@pytest.mark.parametrize(
    ("before", "because"),
    [
        ("lint = {select = ['D']}\n", "cannot be extended"),
        ("lint.extend-per-file-ignores = {b = ['D']}\n", "cannot be extended"),
        ("[lint.extend-per-file-ignores]\n'a/**' = ['E']\n", "other rules for the same folder"),
        ("x = \n", "cannot be extended"),
    ],
)
def test_what_cannot_be_extended_says_why_and_what_to_paste(before: str, because: str) -> None:
    result = SyntaxEditor().apply(ALLOWED, {"ruff.toml": File(before.encode())})
    assert isinstance(result, EditCannot)
    assert because in result.because
    assert '[lint.extend-per-file-ignores]\n"a/**" = ["D1", "S101"]\n' in result.paste


def test_files_of_other_kinds_are_told() -> None:
    latin = SyntaxEditor().apply(ALLOWED, {"ruff.toml": File(b"# \xe4\n")})
    missing = SyntaxEditor().apply(ALLOWED, {})
    assert isinstance(latin, EditCannot)
    assert isinstance(missing, EditCannot)
    assert "not UTF-8" in latin.because
    assert "not there" in missing.because


FLAKE8 = AllowedFindings("setup.cfg", "flake8", (("a/*", ("E501", "W503")),))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("[flake8]\n", "[flake8]\nper-file-ignores =\n    a/*: E501,W503\n"),
        (
            "[flake8]\nper-file-ignores =\n    b/*: E1\n",
            "[flake8]\nper-file-ignores =\n    a/*: E501,W503\n    b/*: E1\n",
        ),
        (
            "[flake8]\nper-file-ignores = b.py:E1\n[x]\n",
            "[flake8]\nper-file-ignores = b.py:E1\n    a/*: E501,W503\n[x]\n",
        ),
    ],
)
def test_flake8s_configuration_is_extended(before: str, after: str) -> None:
    result = SyntaxEditor().apply(FLAKE8, {"setup.cfg": File(before.encode())})
    assert isinstance(result, EditDone)
    assert result.after.content.decode() == after
    assert isinstance(SyntaxEditor().apply(FLAKE8, {"setup.cfg": result.after}), EditThere)


@pytest.mark.parametrize("text", ["[flake8\n", "[flake8]\nper-file-ignores = a.py:E1,b.py:E2\n"])
def test_an_odd_configuration_of_flake8_is_not_touched(text: str) -> None:
    result = SyntaxEditor().apply(FLAKE8, {"setup.cfg": File(text.encode())})
    assert isinstance(result, EditCannot)
    assert "[flake8]\nper-file-ignores =\n    a/*: E501,W503\n" in result.paste


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        ({}, []),
        ({"pyproject.toml": "[tool.black]\n"}, []),
        (
            {
                "pyproject.toml": "[tool.black]\nline-length = 90\n"
                "skip-magic-trailing-comma = true\n[tool.isort]\nforce_single_line = true\n"
            },
            [
                "line-length=90",
                "format.skip-magic-trailing-comma=true",
                "lint.isort.force-single-line=true",
            ],
        ),
        (
            {
                ".isort.cfg": "[settings]\nlines_after_imports = 1\n",
                "pyproject.toml": "[tool.isort]\nlines_after_imports = 2\n",
            },
            ["lint.isort.lines-after-imports=1"],
        ),
        (
            {"setup.cfg": "[isort]\nlines_after_imports = 2\nknown_first_party = a, b\n"},
            ["lint.isort.lines-after-imports=2", 'lint.isort.known-first-party=["a", "b"]'],
        ),
        ({".flake8": "[flake8]\nmax-line-length = 70\n"}, ["line-length=70"]),
        ({"app/pyproject.toml": "[tool.black]\nline-length = 66\n"}, ["line-length=66"]),
        ({"pyproject.toml": "[tool.black]\nline-length = 'x'\n"}, []),
    ],
)
def test_black_isort_and_flake8_are_understood(
    tmp_path: Path, texts: dict[str, str], words: list[str]
) -> None:
    for name, text in texts.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    wanted = [one for word in words for one in ("--config", word)]
    assert ruff_words(tmp_path, "app/auth/a.py") == ["--isolated", *wanted]


def test_what_flake8_leaves_out_by_itself_counts_until_something_else_is_said(
    tmp_path: Path,
) -> None:
    (tmp_path / "tox.ini").write_text("[flake8]\nextend-ignore = E203\n")
    found = flake8_of(tmp_path, "a.py")
    assert found is not None
    assert {"W503", "E203"} <= set(found.ignored)
    (tmp_path / "tox.ini").write_text("[flake8]\nignore = E203\n")
    found = flake8_of(tmp_path, "a.py")
    assert found is not None
    assert (found.ignored, found.length) == (("E203",), 79)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('"""One two three four."""\n', '"""One two\nthree four.\n"""\n'),
        (
            'def f():\n    """One two three.\n\n    Four five six seven.\n    """\n',
            'def f():\n    """One two\n    three.\n\n    Four five\n    six seven.\n    """\n',
        ),
        ('"""Short."""\n', '"""Short."""\n'),
        ('"""A.\n\n- a point that is long\n"""\n', '"""A.\n\n- a point that is long\n"""\n'),
        ("'''One two three four.'''\n", "'''One two three four.'''\n"),
        ('x = """One two three four."""\n', 'x = """One two three four."""\n'),
        ('"""Unbreakableword."""\n', '"""Unbreakableword.\n"""\n'),
    ],
)  # fmt: skip
def test_docstrings_are_filled_within_the_limit(before: str, after: str) -> None:
    assert filled(before, 14) == after


def test_an_upgrade_asks_again_for_what_the_host_has_allowed_already(tmp_path: Path) -> None:
    bare = "lint.select = ['T20']\n"
    first = landed(tmp_path, {"ruff.toml": bare})
    assert first != ()
    assert fitted(FILES, tmp_path)[1] == ()
    assert fitted(FILES, tmp_path, {"ruff.toml": File(bare.encode())})[1] == first


def test_python_in_markdown_is_formatted_where_the_host_has_ruff(tmp_path: Path) -> None:
    text = b"# Use\n\n```python\nx = call(first_of_them, second_of_them)\n```\n"
    files = {**FILES, "docs/use.md": File(text)}
    assert fitted(files, tmp_path)[0]["docs/use.md"].content == text
    (tmp_path / "ruff.toml").write_text("line-length = 30\n")
    done = fitted(files, tmp_path)[0]["docs/use.md"]
    (tmp_path / "use.md").write_bytes(done.content)
    argv = [sys.executable, "-m", "ruff", "format", "--check", "--no-cache", "use.md"]
    assert subprocess.run(argv, cwd=tmp_path, capture_output=True, check=False).returncode == 0
    assert b"    first_of_them" in done.content


@pytest.mark.parametrize(
    ("said", "reported"),
    [
        ("select = E9,F63", False),
        ("select = E5", True),
        ("select = E5\nignore = E501", False),
        ("select = E501\nignore = E5", True),
        ("select = E,W\nextend-ignore = E5", False),
        ("ignore = W6", True),
    ],
)
def test_flake8_reports_what_it_is_told_to_select(
    tmp_path: Path, said: str, reported: bool
) -> None:
    (tmp_path / ".flake8").write_text(f"[flake8]\n{said}\n")
    found = flake8_of(tmp_path, "a.py")
    assert found is not None
    assert found.reports("E501") is reported
    allowed = landed(tmp_path / "host", {".flake8": f"[flake8]\n{said}\n"})
    assert bool(allowed) is reported


def test_flake8_reports_what_it_leaves_out_by_itself_once_it_is_selected(tmp_path: Path) -> None:
    (tmp_path / ".flake8").write_text("[flake8]\nselect = W5\n")
    found = flake8_of(tmp_path, "a.py")
    assert found is not None
    assert found.reports("W503")
