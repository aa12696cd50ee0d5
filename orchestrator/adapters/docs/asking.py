"""The `Docs` port: the cache first, then the sources in order, all questions at once, in time."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from orchestrator.adapters.docs.cache import DocsCache, Spoilt
from orchestrator.adapters.docs.key import ApiKey
from orchestrator.core.documents.context7_libraries import VERSION
from orchestrator.core.documents.documents import (
    LONGEST_WORDS,
    DocsAnswer,
    DocsLimits,
    Failure,
    Fetched,
    Question,
    Source,
    age_of,
    age_text,
)
from orchestrator.ports.surroundings import Clock

REST_VARIABLE, MCP_VARIABLE = "CONTEXT7_API_URL", "CONTEXT7_MCP"
PUBLIC_REST = "https://context7.com/api"
PUBLIC_MCP = "https://mcp.context7.com/mcp"
_DAY = 86400


class Context7Docs:
    """Context7 by REST or MCP, with a cache; addresses and key come from the environment."""

    def __init__(self, folder: Path, environment: Mapping[str, str], clock: Clock) -> None:
        self._cache = DocsCache(folder)
        self._environment = environment
        self._clock = clock

    def ask(self, questions: Sequence[Question], limits: DocsLimits) -> tuple[DocsAnswer, ...]:
        """Answers in the order of the questions; what fails is told, and never raised."""
        deadline = time.monotonic() + limits.seconds
        done: queue.SimpleQueue[tuple[int, DocsAnswer]] = queue.SimpleQueue()

        def work(place: int, question: Question) -> None:
            done.put((place, self._unbroken(question, limits, deadline)))

        # Threads that nobody waits for at the end: a server that never answers holds up nothing.
        for place, question in enumerate(questions):
            threading.Thread(target=work, args=(place, question), daemon=True).start()
        late = Failure("timed_out", f"no answer came within {limits.seconds:g} seconds")
        answers = [DocsAnswer(one, "not fetched", failures=(late,)) for one in questions]
        for _ in questions:
            try:
                left = max(0.0, deadline - time.monotonic()) + _GRACE
                place, answer = done.get(timeout=left)
            except queue.Empty:
                break
            answers[place] = answer
        return tuple(answers)

    def _unbroken(self, question: Question, limits: DocsLimits, deadline: float) -> DocsAnswer:
        """An answer whatever happens: no stranger's bytes may stop a transition."""
        try:
            return self._answer(question, limits, deadline)
        except Exception as error:
            told = f"the answer could not be read ({type(error).__name__})"
            return DocsAnswer(question, "not fetched", failures=(Failure("not_documents", told),))

    def _answer(self, question: Question, limits: DocsLimits, deadline: float) -> DocsAnswer:
        odd = _odd(question)
        if odd is not None:
            return DocsAnswer(question, "not fetched", failures=(odd,))
        kept = self._kept(question, limits)
        if kept.fresh is not None:
            return kept.answer(question, kept.fresh, ())
        failures = list(kept.failures)
        if not limits.sources:
            failures.append(limits.closed)
        for source in limits.sources:
            got = self._fetched(source, question, deadline)
            if isinstance(got, Fetched):
                return self._new(question, source, got, tuple(failures), keep=limits.keep)
            failures.append(got)
        if kept.old is not None:
            return kept.answer(question, kept.old, tuple(failures))
        return DocsAnswer(question, "not fetched", failures=tuple(failures))

    def _new(
        self,
        question: Question,
        source: Source,
        found: Fetched,
        failures: tuple[Failure, ...],
        *,
        keep: bool,
    ) -> DocsAnswer:
        problem = self._cache.keep(question, self._place(source), found) if keep else ""
        if problem:
            found = found.model_copy(update={"notes": (*found.notes, problem)})
        return DocsAnswer(question, "fetched", found, failures=failures)

    def _kept(self, question: Question, limits: DocsLimits) -> _Kept:
        """What the cache has for the question, by the newest of the places it may be put to."""
        found, failures = list[tuple[int, Fetched]](), list[Failure]()
        for source in limits.cached:
            entry = self._cache.read(question, self._place(source))
            if isinstance(entry, Spoilt):
                failures.append(Failure("not_cached", entry.because))
            elif entry is not None:
                found.append((age_of(entry.retrieved_at, self._clock.now()), entry))
        if not found:
            return _Kept(tuple(failures))
        age, newest = min(found, key=lambda one: one[0])
        if age <= limits.max_age_days * _DAY:
            return _Kept(tuple(failures), fresh=newest, age=age)
        told = f"the cached answer is {age_text(age)}, the limit is {limits.max_age_days} days"
        return _Kept((*failures, Failure("not_cached", told)), old=newest, age=age)

    def _place(self, source: Source) -> str:
        if source == "rest":
            return self._environment.get(REST_VARIABLE) or PUBLIC_REST
        return self._environment.get(MCP_VARIABLE) or PUBLIC_MCP

    def _fetched(self, source: Source, question: Question, deadline: float) -> Fetched | Failure:
        key, place = ApiKey(self._environment), self._place(source)
        if source == "rest":
            from orchestrator.adapters.docs.rest import RestSource

            return RestSource(place, key, self._clock).fetch(question, deadline)
        try:
            from orchestrator.adapters.docs.mcp import McpSource
        except ImportError:
            told = "the MCP client is not installed: pip install 'story-orchestrator[mcp]'"
            return Failure("not_installed", told)
        return McpSource(place, key, self._clock, self._environment).fetch(question, deadline)


# What a source may take beyond the deadline to say by which name it failed.
_GRACE = 0.5


@dataclass(frozen=True)
class _Kept:
    """What the cache has: fresh, or too old, or nothing; and what was wrong with it."""

    failures: tuple[Failure, ...]
    fresh: Fetched | None = None
    old: Fetched | None = None
    age: int = 0

    def answer(
        self, question: Question, found: Fetched, failures: tuple[Failure, ...]
    ) -> DocsAnswer:
        """A kept answer as the answer to a question."""
        return DocsAnswer(question, "cached", found, self.age, failures)


def _odd(question: Question) -> Failure | None:
    for what, text in (("library", question.library), ("topic", question.topic)):
        if not text.strip() or len(text) > LONGEST_WORDS or not text.isprintable():
            told = f"the {what} must be 1 to {LONGEST_WORDS} printable characters"
            return Failure("bad_question", told)
    if question.version and not VERSION.fullmatch(question.version):
        return Failure("bad_question", "the version is no version that a library could have")
    return None
