"""Documents fetched from others: question, snippet, answer, reason; shown and never obeyed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from orchestrator.core.errors import IntegrityBroken
from orchestrator.core.text.canonical import canonical, load_canonical

Source = Literal["rest", "mcp"]
Origin = Literal["context7-rest", "context7-mcp"]
Reason = Literal[
    "not_finalized",
    "redirected",
    "bad_question",
    "invalid_key",
    "spending_limit",
    "denied",
    "not_found",
    "no_library",
    "no_snippets",
    "too_large",
    "rate_limited",
    "server_error",
    "timed_out",
    "unreachable",
    "cut_off",
    "oversized",
    "not_json",
    "not_documents",
    "not_installed",
    "not_started",
    "not_cached",
    "turned_off",
]
# The answer is "no": the source was reached, and has nothing about this.
ABSENT: frozenset[Reason] = frozenset({"not_found", "no_library", "no_snippets", "too_large"})
LONGEST_WORDS = 500
FORM = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True)
class Question:
    """What to ask: a library by name or by its id at the source, one topic, a version ("": any)."""

    library: str
    topic: str
    version: str = ""


class Part(BaseModel):
    """Frozen plain data; unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Code(Part):
    """One example in a language ("": not said)."""

    language: str
    text: str


class Snippet(Part):
    """One piece of documentation and where it comes from; all text in it is harmless to print.

    `library` is the id at the source, `version` the one asked for, or `branch NAME` as a search
    told it ("": not told), `url` the page it was taken from ("": none that could be named), `page`
    that page's title.
    """

    schema_: Literal["story-orchestrator/snippet/1"] = Field(alias="schema")
    library: str
    version: str
    title: str
    url: str
    page: str
    content: str
    codes: tuple[Code, ...]
    origin: Origin
    retrieved_at: str


class Fetched(Part):
    """What a source gave to one question.

    `rules` are sentences of the source, to be shown and never followed. `chosen` says why this
    library, `notes` what happened on the way.
    """

    library: str
    version: str
    chosen: str
    snippets: tuple[Snippet, ...]
    rules: tuple[str, ...]
    notes: tuple[str, ...]
    origin: Origin
    retrieved_at: str


@dataclass(frozen=True)
class Failure:
    """Why nothing was fetched: a name for programs, a sentence for people.

    `library` is where a redirection leads.
    """

    reason: Reason
    because: str
    library: str = ""


@dataclass(frozen=True)
class DocsLimits:
    """How questions may be answered: `sources` in order (none: `closed` says why), in `seconds`.

    `cached` are the sources whose kept answers will do while they are at most `max_age_days` old;
    an older one is used when no source gives one. With `keep` new answers are kept.
    """

    sources: tuple[Source, ...]
    seconds: float
    cached: tuple[Source, ...] = ("rest", "mcp")
    max_age_days: int = 7
    keep: bool = True
    closed: Failure = Failure("turned_off", "no source is asked")


@dataclass(frozen=True)
class DocsAnswer:
    """What came of a question: found (fetched now, or cached before), or why it was not.

    `age` is in seconds, `failures` what was tried without success, also before something was found.
    """

    question: Question
    how: Literal["fetched", "cached", "not fetched"]
    found: Fetched | None = None
    age: int = 0
    failures: tuple[Failure, ...] = ()

    @property
    def because(self) -> str:
        """The failures in one sentence."""
        return "; ".join(dict.fromkeys(one.because for one in self.failures))


def stamp(now: datetime) -> str:
    """A moment as answers keep it: UTC, whole seconds."""
    return now.astimezone(UTC).strftime(FORM)


def is_stamp(text: str) -> bool:
    """Say whether a text is a moment as `stamp` writes it."""
    try:
        return stamp(_moment(text)) == text
    except ValueError:
        return False


def age_of(retrieved_at: str, now: datetime) -> int:
    """Seconds since a moment as `stamp` writes it; 0 for one that has not come yet."""
    return max(0, int((now - _moment(retrieved_at)).total_seconds()))


def _moment(text: str) -> datetime:
    return datetime.strptime(text, FORM).replace(tzinfo=UTC)


def age_text(seconds: int) -> str:
    """An age in its largest whole unit: `under a minute old`, `1 hour old`, `9 days old`."""
    for unit, size in (("day", 86400), ("hour", 3600), ("minute", 60)):
        count = seconds // size
        if count:
            return f"{count} {unit}{'s' if count > 1 else ''} old"
    return "under a minute old"


def how_text(answer: DocsAnswer) -> str:
    """How a question ended, in one sentence."""
    found = answer.found
    if found is None:
        return f"nothing was fetched: {answer.because}"
    count = len(found.snippets)
    pieces = f"{count} snippet{'' if count == 1 else 's'} of {named(found.library, found.version)}"
    if answer.how == "cached":
        told = f"{pieces} from the cache, {age_text(answer.age)} (by {found.origin})"
        return f"{told}; {answer.because}" if answer.failures else told
    return f"{pieces} fetched by {found.origin}"


def named(library: str, version: str) -> str:
    """A library with its version, as people write it."""
    return f"{library} {version}" if version else library


def snippet_bytes(snippet: Snippet) -> bytes:
    """A snippet as evidence, in canonical form."""
    return canonical(snippet.model_dump(mode="json", by_alias=True))


def read_snippet(raw: bytes) -> Snippet:
    """A stored snippet. Raises IntegrityBroken unless `snippet_bytes` gives the same bytes."""
    load_canonical(raw)
    try:
        snippet = Snippet.model_validate_json(raw, strict=True)
    except ValidationError as error:
        raise IntegrityBroken(f"not a snippet: {error.errors()[0]['msg']}") from error
    if snippet_bytes(snippet) != raw:
        raise IntegrityBroken("not a snippet: a field is missing that the schema writes out")
    return snippet
