"""The text of a new story, filled with a pattern's requirements; writes no file."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

from orchestrator.core.errors import CannotAnswer, UsageProblem
from orchestrator.core.pattern.pattern import PatternManifest
from orchestrator.core.story.ears_lint import lint
from orchestrator.core.story.request import check_story_id
from orchestrator.core.story.story import parse_story

WIDTH = 100
_PLAIN = re.compile(r"(?!(?:true|false|null|yes|no|on|off)$)[A-Za-z/][\w/.-]*", re.IGNORECASE)


def new_story(
    story: str,
    title: str,
    pattern: PatternManifest,
    owner: str,
    answers: Mapping[str, Any] | None = None,
) -> str:
    """A story in the state DESIGNED whose requirements are the pattern's, each naming its key.

    `pattern` holds what counts for the answers, which stand in the front matter. Ids are the
    pattern's own word and a number from 001 (`AUTH-001 [login.success]: …`). Raises UsageProblem
    for a malformed id, title or owner, CannotAnswer when a promise of the pattern is no sound EARS
    sentence.
    """
    check_story_id(story)
    lines = (
        "---",
        f"id: {story}",
        f"title: {_scalar('title', title)}",
        "state: DESIGNED",
        f"owner: {_scalar('owner', owner)}",
        "workflow: delivery",
        *_answers(answers or {}),
        "---",
        "",
        "## Brief",
        "",
        *textwrap.wrap(pattern.usage, WIDTH, break_long_words=False, break_on_hyphens=False),
        "",
        "## Requirements",
        "",
        *_requirements(story, pattern),
        "",
        "## Lifecycle Log",
    )
    text = "\n".join(lines) + "\n"
    _check(f"stories/{story}.md", text, pattern)
    return text


def _answers(answers: Mapping[str, Any]) -> Iterator[str]:
    if answers:
        yield "answers:"
    for name, value in answers.items():
        yield f"  {name}: {_flow(value)}"


def _flow(value: object) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_flow, value))}]"
    if isinstance(value, str):
        return value if _PLAIN.fullmatch(value) else json.dumps(value, ensure_ascii=False)
    return json.dumps(value)


def _requirements(story: str, pattern: PatternManifest) -> list[str]:
    word = pattern.id.rsplit("-", 1)[0]
    prefix = f"{word}-REQ" if story.rsplit("-", 1)[0] == word else word
    return [
        _item(f"- {prefix}-{number:03} [{key}]: {' '.join(promise.ears.split())}")
        for number, (key, promise) in enumerate(pattern.provides.items(), 1)
    ]


def _item(text: str) -> str:
    """The item over several lines, unless a dash or number would then begin a line."""
    filled = textwrap.fill(
        text, WIDTH, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
    )
    return text if re.search(r"\n +(?:[-*+]|[0-9]+[.)]) ", filled) else filled


def _scalar(key: str, text: str) -> str:
    words = " ".join(text.split())
    if not words or not words.isprintable():
        raise UsageProblem(
            f"the {key} of a story is one line of readable text", remedy=f"give another {key}"
        )
    plain = re.fullmatch(r"[\w][\w ./()+,;!?=@$%-]*", words)
    return words if plain else json.dumps(words, ensure_ascii=False)


def _check(name: str, text: str, pattern: PatternManifest) -> None:
    story = parse_story(name, text.encode("utf-8"))
    problems = (*story.problems, *lint(story.requirements))
    if problems or len(story.requirements) != len(pattern.provides):
        first = problems[0] if problems else "a promise of it is not read as one requirement"
        raise CannotAnswer(
            f"the pattern {pattern.id} promises something that is no sound requirement: {first}",
            remedy="correct `provides` in the pattern's copier.yml",
        )
