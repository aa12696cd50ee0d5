"""Settings: defaults, near misses, and paths that stay inside."""

from __future__ import annotations

import pytest

from orchestrator.core.errors import CannotAnswer
from orchestrator.core.settings import DocsSettings, Settings, parse_settings


@pytest.mark.parametrize("raw", [None, b"", b"# nothing decided yet\n", b"\xef\xbb\xbf# BOM\r\n"])
def test_without_a_key_everything_has_its_default(raw: bytes | None) -> None:
    assert parse_settings(raw) == Settings()


def test_every_key_is_read() -> None:
    raw = b"""\
project: 0042
stories: docs/stories
workflow: delivery/workflow.yaml
policy: delivery/policy.yaml
roles:
  ada@example.org: [tech-lead, qa]
environment: .venv/bin/python
host_tests: python -m pytest "tests/a b"
memory: [../other, /srv/third]
docs: {sources: [mcp, rest], max_age_days: 30}
"""
    assert parse_settings(raw) == Settings(
        project="0042",
        stories="docs/stories",
        workflow="delivery/workflow.yaml",
        policy="delivery/policy.yaml",
        roles={"ada@example.org": ("tech-lead", "qa")},
        environment=".venv/bin/python",
        host_tests=("python", "-m", "pytest", "tests/a b"),
        memory=("../other", "/srv/third"),
        docs=DocsSettings(sources=("mcp", "rest"), max_age_days=30),
    )


def test_a_command_may_be_a_list_of_words() -> None:
    assert parse_settings(b"host_tests: [make, check]\n").host_tests == ("make", "check")


@pytest.mark.parametrize(
    ("raw", "place", "remedy"),
    [
        (b"storys: stories\n", "orchestrator.yaml:1", "did you mean `stories`?"),
        (b"project: x\nenviroment: y\n", "orchestrator.yaml:2", "did you mean `environment`?"),
        (b"colour: red\n", "unknown key `colour`", "use one of: project, stories,"),
        (b"- a\n- b\n", "orchestrator.yaml:1", "use the keys project,"),
        (b"stories: a\nstories: b\n", "orchestrator.yaml:2", "keep one of the two"),
        (b"stories: [a]\n", "stories", "correct `stories`"),
        (b"host_tests: 'a \"b'\n", "No closing quotation", "correct `host_tests`"),
        (b"environment:\n", "environment", "correct `environment`"),
    ],
)
def test_anything_else_is_refused_with_line_and_remedy(raw: bytes, place: str, remedy: str) -> None:
    with pytest.raises(CannotAnswer) as caught:
        parse_settings(raw)
    assert place in caught.value.problem
    assert remedy in caught.value.remedy


@pytest.mark.parametrize(
    "path",
    ["/etc", "../up", "a/../b", ".", "a//b", "a/", "./a", ".git", ".GIT/hooks", "a\\b", "''"],
)
def test_a_folder_outside_is_refused(path: str) -> None:
    with pytest.raises(CannotAnswer):
        parse_settings(f"stories: {path}\n".encode())


@pytest.mark.parametrize("path", ["stories", "docs/stories", ".stories", "Geschichten/ü", "a b"])
def test_a_folder_inside_is_accepted(path: str) -> None:
    assert parse_settings(f"stories: {path}\n".encode()).stories == path
