"""Rendering gives the same bytes every time, runs nothing, and leaves nothing behind."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest
from pattern_folders import MANIFEST, TEMPLATE, write_pattern

from orchestrator.adapters.patterns.catalogue import Catalogue
from orchestrator.adapters.patterns.render import CopierRenderer
from orchestrator.core.change.changes import File
from orchestrator.core.errors import CannotAnswer
from orchestrator.core.pattern.answers import AnswerRefused
from orchestrator.core.pattern.pattern import Pattern

ANSWERS = {
    "prefix": "/hi",
    "package_path": "app/hello",
    "package_import": "app.hello",
    "tests_path": "tests/hello",
    "claims": {"greet.hello": "# @req GREET-001"},
    "marks": {"greet.hello": '@pytest.mark.requirement("GREET-001")'},
}


def found(tmp_path: Path, template: str = TEMPLATE) -> tuple[Pattern, CopierRenderer]:
    write_pattern(tmp_path / "own", template=template)
    return again(tmp_path)


def again(tmp_path: Path) -> tuple[Pattern, CopierRenderer]:
    places: Any = {"trust": tmp_path / "trust", "own": tmp_path / "own"}
    (pattern,) = Catalogue(tmp_path, **places).all()
    return pattern, CopierRenderer(tmp_path, **places)


def test_answers_reach_paths_and_text_and_nested_answers_are_data(tmp_path: Path) -> None:
    pattern, renderer = found(tmp_path)
    files = renderer.render(pattern, ANSWERS)
    assert sorted(files) == [
        "app/hello/hello.py",
        "app/hello/plain.txt",
        "tests/hello/test_hello.py",
    ]
    assert b"# @req GREET-001\n" in files["app/hello/hello.py"].content
    assert b"'prefix': '/hi'" in files["app/hello/hello.py"].content


def test_a_promise_that_no_requirement_asks_for_is_labelled_with_its_key_alone(
    tmp_path: Path,
) -> None:
    pattern, renderer = found(tmp_path)
    files = renderer.render(pattern, {})
    assert b"# rule: greet.hello\n" in files["src/hello/hello.py"].content
    assert b"@pytest.mark.requirement()\n" in files["tests/hello/test_hello.py"].content


DOORS = "doors: {type: str, multiselect: true, choices: [front, back], default: []}\n"


@pytest.mark.parametrize("doors", [[], ["back"], ["front", "back"]])
def test_a_list_of_choices_reaches_the_template_as_a_list(tmp_path: Path, doors: list[str]) -> None:
    template = "doors = {{ doors }}\n"
    write_pattern(tmp_path / "own", manifest=MANIFEST + DOORS, template=template)
    pattern, renderer = again(tmp_path)
    content = renderer.render(pattern, {"doors": doors})["src/hello/hello.py"].content
    assert content == f"doors = {doors}\n".encode()


def test_a_file_without_the_suffix_is_copied_as_it_is(tmp_path: Path) -> None:
    pattern, renderer = found(tmp_path)
    assert renderer.render(pattern, {})["src/hello/plain.txt"] == File(b"{{ not rendered }}\n")


def test_rendering_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    pattern, renderer = found(tmp_path)
    assert renderer.render(pattern, ANSWERS) == renderer.render(pattern, ANSWERS)


def test_rendering_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pattern, renderer = found(tmp_path)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    renderer.render(pattern, ANSWERS)
    assert list(scratch.iterdir()) == []


def test_rendering_says_nothing(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    pattern, renderer = found(tmp_path)
    renderer.render(pattern, ANSWERS)
    assert capfd.readouterr() == ("", "")


def test_settings_of_the_user_for_copier_change_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pattern, renderer = found(tmp_path)
    before = renderer.render(pattern, {})
    (tmp_path / "settings.yml").write_text("defaults: {prefix: /theirs}\ntrust: [/]\n")
    monkeypatch.setenv("COPIER_SETTINGS_PATH", str(tmp_path / "settings.yml"))
    assert renderer.render(pattern, {}) == before


@pytest.mark.parametrize(
    ("template", "answers", "reason"),
    [
        ("{{ nobody_knows }}", {}, "nobody_knows"),
        ("{{ claims['no.such.key'] }}", {}, "no.such.key"),
        ("{{ marks['no.such.key'] }}", {}, "no.such.key"),
        ("{% if %}", {}, "Expected an expression"),
        (TEMPLATE, {"package_path": "../outside"}, "forbidden"),
        (TEMPLATE, {"package_path": "/outside"}, "forbidden"),
        (TEMPLATE, {"tone": "lukewarm"}, "lukewarm"),
        ("{{ ''.__class__.__mro__ }}", {}, "unsafe"),
    ],
)
def test_what_cannot_be_rendered_is_refused_with_the_reason(
    tmp_path: Path, template: str, answers: dict[str, Any], reason: str
) -> None:
    pattern, renderer = found(tmp_path, template)
    with pytest.raises(CannotAnswer) as caught:
        renderer.render(pattern, answers)
    assert reason in caught.value.problem
    assert "greeting" in caught.value.problem
    assert caught.value.__cause__ is not None


def test_nothing_is_written_outside_by_a_hostile_path(tmp_path: Path) -> None:
    pattern, renderer = found(tmp_path)
    with pytest.raises(CannotAnswer):
        renderer.render(pattern, {"package_path": str(tmp_path / "outside")})
    assert not (tmp_path / "outside").exists()


def test_an_untrusted_pattern_is_refused_and_the_remedy_names_digest_and_file(
    tmp_path: Path,
) -> None:
    (tmp_path / "own").mkdir()
    write_pattern(tmp_path / "templates")
    pattern, renderer = again(tmp_path)
    with pytest.raises(CannotAnswer, match="not trusted") as caught:
        renderer.render(pattern, ANSWERS)
    assert pattern.digest in caught.value.remedy
    assert str(tmp_path / "trust") in caught.value.remedy


def test_a_trusted_pattern_of_the_project_renders(tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    write_pattern(tmp_path / "templates")
    (tmp_path / "trust").write_text(again(tmp_path)[0].digest)
    pattern, renderer = again(tmp_path)
    assert "app/hello/hello.py" in renderer.render(pattern, ANSWERS)


def test_a_pattern_that_changed_since_it_was_read_is_refused(tmp_path: Path) -> None:
    pattern, renderer = found(tmp_path)
    file = tmp_path / "own" / "greeting" / "template" / "{{ package_path }}" / "plain.txt"
    file.write_text("swapped")
    with pytest.raises(CannotAnswer, match="changed"):
        renderer.render(pattern, ANSWERS)


def test_an_executable_template_stays_executable(tmp_path: Path) -> None:
    folder = write_pattern(tmp_path / "own")
    (folder / "template" / "{{ package_path }}" / "plain.txt").chmod(0o755)
    pattern, renderer = again(tmp_path)
    assert renderer.render(pattern, {})["src/hello/plain.txt"].executable
    assert not renderer.render(pattern, {})["src/hello/hello.py"].executable


def test_ctrl_c_while_rendering_is_no_fault_of_the_pattern(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What copier raises then is an interrupt and an ordinary error at once."""
    from copier.errors import CopierAnswersInterrupt

    def interrupted(*_words: object, **_settings: object) -> None:
        raise CopierAnswersInterrupt(answers=None, last_question=None, template=None)  # type: ignore[arg-type]

    pattern, renderer = found(tmp_path)
    monkeypatch.setattr("copier.run_copy", interrupted)
    with pytest.raises(KeyboardInterrupt):
        renderer.render(pattern, ANSWERS)


def test_an_answer_that_the_patterns_own_rule_refuses_is_named(tmp_path: Path) -> None:
    rule = (
        "  validator: \"{% if not prefix.startswith('/') %}must begin with a slash{% endif %}\"\n"
    )
    manifest = MANIFEST.replace("  default: /hello\n", f"  default: /hello\n{rule}")
    write_pattern(tmp_path / "own", manifest=manifest)
    pattern, renderer = again(tmp_path)
    with pytest.raises(AnswerRefused, match="prefix=hi: must begin with a slash") as caught:
        renderer.render(pattern, {**ANSWERS, "prefix": "hi"})
    assert caught.value.name == "prefix"
    assert renderer.render(pattern, ANSWERS)
