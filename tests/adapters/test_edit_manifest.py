"""Dependencies are added where they are missing; a pin of the host is never moved."""

from __future__ import annotations

import tomllib

import pytest

from orchestrator.adapters.edits.edit import SyntaxEditor
from orchestrator.core.change.changes import File
from orchestrator.core.host.edits import (
    AddDependencies,
    EditCannot,
    EditDone,
    EditResult,
    EditThere,
)

WANTED = ("PyJWT>=2.13", "bcrypt>=5", "SQLAlchemy[asyncio]>=2")


def apply(
    style: str, text: str, *, path: str = "manifest", wanted: tuple[str, ...] = WANTED, **more: str
) -> EditResult:
    existing = {path: File(text.encode())}
    existing.update({name.replace("__", "."): File(one.encode()) for name, one in more.items()})
    return SyntaxEditor().apply(AddDependencies(path, style, wanted), existing)


def done(style: str, text: str, wanted: tuple[str, ...] = WANTED) -> str:
    result = apply(style, text, wanted=wanted)
    assert isinstance(result, EditDone), result
    after = result.after.content.decode()
    assert isinstance(apply(style, after, wanted=wanted), EditThere)
    return after


@pytest.mark.parametrize(
    "text",
    [
        '[project]\nname = "x"\ndependencies = ["fastapi>=0.1"]\n',
        '[project]\nname = "x"\ndependencies = [\n    "a>=0.1",  # web\n]\n\n[tool.x]\ny = 1\n',
        '[project]\nname = "x"\ndependencies = [\n  "fastapi>=0.1"\n]\n',
        '# top\n[project]\nname = "x"\ndependencies = []\n',
        '[project]\nname = "x"\n\n[tool.x]\ny = 1\n',
        '[project]\nname = "x"',
    ],
)
def test_a_pep621_list_grows_and_all_else_stays(text: str) -> None:
    after = done("pep621", text)
    before = tomllib.loads(text)
    now = tomllib.loads(after)
    listed = before["project"].pop("dependencies", [])
    assert now["project"].pop("dependencies") == [*listed, *WANTED]
    assert now == before
    assert [line for line in text.splitlines() if "#" in line and line not in after] == []


def test_what_the_manifest_has_under_another_spelling_is_not_added_again() -> None:
    text = '[project]\ndependencies = ["pyjwt[crypto]>=2.14", "BCRYPT", "sqlalchemy~=2.0"]\n'
    assert isinstance(apply("pep621", text), EditThere)


def test_carriage_returns_stay() -> None:
    text = '[project]\r\nname = "x"\r\ndependencies = [\r\n  "a",\r\n]\r\n'
    after = done("pep621", text)
    assert after.count("\n") == after.count("\r\n")


@pytest.mark.parametrize(
    ("there", "fits"),
    [
        ("==2.4", False),
        ("==2.13.1", True),
        ("==2.13.post1", True),
        ("==2.13.0rc1", False),
        ("==2.14rc1", True),
        ("===2.13.1", True),
        ("===2.13-patched", False),
        ("==2.*", True),
        ("==1.*", False),
        ("<2", False),
        ("<3", True),
        ("<2.13", False),
        ("<=2.13", True),
        ("~=2.4", True),
        ("~=2.4.0", False),
        (">=2.0,<2.10", False),
        (">=2.0", True),
        (">2.13", True),
        ("", True),
        ("!=2.13", True),
    ],
)
def test_a_specifier_that_shuts_the_floor_out_stops_the_edit(there: str, fits: bool) -> None:
    text = f'[project]\ndependencies = ["pyjwt{there}"]\n'
    result = apply("pep621", text, wanted=("PyJWT>=2.13",))
    assert isinstance(result, EditThere if fits else EditCannot)
    if isinstance(result, EditCannot):
        assert "pyjwt" in result.because
        assert result.paste == "PyJWT>=2.13\n"


