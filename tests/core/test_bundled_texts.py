"""The stories and patterns that we ship obey the rules that we hold others to."""

from __future__ import annotations

from pathlib import Path

import pytest

import orchestrator
from orchestrator.core.gate.trace import match_requirements
from orchestrator.core.pattern.new_story import new_story
from orchestrator.core.pattern.pattern import PatternManifest
from orchestrator.core.story.ears_lint import lint
from orchestrator.core.story.story import check_state, parse_story
from orchestrator.core.story.workflow import Workflow
from orchestrator.core.text.typed import typed
from orchestrator.core.text.yaml_text import YamlText, read_yaml

ROOT = Path(__file__).parents[2]
STORIES = sorted((ROOT / "stories").glob("*.md"))
DEFAULTS = Path(orchestrator.__file__).parent / "defaults"


def manifests() -> dict[str, PatternManifest]:
    found = {}
    for path in sorted((ROOT / "templates").glob("*/copier.yml")):
        data = read_yaml(path.read_bytes(), str(path), as_text=["version"]).data
        if "_pattern" in data:
            found[path.parent.name] = typed(PatternManifest, YamlText(str(path), data["_pattern"]))
    return found


PATTERNS = manifests()


@pytest.mark.parametrize("path", STORIES, ids=lambda path: path.stem)
def test_a_shipped_story_reads_clean_in_a_state_of_the_workflow(path: Path) -> None:
    workflow = typed(
        Workflow, read_yaml((DEFAULTS / "workflow.yaml").read_bytes(), "workflow.yaml")
    )
    story = parse_story(path.name, path.read_bytes())
    assert (story.problems, lint(story.requirements)) == ((), ())
    check_state(story, workflow.states)


@pytest.mark.parametrize("name", PATTERNS)
def test_a_shipped_pattern_makes_a_story_that_it_answers_also_without_its_keys(name: str) -> None:
    pattern = PATTERNS[name]
    text = new_story("NEW-001", pattern.title, pattern, "tech-lead")
    story = parse_story("NEW-001.md", text.encode())
    provides = {key: one.ears for key, one in pattern.provides.items()}
    named = match_requirements(story.requirements, provides)
    assert (named.unmatched, len(named.matches)) == ((), len(provides))
    plain = parse_story(
        "NEW-001.md", "\n".join(_without_key(line) for line in text.split("\n")).encode()
    )
    found = match_requirements(plain.requirements, provides)
    assert {(one.requirement, one.key) for one in found.matches} == {
        (one.requirement, one.key) for one in named.matches
    }


def _without_key(line: str) -> str:
    if not line.startswith("- ") or " [" not in line:
        return line
    before, after = line.split(" [", 1)
    return before + after.split("]", 1)[1]
