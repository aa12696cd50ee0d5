"""Alembic's `env.py` learns of new tables by one import and one list, or says why it cannot."""

from __future__ import annotations

import pytest

from orchestrator.adapters.edits.edit import SyntaxEditor
from orchestrator.core.change.changes import File
from orchestrator.core.host.edits import ComparedTables, EditCannot, EditDone, EditResult, EditThere

PATH = "migrations/env.py"
EDIT = ComparedTables(PATH, "app.auth.models", "Base", "AuthBase")
HEAD = "from alembic import context\n\nfrom app.models import Base\n\n"
NEW = "from app.auth.models import Base as AuthBase\n"


def apply(text: str | bytes) -> EditResult:
    content = text if isinstance(text, bytes) else text.encode()
    existing = {PATH: File(content), "app/models.py": File(b"")}
    return SyntaxEditor().apply(EDIT, existing)


def done(text: str) -> str:
    result = apply(text)
    assert isinstance(result, EditDone), result
    assert isinstance(apply(result.after.content), EditThere)
    return result.after.content.decode()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Base.metadata", "[Base.metadata, AuthBase.metadata]"),
        ("[Base.metadata]", "[Base.metadata, AuthBase.metadata]"),
        ("[Base.metadata, ]", "[Base.metadata, AuthBase.metadata]"),
        ("(A.m, B.m)", "[*(A.m, B.m), AuthBase.metadata]"),
        ("[\n    A.m,  # ours\n]", "[*[\n    A.m,  # ours\n], AuthBase.metadata]"),
        (
            "Model['\u00e9'].metadata  # \u00e9",
            "[Model['\u00e9'].metadata, AuthBase.metadata]  # \u00e9",
        ),
    ],
)
def test_the_metadata_becomes_a_list_with_ours_at_its_end(before: str, after: str) -> None:
    text = f"{HEAD}target_metadata = {before}\nrest = 1\n"
    changed = done(text)
    assert f"\ntarget_metadata = {after}\nrest = 1\n" in changed
    assert changed.replace(NEW, "").replace(after, before) == text
    assert changed.count(NEW) == 1


def test_what_configure_is_given_is_extended_where_no_variable_holds_it() -> None:
    text = (
        "from alembic import context\n\n\ndef offline():\n"
        "    context.configure(url=url, target_metadata=get_metadata(), literal_binds=True)\n\n\n"
        "def online():\n    context.configure(\n        target_metadata=get_metadata(),\n    )\n"
    )
    changed = done(text)
    assert changed.count("target_metadata=[get_metadata(), AuthBase.metadata],") == 2
    assert changed.replace("[get_metadata(), AuthBase.metadata]", "get_metadata()").replace(
        NEW, ""
    ).replace("\n", "") == text.replace("\n", "")


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_line_ends_stay(end: str) -> None:
    text = f"{HEAD}target_metadata = Base.metadata\n".replace("\n", end)
    changed = done(text)
    assert changed.count(end) == text.count(end) + 1
    assert ("\n" in changed.replace("\r\n", "")) is (end == "\n")


@pytest.mark.parametrize(
    ("text", "because"),
    [
        ("target_metadata = None\n", "no metadata"),
        ("x = 1\n", "no metadata"),
        ("if 1:\n    target_metadata = A.m\nelse:\n    target_metadata = B.m\n", "more than once"),
        ("target_metadata = A.m\ntables = target_metadata.tables\n", "uses an attribute"),
        ("AuthBase = 1\nprint(AuthBase)\ntarget_metadata = A.m\n", "AuthBase is taken"),
        ("target_metadata = \n", "does not parse"),
        (b"# coding: latin-1\ntarget_metadata = A['\xe9'].m\n", "byte for byte"),
    ],
)
def test_what_is_not_safe_is_not_done_but_given_to_paste(text: str | bytes, because: str) -> None:
    result = apply(text)
    assert isinstance(result, EditCannot), result
    assert because in result.because
    assert "from app.auth.models import Base as AuthBase" in result.paste
    assert "target_metadata = [target_metadata, AuthBase.metadata]" in result.paste


def test_a_script_that_is_gone_is_said() -> None:
    result = SyntaxEditor().apply(EDIT, {})
    assert isinstance(result, EditCannot)
    assert "not there" in result.because
