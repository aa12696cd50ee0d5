"""A new story holds the pattern's requirements, each with its key, and reads clean."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.core.errors import CannotAnswer, UsageProblem
from orchestrator.core.pattern.new_story import new_story
from orchestrator.core.pattern.pattern import PatternManifest
from orchestrator.core.story.ears_lint import lint
from orchestrator.core.story.requirement import REQUIREMENT_ID
from orchestrator.core.story.story import log_section, parse_story

LONG = (
    "WHEN a user submits a valid e-mail address and a password that is long enough to need a "
    "second line THEN the system SHALL answer 200 with an access token and a refresh token"
)


def pattern(**provides: str) -> PatternManifest:
    return PatternManifest.model_validate(
        {
            "id": "AUTH-001",
            "title": "JWT",
            "version": "1.0.0",
            "language": "python",
            "frameworks": ["fastapi"],
            "usage": "Accounts with tokens. " * 12,
            "keywords": ["jwt"],
            "provides": {key.replace("__", "."): {"ears": text} for key, text in provides.items()},
        }
    )


AUTH = pattern(login__success=LONG, password__hash="The system SHALL hash passwords")


def test_a_new_story_reads_back_with_every_promise_as_a_requirement() -> None:
    text = new_story("AUTH-IMPLEMENT-001", "Log-in for all", AUTH, "tech-lead")
    story = parse_story("stories/AUTH-IMPLEMENT-001.md", text.encode())
    assert (story.title, story.state, story.owner) == ("Log-in for all", "DESIGNED", "tech-lead")
    assert [(one.id, one.key, one.text) for one in story.requirements] == [
        ("AUTH-001", "login.success", LONG),
        ("AUTH-002", "password.hash", "The system SHALL hash passwords"),
    ]
    assert (story.problems, lint(story.requirements)) == ((), ())
    assert " ".join(story.brief.split()) == AUTH.usage.strip()
    assert log_section(text.encode()) == ""
    assert text.endswith("## Lifecycle Log\n")
    assert max(map(len, text.splitlines())) <= 100


def test_answers_stand_in_the_front_matter_as_they_were_given() -> None:
    answers = {
        "limiter": "redis",
        "lockout": "off",
        "roles": False,
        "oauth": ["google", "oidc"],
        "prefix": "/api/v1/auth",
        "odd": "a: b # c",
        "number": "1.10",
        "count": 3,
        "none": "none",
        "empty": [],
    }
    text = new_story("A-1", "t", AUTH, "o", answers)
    read = parse_story("A-1.md", text.encode()).answers
    assert {k: list(v) if isinstance(v, tuple) else v for k, v in read.items()} == answers
    assert "  oauth: [google, oidc]\n  prefix: /api/v1/auth\n" in text
    assert "answers:" not in new_story("A-1", "t", AUTH, "o")


def test_no_requirement_has_the_id_of_its_story() -> None:
    text = new_story("AUTH-001", "t", AUTH, "o")
    ids = [one.id for one in parse_story("AUTH-001.md", text.encode()).requirements]
    assert ids == ["AUTH-REQ-001", "AUTH-REQ-002"]
    assert all(REQUIREMENT_ID.fullmatch(id_) for id_ in ids)


@given(st.text(min_size=1, max_size=40))
def test_any_readable_title_comes_back(title: str) -> None:
    words = " ".join(title.split())
    text = story_or_none(title)
    assert (text is not None) is (bool(words) and words.isprintable())
    if text is not None:
        assert parse_story("A-1.md", text.encode()).title == words


def story_or_none(title: str) -> str | None:
    try:
        return new_story("A-1", title, AUTH, "o")
    except UsageProblem:
        return None


@pytest.mark.parametrize("title", ["yes", "1.10", "a: b", "# x", "- x", '"q"', "'q'", "[a]", "é"])
def test_a_title_that_yaml_could_misread_is_quoted(title: str) -> None:
    text = new_story("A-1", title, AUTH, "o")
    assert parse_story("A-1.md", text.encode()).title == title


def test_a_dash_inside_a_requirement_starts_no_item() -> None:
    ears = "The system SHALL " + "wait " * 14 + "and - " * 5 + "rest"
    text = new_story("A-1", "t", pattern(k=ears), "o")
    assert [one.text for one in parse_story("A-1.md", text.encode()).requirements] == [ears]


@pytest.mark.parametrize(
    "ears", ["The system waits", "The system SHALL answer fast", "WHEN a THEN b", ""]
)
def test_a_pattern_with_an_unsound_promise_is_refused(ears: str) -> None:
    with pytest.raises(CannotAnswer, match="the pattern AUTH-001 promises"):
        new_story("A-1", "t", pattern(k=ears), "o")


def test_a_malformed_id_is_refused() -> None:
    with pytest.raises(UsageProblem, match="not a story id"):
        new_story("auth", "t", AUTH, "o")
