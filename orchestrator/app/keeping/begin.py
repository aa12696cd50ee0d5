"""Prepare a repository and write a new story; creates files, never overwrites one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from orchestrator.core.errors import CannotAnswer, UsageProblem
from orchestrator.core.pattern.active import active
from orchestrator.core.pattern.answers import BadAnswer, read_answer
from orchestrator.core.pattern.new_story import new_story
from orchestrator.core.pattern.pattern import Pattern
from orchestrator.core.places import ATTRIBUTES, ATTRIBUTES_FILE, SETTINGS_FILE
from orchestrator.core.settings import parse_settings
from orchestrator.core.story.request import check_story_id
from orchestrator.core.text.answer_words import read_words
from orchestrator.core.text.nearest import did_you_mean
from orchestrator.ports.every import Ports
from orchestrator.ports.repository import WorkTree

FIRST_SETTINGS = b"""\
# Settings of Story Orchestrator. Every key has a default; remove the `# ` to set one.
# project: my-service          # the name of this folder
# stories: stories             # where the stories lie
# workflow: workflow.yaml      # instead of the bundled one
# policy: policy.yaml          # instead of the bundled one
# roles:                       # who may act; without it roles are not enforced
#   you@example.org: [tech-lead]
# environment: isolated        # or the path of an interpreter with your dependencies
# host_tests: python -m pytest # instead of what is detected
# patterns:                    # of others; `orchestrator patterns add` writes an entry
# docs:                        # where documents may be asked for, how old a kept answer may be
#   sources: [rest]
#   max_age_days: 7
"""


@dataclass(frozen=True)
class Prepared:
    """A path and whether it was made or stood there already."""

    path: str
    did: Literal["created", "already there"]


def init(work_tree: WorkTree) -> tuple[Prepared, ...]:
    """Make the settings file, the folder of stories and the attributes of the log.

    A second run finds everything there. Raises CannotAnswer when a path cannot be made.
    """
    settings = parse_settings(work_tree.read(SETTINGS_FILE))
    wanted = (
        (SETTINGS_FILE, FIRST_SETTINGS),
        (settings.stories, None),
        (ATTRIBUTES_FILE, ATTRIBUTES),
    )
    return tuple(
        Prepared(path, "created" if work_tree.create(path, content) else "already there")
        for path, content in wanted
    )


@dataclass(frozen=True)
class Wanted:
    """What a new story shall say: the pattern's name or id, and the `key=value` words it answers.

    An empty title is the pattern's.
    """

    pattern: str
    title: str = ""
    owner: str = "tech-lead"
    answers: tuple[str, ...] = ()


def new(ports: Ports, story: str, wanted: Wanted) -> str:
    """Write a story with what a pattern promises for the answers, and return its path.

    Raises UsageProblem for an unknown pattern or answer or a malformed id, CannotAnswer when the
    story exists.
    """
    check_story_id(story)
    patterns = ports.patterns.all()
    chosen = _pattern(patterns, wanted.pattern)
    answers = _answers(wanted.answers, patterns)
    manifest = active(chosen, answers).manifest
    text = new_story(story, wanted.title or manifest.title, manifest, wanted.owner, answers)
    settings = parse_settings(ports.work_tree.read(SETTINGS_FILE))
    path = f"{settings.stories}/{story}.md"
    if not ports.work_tree.create(path, text.encode("utf-8")):
        raise CannotAnswer(f"{path} exists already", remedy="choose another id, or edit that story")
    return path


def _answers(words: Sequence[str], patterns: Sequence[Pattern]) -> dict[str, Any]:
    questions = {question.name: question for pattern in patterns for question in pattern.asked}
    answers = read_words(words, questions)
    for name, value in answers.items():
        read = read_answer(questions[name], value)
        if isinstance(read, BadAnswer):
            raise UsageProblem(read.because, remedy=read.remedy)
    return answers


def _pattern(patterns: Sequence[Pattern], word: str) -> Pattern:
    for pattern in patterns:
        if word in (pattern.name, pattern.manifest.id):
            return pattern
    names = [pattern.name for pattern in patterns] or ["(none was found)"]
    raise UsageProblem(f"there is no pattern {word}", remedy=did_you_mean(word, names))