def test_every_low_pin_is_named_and_only_they_are_to_be_written() -> None:
    text = '[project]\ndependencies = ["pyjwt==2.4", "bcrypt>=5", "SQLAlchemy<2"]\n'
    result = apply("pep621", text, wanted=(*WANTED, "email-validator>=2"))
    assert isinstance(result, EditCannot)
    assert "pyjwt is held at '==2.4'" in result.because
    assert "sqlalchemy is held at '<2'" in result.because
    assert result.paste == "PyJWT>=2.13\nSQLAlchemy[asyncio]>=2\n"


@pytest.mark.parametrize(
    ("there", "fits"),
    [
        ('"^2.4"', True),
        ('"^1.7"', False),
        ('"~2.4"', False),
        ('"2.4"', False),
        ('"2.13.0"', True),
        ('"*"', True),
        ('">=2,<3"', True),
        ('{ version = "^2.0", extras = ["crypto"] }', True),
        ('{ git = "https://example.org/x.git" }', True),
    ],
)
def test_poetrys_own_constraints_are_understood(there: str, fits: bool) -> None:
    text = f'[tool.poetry.dependencies]\npython = "^3.11"\nPyJWT = {there}\n'
    result = apply("poetry", text, wanted=("pyjwt>=2.13",))
    assert isinstance(result, EditThere if fits else EditCannot)


def test_a_poetry_table_grows_with_extras_as_poetry_writes_them() -> None:
    text = (
        '[tool.poetry.dependencies]\npython = "^3.11"\n\n'
        '[tool.poetry.group.dev.dependencies]\na = "1"\n'
    )
    table = tomllib.loads(done("poetry", text))["tool"]["poetry"]
    assert table["dependencies"] == {
        "python": "^3.11",
        "PyJWT": ">=2.13",
        "bcrypt": ">=5",
        "SQLAlchemy": {"version": ">=2", "extras": ["asyncio"]},
    }
    assert table["group"]["dev"]["dependencies"] == {"a": "1"}


def test_requirement_lines_are_appended_in_the_files_own_line_ends() -> None:
    assert done("requirements", "fastapi\r\n# end\r\n") == (
        "fastapi\r\n# end\r\nPyJWT>=2.13\r\nbcrypt>=5\r\nSQLAlchemy[asyncio]>=2\r\n"
    )


def test_a_file_without_a_final_newline_keeps_none() -> None:
    assert done("requirements", "fastapi", ("bcrypt>=5",)) == "fastapi\nbcrypt>=5"


def test_included_requirement_files_count() -> None:
    result = apply(
        "requirements", "-r base.txt\n", base__txt="PyJWT==2.14\nbcrypt ; python_version>'3'\n"
    )
    assert isinstance(result, EditDone)
    assert result.after.content == b"-r base.txt\nSQLAlchemy[asyncio]>=2\n"


def test_files_that_include_each_other_come_to_an_end() -> None:
    result = apply("requirements", "-r base.txt\n", base__txt="-r manifest\n")
    assert isinstance(result, EditDone)


def test_options_and_comments_of_a_requirements_file_are_no_requirements() -> None:
    text = "--index-url https://example.org\n# bcrypt==1\n-e .\nfastapi  # bcrypt==1\n"
    assert "bcrypt>=5" in done("requirements", text).splitlines()


@pytest.mark.parametrize(
    ("style", "text", "because"),
    [
        ("requirements", "a==1 --hash=sha256:00\n", "hashes"),
        ("setup.cfg", "[options]\n", "no install_requires that can be read"),
        ("setup.cfg", "[options]\rinstall_requires = a\r", "no install_requires that can be"),
        ("pep621", "[tool.x]\n", "no [project] table"),
        ("pep621", "[project]\ndependencies = 3\n", "not a list"),
        ("poetry", "[project]\n", "no [tool.poetry.dependencies] table"),
        ("pep621", "[project\n", "not valid TOML"),
    ],
)
def test_what_cannot_be_edited_says_why_and_what_to_paste(
    style: str, text: str, because: str
) -> None:
    result = apply(style, text)
    assert isinstance(result, EditCannot)
    assert because in result.because
    assert result.paste == "".join(f"{one}\n" for one in WANTED)


