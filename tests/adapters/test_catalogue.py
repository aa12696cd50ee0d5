"""Patterns are found, validated, digested, and trusted only when the user said so."""

from __future__ import annotations

from pathlib import Path

import pytest
from pattern_folders import MANIFEST, write_pattern

from orchestrator.adapters.patterns.catalogue import Catalogue
from orchestrator.adapters.patterns.manifest import read_pattern
from orchestrator.core.errors import CannotAnswer


@pytest.fixture
def own(tmp_path: Path) -> Path:
    folder = tmp_path / "own"
    write_pattern(folder)
    return folder


def catalogue(tmp_path: Path, own: Path) -> Catalogue:
    return Catalogue(tmp_path / "host", trust=tmp_path / "trust", own=own)


def test_a_bundled_pattern_is_trusted_and_its_questions_are_read(tmp_path: Path, own: Path) -> None:
    (pattern,) = catalogue(tmp_path, own).all()
    assert (pattern.name, pattern.source, pattern.trusted) == ("greeting", "bundled", True)
    assert [one.name for one in pattern.asked] == ["prefix", "loud", "tone"]
    assert pattern.asked[2].choices == ("warm", "cold")
    assert "{{ tests_path }}/test_hello.py" in pattern.files


def test_a_folder_without_a_pattern_block_is_not_a_pattern(tmp_path: Path, own: Path) -> None:
    pages = tmp_path / "host" / "templates" / "pages"
    pages.mkdir(parents=True)
    (pages / "index.html").write_text("<p>{{ name }}</p>")
    other = tmp_path / "host" / "templates" / "other"
    other.mkdir()
    (other / "copier.yml").write_text("name: {type: str}\n")
    assert [one.name for one in catalogue(tmp_path, own).all()] == ["greeting"]


def test_a_projects_pattern_shadows_the_bundled_one_untrusted(tmp_path: Path, own: Path) -> None:
    write_pattern(tmp_path / "host" / "templates", "mine")
    (pattern,) = catalogue(tmp_path, own).all()
    assert (pattern.name, pattern.source, pattern.trusted) == ("mine", "project", False)


def test_a_projects_pattern_is_trusted_by_its_digest_and_loses_that_with_a_byte(
    tmp_path: Path, own: Path
) -> None:
    folder = write_pattern(tmp_path / "host" / "templates", "mine")
    (pattern,) = catalogue(tmp_path, own).all()
    (tmp_path / "trust").write_text(f"{pattern.digest} reviewed\n")
    assert catalogue(tmp_path, own).all()[0].trusted
    (folder / "template" / "{{ package_path }}" / "plain.txt").write_text("changed")
    assert not catalogue(tmp_path, own).all()[0].trusted


def test_a_link_to_a_folder_of_templates_is_not_followed(tmp_path: Path, own: Path) -> None:
    write_pattern(tmp_path / "elsewhere", "mine")
    (tmp_path / "host").mkdir()
    (tmp_path / "host" / "templates").symlink_to(tmp_path / "elsewhere")
    assert [one.name for one in catalogue(tmp_path, own).all()] == ["greeting"]


@pytest.mark.parametrize("change", ["content", "name", "mode"])
def test_the_digest_covers_content_names_and_modes(tmp_path: Path, change: str) -> None:
    folder = write_pattern(tmp_path)
    before = read_pattern(folder).digest
    file = folder / "template" / "{{ package_path }}" / "plain.txt"
    if change == "content":
        file.write_text("other")
    elif change == "name":
        file.rename(file.with_name("renamed.txt"))
    else:
        file.chmod(0o755)
    assert read_pattern(folder).digest != before


def test_the_digest_does_not_depend_on_place_or_time(tmp_path: Path) -> None:
    one, two = write_pattern(tmp_path / "a"), write_pattern(tmp_path / "b")
    assert read_pattern(one).digest == read_pattern(two).digest


@pytest.mark.parametrize(
    ("old", "new", "problem", "remedy"),
    [
        ("  usage:", "  keyword: [x]\n  usage:", "unknown key `keyword`", "keywords"),
        ("title: A greeting", "{}", "copier.yml:", ""),
        ("  usage: Says hello.\n", "", "`usage` is missing", "usage"),
        ("version: 1.0.0", "version: one", "version", "version"),
        ("bytes: 48", "bytes: 4", "bytes", ""),
        ("kind: ignore_lines", "kind: erase_lines", "edits", ""),
        (
            "_subdirectory: template\n",
            "_tasks: [rm -rf /]\n",
            "may not use the setting `_tasks`",
            "_sub",
        ),
        ("_subdirectory: template\n", "_jinja_extensions: [x]\n", "`_jinja_extensions`", "remove"),
        ("_subdirectory: template\n", "_migrations: []\n", "`_migrations`", "remove"),
        ("_subdirectory: template\n", "_external_data: {a: b}\n", "`_external_data`", "remove"),
        ("_subdirectory: template\n", "_envops: {}\n", "`_envops`", "remove"),
        ("  choices: [warm, cold]", "  choice: [warm, cold]", "unknown key `choice`", "choices"),
        ("id: GREET-001", "id: greet", "id", ""),
    ],
)
def test_a_broken_manifest_is_an_error_that_names_file_and_key(
    tmp_path: Path, old: str, new: str, problem: str, remedy: str
) -> None:
    assert old in MANIFEST
    write_pattern(tmp_path / "own", manifest=MANIFEST.replace(old, new))
    with pytest.raises(CannotAnswer) as caught:
        catalogue(tmp_path, tmp_path / "own").all()
    assert "templates/greeting/copier.yml" in caught.value.problem
    assert problem in caught.value.problem
    assert remedy in caught.value.remedy


def test_a_link_inside_a_pattern_is_refused(tmp_path: Path) -> None:
    folder = write_pattern(tmp_path)
    (folder / "template" / "secret").symlink_to("/etc/hostname")
    with pytest.raises(CannotAnswer, match="link"):
        read_pattern(folder)


def test_an_unreadable_trust_file_is_an_error(tmp_path: Path, own: Path) -> None:
    write_pattern(tmp_path / "host" / "templates", "mine")
    (tmp_path / "trust").mkdir()
    with pytest.raises(CannotAnswer, match="cannot read"):
        catalogue(tmp_path, own).all()
