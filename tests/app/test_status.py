"""Where stories stand: by file, by log, and where the two disagree."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from orchestrator.adapters.files.work_tree import FileWorkTree
from orchestrator.adapters.publishing.logstore import FolderLog
from orchestrator.app.keeping.status import Standing, standings, stories_folder
from orchestrator.core.errors import CannotAnswer
from tests.record_factory import STORY, STORY_TEXT, make, publish

HEAD = "---\nid: A-1\ntitle: One\nstate: DRAFT\nowner: qa\n---\n"


def stand(root: Path) -> Sequence[Standing]:
    return tuple(standings(FileWorkTree(root), FolderLog(root), "stories"))


def write(root: Path, name: str, text: str) -> None:
    (root / "stories").mkdir(exist_ok=True)
    (root / "stories" / name).write_text(text, encoding="utf-8", newline="")


def test_without_a_folder_there_is_no_story(tmp_path: Path) -> None:
    assert stand(tmp_path) == ()


def test_a_plain_story_stands_where_it_says(tmp_path: Path) -> None:
    write(tmp_path, "A-1.md", HEAD)
    assert stand(tmp_path) == (Standing("A-1", "DRAFT", "One", "qa"),)


@pytest.mark.parametrize(
    "text",
    [
        HEAD.replace("owner: qa", "owner: 'qa'"),
        HEAD.replace("owner: qa", "owner: qa\nanswers:\n  login_form: true"),
        HEAD.replace("\n", "\r\n"),
        "\ufeff" + HEAD,
        HEAD.replace("---\n", "---\n# " + "comment " * 1000 + "\n", 1),
    ],
)
def test_an_unusual_header_is_read_in_full(tmp_path: Path, text: str) -> None:
    write(tmp_path, "A-1.md", text)
    assert stand(tmp_path) == (Standing("A-1", "DRAFT", "One", "qa"),)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("no header at all\n", "no front matter"),
        (HEAD.replace("state: DRAFT\n", ""), "no state"),
        (HEAD.replace("owner: qa", "owner: [qa"), "stories/A-1.md:"),
        (HEAD.replace("owner: qa", "state: DONE"), "`state`"),
        (HEAD.replace("id: A-1", "id: B-1"), "B-1"),
    ],
)
def test_a_story_that_cannot_be_read_hides_no_other(
    tmp_path: Path, text: str, problem: str
) -> None:
    write(tmp_path, "A-1.md", text)
    write(tmp_path, "A-2.md", HEAD.replace("A-1", "A-2"))
    first, second = stand(tmp_path)
    assert (first.story, first.trouble) == ("A-1", "cannot_answer")
    assert problem in first.problem
    assert second == Standing("A-2", "DRAFT", "One", "qa")


def test_the_last_transition_is_told(tmp_path: Path) -> None:
    made = make()
    publish(tmp_path, made)
    (found,) = stand(tmp_path)
    assert (found.state, found.trouble) == ("IMPLEMENTED", "")
    assert found.last is not None
    assert found.last.entry == made.name
    assert (found.last.source, found.last.target) == ("DESIGNED", "IMPLEMENTED")


def test_a_story_that_its_log_contradicts_is_named(tmp_path: Path) -> None:
    publish(tmp_path, make())
    write(tmp_path, f"{STORY}.md", STORY_TEXT)
    (found,) = stand(tmp_path)
    assert found.trouble == "integrity"
    assert found.problem == "the story says DESIGNED, its log says IMPLEMENTED"
    assert found.state == "IMPLEMENTED"


def test_a_broken_log_is_named(tmp_path: Path) -> None:
    publish(tmp_path, make())
    (entry,) = (tmp_path / ".orchestrator/log" / STORY).iterdir()
    entry.write_bytes(entry.read_bytes().replace(b"tolerant", b"strict!!"))
    (found,) = stand(tmp_path)
    assert found.trouble == "integrity"
    assert entry.name in found.problem


def test_a_log_without_its_story_is_named(tmp_path: Path) -> None:
    publish(tmp_path, make())
    (tmp_path / f"stories/{STORY}.md").unlink()
    (found,) = stand(tmp_path)
    assert (found.story, found.state, found.trouble) == (STORY, "IMPLEMENTED", "integrity")
    assert "gone" in found.problem


@pytest.mark.parametrize(
    ("settings", "folder"),
    [
        (None, "stories"),
        (b"# stories: elsewhere\n\n", "stories"),
        (b"project: x\n", "stories"),
        (b"# where\nstories: docs/stories\n", "docs/stories"),
    ],
)
def test_the_folder_is_what_the_settings_say(settings: bytes | None, folder: str) -> None:
    assert stories_folder(settings) == folder


def test_settings_that_cannot_be_read_are_refused() -> None:
    with pytest.raises(CannotAnswer, match="unknown key `storis`"):
        stories_folder(b"storis: x\n")
