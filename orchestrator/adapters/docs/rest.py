"""Ask Context7 by its REST interface; every way in which that fails has a name."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from orchestrator.adapters.docs.key import ApiKey, is_address
from orchestrator.adapters.docs.refused import MOST_BYTES, Refused, late, oversized
from orchestrator.core.documents.context7_answers import (
    Answer,
    Provenance,
    fetched,
    read_context,
    read_text,
)
from orchestrator.core.documents.context7_libraries import (
    Chosen,
    choose_library,
    library_path,
    moved,
    named_library,
    read_libraries,
)
from orchestrator.core.documents.context7_refusals import failed_status, failed_text
from orchestrator.core.documents.documents import Failure, Fetched, Origin, Question, stamp
from orchestrator.core.text.harmless import harmless_line
from orchestrator.ports.surroundings import Clock

VARIABLE = "CONTEXT7_API_URL"
_STEP_SECONDS = 5.0
_ERROR_NUMBER = re.compile(r"^\[Errno -?\d+\] ")
_ORIGIN: Origin = "context7-rest"
_JSON, _TEXT = "application/json", ("text/plain", "text/markdown")


@dataclass(frozen=True)
class RestSource:
    """Context7 at one address; the key goes nowhere else, and no redirection is followed."""

    place: str
    key: ApiKey
    clock: Clock
    origin: Origin = _ORIGIN

    def fetch(self, question: Question, deadline: float) -> Fetched | Failure:
        """The documents for a question; `deadline` is a moment of `time.monotonic`."""
        if not is_address(self.place):
            return Failure("unreachable", f"{VARIABLE} is no plain http or https address")
        problem = self.key.problem(self.place)
        if problem is not None:
            return problem
        headers = {
            "Accept": f"{_JSON}, text/plain;q=0.5",
            "Accept-Encoding": "identity",
            "User-Agent": "story-orchestrator",
            **self.key.header(),
        }
        try:
            # A connection for each request: one that was kept may be closed just as it is used.
            one_time = httpx.Limits(max_keepalive_connections=0)
            with httpx.Client(headers=headers, limits=one_time, follow_redirects=False) as client:
                return self._fetched(_Line(client, self.place, self.key, deadline), question)
        except Refused as refused:
            return refused.failure
        except (ValueError, ImportError) as error:
            why = harmless_line(self.key.cut_out(str(error)), 120)
            return Failure("unreachable", f"the proxy that the environment names: {why}")

    def _fetched(self, line: _Line, question: Question) -> Fetched:
        chosen = named_library(question) or line.chosen(question)
        notes: tuple[str, ...] = ()
        answer = self._documents(line, chosen, question)
        if isinstance(answer, Failure) and answer.library:
            there = moved(answer.library, chosen)
            notes = (f"{chosen.id} has moved to {there.id}, which was asked instead",)
            chosen, answer = there, self._documents(line, there, question)
        if isinstance(answer, Failure):
            raise Refused(answer)
        return fetched(answer, chosen.because, notes)

    def _documents(self, line: _Line, chosen: Chosen, question: Question) -> Answer | Failure:
        asked = {"libraryId": library_path(chosen), "query": question.topic, "type": "json"}
        body = line.get("/v2/context", asked)
        if isinstance(body, Failure):
            return body
        marks = Provenance(chosen.id, chosen.edition, self.origin, stamp(self.clock.now()))
        return read_text(body, marks) if isinstance(body, str) else read_context(body, marks)


@dataclass(frozen=True)
class _Line:
    """Requests to one address until a deadline."""

    client: httpx.Client
    place: str
    key: ApiKey
    deadline: float

    def chosen(self, question: Question) -> Chosen:
        """The library that a name means. Raises Refused."""
        asked = {"libraryName": question.library, "query": question.topic}
        body = self.get("/v2/libs/search", asked)
        if isinstance(body, str):
            body = failed_text(body) or Failure("not_documents", "the search answered with text")
        found = body if isinstance(body, Failure) else read_libraries(body)
        chosen = found if isinstance(found, Failure) else choose_library(found, question)
        if isinstance(chosen, Failure):
            raise Refused(chosen)
        return chosen

    def get(self, path: str, asked: Mapping[str, str]) -> Any:
        """The body: parsed JSON, else text; a Failure for what the server refused.

        Raises Refused when nothing whole came.
        """
        try:
            return self._read(f"{self.place.rstrip('/')}{path}", asked)
        except httpx.TimeoutException as error:
            raise Refused(late()) from error
        except (httpx.ConnectError, httpx.UnsupportedProtocol, httpx.ProxyError) as error:
            raise Refused(self._unreachable(error)) from error
        except httpx.TransportError as error:
            told = "the connection was cut before the answer was whole"
            raise Refused(Failure("cut_off", told)) from error
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            raise Refused(self._unreachable(error)) from error

    def _unreachable(self, error: Exception) -> Failure:
        why = harmless_line(self.key.cut_out(_ERROR_NUMBER.sub("", str(error))), 120)
        return Failure("unreachable", f"Context7 cannot be reached: {why}")

    def _read(self, url: str, asked: Mapping[str, str]) -> Any:
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise Refused(late())
        timeout = httpx.Timeout(min(left, _STEP_SECONDS))
        with self.client.stream("GET", url, params=dict(asked), timeout=timeout) as response:
            raw = self._whole(response)
            kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
            text = self.key.cut_out(raw.decode("utf-8", "replace"))
            if response.status_code == 200:
                return _body(kind, text)
            wait = response.headers.get("Retry-After", "")
            return failed_status(response.status_code, _json_or_none(text), wait)

    def _whole(self, response: httpx.Response) -> bytes:
        if response.headers.get("Content-Encoding", "identity") != "identity":
            raise Refused(Failure("not_documents", "the answer is encoded, which nobody asked for"))
        parts, size = list[bytes](), 0
        for part in response.iter_raw():
            size += len(part)
            if size > MOST_BYTES:
                raise Refused(oversized())
            if time.monotonic() > self.deadline:
                raise Refused(late())
            parts.append(part)
        return b"".join(parts)


def _body(kind: str, text: str) -> Any:
    """What a 200 holds: JSON as values, text as text; anything else is no documentation."""
    begin = text.lstrip("\ufeff \t\r\n")[:1]
    if kind == _JSON or (kind in ("", *_TEXT) and begin == "{"):
        try:
            return json.loads(text)
        except (ValueError, RecursionError) as error:
            raise Refused(Failure("not_json", "the answer is not the JSON it claims")) from error
    if kind not in ("", *_TEXT) or begin == "<":
        what = harmless_line(kind, 60) or "a page"
        raise Refused(Failure("not_documents", f"the answer is no documentation but {what}"))
    if not begin:
        raise Refused(Failure("no_snippets", "the answer is empty"))
    return text


def _json_or_none(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
