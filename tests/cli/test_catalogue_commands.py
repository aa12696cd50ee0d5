"""`search`, `patterns` and `skills`, with the patterns and skills that come with the tool."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli_said import document, said
from pattern_folders import write_pattern


def test_patterns_and_skills_are_listed_outside_a_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, _ = said(capsys, "patterns")
    assert code == 0
    assert [line.split()[0] for line in out.splitlines()] == ["jwt-auth", "http-security"]
    code, out, _ = said(capsys, "skills")
    assert code == 0
    assert out.startswith("code-development  ")


@pytest.mark.usefixtures("repository")
@pytest.mark.parametrize("name", ["jwt-auth", "AUTH-001"])
def test_a_pattern_is_explained_by_name_or_id(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = said(capsys, "patterns", name)
    assert code == 0
    for heading in ("requires: SECURITY-001", "answers:", "provides:", "risks:", "advice:"):
        assert heading in out
    assert "  [login.success] WHEN " in out
    assert "package_path" not in out
    (found,) = document(capsys, "patterns", name)["patterns"]
    assert (found["name"], found["manifest"]["id"]) == ("jwt-auth", "AUTH-001")


def test_a_pattern_of_the_repository_is_listed_as_not_trusted(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_pattern(repository / "templates")
    assert "(not trusted)" in said(capsys, "patterns")[1]
    (found,) = document(capsys, "patterns", "greeting")["patterns"]
    assert (found["source"], found["trusted"]) == ("project", False)
    out = said(capsys, "patterns", "greeting")[1]
    assert found["digest"] in out
    trust = repository / "config" / "story-orchestrator" / "trust"
    assert str(trust) in out
    trust.parent.mkdir(parents=True)
    trust.write_text(found["digest"])
    assert "(not trusted)" not in said(capsys, "patterns")[1]


@pytest.mark.usefixtures("repository")
def test_a_skill_is_explained_with_its_inputs(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = said(capsys, "skills", "code-development")
    assert code == 0
    assert "  quality_gate=comprehensive  Level of the gate (basic | standard" in out
    (found,) = document(capsys, "skills", "code-development")["skills"]
    assert found["inputs"]["operation_type"]["choices"] == [
        "implement",
        "upgrade",
        "remove",
    ]


@pytest.mark.usefixtures("repository")
@pytest.mark.parametrize(
    ("words", "near"),
    [(("patterns", "jwt_aut"), "jwt-auth"), (("skills", "code-develop"), "code-development")],
)
def test_an_unknown_name_is_refused_with_the_nearest(
    words: tuple[str, str], near: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = said(capsys, *words)
    assert (code, out) == (2, "")
    assert f"`{near}`" in err


def test_a_broken_pattern_of_the_repository_is_an_error(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = repository / "templates" / "broken"
    folder.mkdir(parents=True)
    (folder / "copier.yml").write_text("_pattern:\n  id: X-001\n")
    code, out, err = said(capsys, "patterns")
    assert (code, out) == (4, "")
    assert "templates/broken/copier.yml" in err