def test_a_pipfile_is_left_to_a_person_until_it_has_what_is_needed() -> None:
    missing = apply("pipfile", "[packages]\nfastapi = '*'\n")
    assert isinstance(missing, EditCannot)
    assert "a Pipfile is not edited" in missing.because
    assert missing.paste.startswith("[packages]\n")
    written = apply("pipfile", f"{missing.paste}fastapi = '*'\n")
    assert isinstance(written, EditThere), written


def test_a_missing_manifest_says_what_to_paste() -> None:
    result = SyntaxEditor().apply(AddDependencies("requirements.txt", "requirements", WANTED), {})
    assert isinstance(result, EditCannot)
    assert "not there" in result.because


@pytest.mark.parametrize(
    ("text", "after"),
    [
        (
            "[options]\ninstall_requires =\n  fastapi\n  # more\n\n[x]\n",
            "[options]\ninstall_requires =\n  fastapi\n  # more\n  {}\n  {}\n  {}\n\n[x]\n",
        ),
        (
            "[options]\ninstall_requires=a\ny = 1\n",
            "[options]\ninstall_requires=a\n    {}\n    {}\n    {}\ny = 1\n",
        ),
        (
            "[options]\r\ninstall_requires =\r\n\ta",
            "[options]\r\ninstall_requires =\r\n\ta\r\n\t{}\r\n\t{}\r\n\t{}",
        ),
    ],
)
def test_a_list_of_setuptools_grows_in_its_own_indent_and_line_ends(text: str, after: str) -> None:
    assert done("setup.cfg", text) == after.format(*WANTED)


def test_what_setuptools_lists_already_is_not_added_again() -> None:
    after = done("setup.cfg", "[options]\ninstall_requires =\n    pyjwt>=2.14\n    # x\n")
    assert "PyJWT" not in after
    low = apply("setup.cfg", "[options]\ninstall_requires = bcrypt==4.0\n")
    assert isinstance(low, EditCannot)
    assert "no pin is moved" in low.because


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16-le", "utf-16-be"])
def test_requirements_keep_the_encoding_that_their_mark_names(codec: str) -> None:
    mark = "" if codec == "utf-8-sig" else "\ufeff"
    text = f"{mark}bcrypt==5.0.0\r\nfastapi\r\n"
    edit = AddDependencies("r.txt", "requirements", WANTED)
    result = SyntaxEditor().apply(edit, {"r.txt": File(text.encode(codec))})
    assert isinstance(result, EditDone)
    after = result.after.content
    assert after.decode(codec) == f"{text}PyJWT>=2.13\r\nSQLAlchemy[asyncio]>=2\r\n"
    assert isinstance(SyntaxEditor().apply(edit, {"r.txt": result.after}), EditThere)


@pytest.mark.parametrize("content", [b"a\xe4==1\n", b"\xff\xfea"])
def test_requirements_in_no_known_encoding_are_told(content: bytes) -> None:
    edit = AddDependencies("r.txt", "requirements", WANTED)
    result = SyntaxEditor().apply(edit, {"r.txt": File(content)})
    assert isinstance(result, EditCannot)
    assert "UTF-8" in result.because


def test_the_lines_to_write_stand_below_the_name_of_their_file() -> None:
    result = apply("requirements", "a==1 --hash=sha256:00\n", path="r.txt")
    assert isinstance(result, EditCannot)
    assert (
        result.remedy == "write into r.txt:\n  PyJWT>=2.13\n  bcrypt>=5\n  SQLAlchemy[asyncio]>=2"
    )


def test_a_version_that_is_held_is_to_be_raised_and_not_written_a_second_time() -> None:
    result = apply("requirements", "bcrypt==3.2\nPyJWT==1\n", path="r.txt")
    assert isinstance(result, EditCannot)
    assert result.remedy == "raise, where it is held, in r.txt:\n  PyJWT>=2.13\n  bcrypt>=5"
