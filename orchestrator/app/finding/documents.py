"""`docs`: put one question to the sources of documents by hand; what comes back is only shown."""

from __future__ import annotations

from typing import Literal

from orchestrator.core.documents.documents import DocsAnswer, DocsLimits, Failure, Question
from orchestrator.core.errors import UsageProblem
from orchestrator.core.places import SETTINGS_FILE
from orchestrator.core.settings import DocsSettings, parse_settings
from orchestrator.ports.every import Ports

SECONDS = 30.0
_NOT_KEPT = Failure("not_cached", "the cache has no answer to this question")
_OFF = Failure("turned_off", "orchestrator.yaml names no source of documents")

Wanted = Literal["rest", "mcp", "cache"]


def look_up(ports: Ports, library: str, topic: str, source: Wanted | None) -> DocsAnswer:
    """The answer to one question; `library` may end in `@version`.

    Without a source: the cache, then the sources of the settings. A named one is asked now. Raises
    UsageProblem for an empty question.
    """
    name, _, version = library.partition("@")
    if not name.strip() or not topic.strip():
        raise UsageProblem(
            "a library and a topic are needed",
            remedy='orchestrator docs pyjwt "verify a token"',
        )
    settings = parse_settings(ports.work_tree.read(SETTINGS_FILE)).docs
    question = Question(name.strip(), topic.strip(), version.strip())
    return ports.docs.ask([question], _limits(settings, source))[0]


def _limits(settings: DocsSettings, source: Wanted | None) -> DocsLimits:
    days = settings.max_age_days
    if source is None:
        return DocsLimits(settings.sources, SECONDS, max_age_days=days, closed=_OFF)
    if source == "cache":
        return DocsLimits((), SECONDS, max_age_days=days, closed=_NOT_KEPT)
    return DocsLimits((source,), SECONDS, cached=(), max_age_days=days)
