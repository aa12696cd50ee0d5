"""Which words of Context7 are a failure: by status and body, and in text that claims success."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from orchestrator.core.documents.documents import Failure, Reason
from orchestrator.core.text.harmless import harmless_line

_LONGEST = 200
_NAME = r"[A-Za-z0-9._~+-]+"
_LIBRARY = re.compile(rf"/{_NAME}/{_NAME}(?:[/@]{_NAME})?")
# `error` of a JSON body.
_CODES: Mapping[str, Reason] = {
    "library_not_finalized": "not_finalized",
    "library_redirected": "redirected",
    "validation_error": "bad_question",
    "invalid_library_id": "bad_question",
    "invalid_api_key": "invalid_key",
    "spending_limit_exceeded": "spending_limit",
    "access_denied": "denied",
    "forbidden": "denied",
    "library_not_found": "not_found",
    "tag_not_found": "not_found",
    "no_snippets_found": "no_snippets",
    "no_code_found": "no_snippets",
    "library_too_large": "too_large",
    "rate_limit_exceeded": "rate_limited",
    "internal_error": "server_error",
    "search_failed": "server_error",
    "timeout": "server_error",
}
_STATUSES: Mapping[int, Reason] = {
    202: "not_finalized",
    400: "bad_question",
    401: "invalid_key",
    402: "spending_limit",
    403: "denied",
    404: "not_found",
    422: "too_large",
    429: "rate_limited",
}
_MEANINGS: Mapping[Reason, str] = {
    "not_finalized": "the documents of this library are not ready yet",
    "redirected": "the library has moved",
    "bad_question": "the question was refused",
    "invalid_key": "the key in CONTEXT7_API_KEY was refused",
    "spending_limit": "the spending limit of the key is reached",
    "denied": "access was denied",
    "not_found": "there is no such library or version",
    "no_library": "no library of this name was found",
    "no_snippets": "it has nothing about this topic",
    "too_large": "the library is too large for it",
    "rate_limited": "the rate limit or quota is used up",
    "server_error": "the server failed",
}
# Sentences that come as the text of a success; the server never flags them.
_SENTENCES: tuple[tuple[str, Reason], ...] = (
    (r"rate limit(ed)?\b.*(exceeded|quota)", "rate_limited"),
    (r"rate limited", "rate_limited"),
    (r"monthly quota exceeded", "rate_limited"),
    (r"invalid api key", "invalid_key"),
    (r"the library you are trying to access does not exist", "not_found"),
    (r"library\b.{0,300}\bhas been redirected to this library", "redirected"),
    (r"library\b.{0,300}\bnot found", "not_found"),
    (r"documentation not found or not finalized", "not_finalized"),
    (r"no (documentation )?libraries found", "no_library"),
    (r"no (\w+ )?documentation available", "no_snippets"),
    (r"no (content|context data) available", "no_snippets"),
    (r"error searching libraries", "server_error"),
    (r"error fetching library", "server_error"),
)
_STATUS_SENTENCE = re.compile(r"request failed with status (\d{3})", re.IGNORECASE)


def failed_status(status: int, body: Any, retry_after: str = "") -> Failure:
    """What a status other than 200 means; `body` is the parsed JSON, or None.

    A 422 may mean two things and a 404 three: the code in the body decides.
    """
    known = body if isinstance(body, Mapping) else {}
    reason = _CODES.get(str(known.get("error", "")), _STATUSES.get(status))
    if reason is None:
        reason = "redirected" if 300 <= status < 400 else "server_error"
    target = _library_in(str(known.get("redirectUrl", ""))) if reason == "redirected" else ""
    return Failure(reason, _told(reason, status, known, retry_after), target)


def _told(reason: Reason, status: int, body: Mapping[str, Any], retry_after: str) -> str:
    meaning = _MEANINGS.get(reason, reason)
    if reason == "redirected" and not body:
        meaning = "it sends us elsewhere, which is not followed"
    told = f"{meaning} (status {status})"
    message = harmless_line(str(body.get("message", "")), _LONGEST)
    if message:
        told += f": “{message}”"
    wait = harmless_line(retry_after, 40)
    if reason == "rate_limited" and wait:
        told += f"; it asks to wait for {wait} seconds" if wait.isdecimal() else f", until {wait}"
    return told


def failed_text(text: str) -> Failure | None:
    """The failure that a text really is; None for one that begins like no known failure."""
    failed = failed_json(text)
    if failed is not None:
        return failed
    words = text.lstrip("\ufeff \t\r\n*#>")
    status = _STATUS_SENTENCE.match(words)
    if status is not None:
        return failed_status(int(status[1]), None)
    for pattern, reason in _SENTENCES:
        if re.match(pattern, words, re.IGNORECASE):
            target = _moved_to(words) if reason == "redirected" else ""
            return failed_sentence(reason, words, target)
    return None


def failed_sentence(reason: Reason, text: str, library: str = "") -> Failure:
    """A failure told in somebody's words."""
    said = harmless_line(text, _LONGEST)
    return Failure(reason, f"{_MEANINGS.get(reason, reason)}: “{said}”", library)


def failed_body(body: Any) -> Failure | None:
    """The failure that a JSON body really is: an object with `error` and no documents."""
    if not isinstance(body, Mapping) or "error" not in body:
        return None
    if any(key in body for key in ("results", "codeSnippets", "infoSnippets")):
        return None
    return failed_status(200, body)


def failed_json(text: str) -> Failure | None:
    """The failure that a text really is when it is a JSON object with `error`."""
    if not text.lstrip("\ufeff \t\r\n").startswith("{"):
        return None
    try:
        return failed_body(json.loads(text.lstrip("\ufeff")))
    except (ValueError, RecursionError):
        return None


def _moved_to(text: str) -> str:
    return _library_in(text.partition("this library")[2])


def _library_in(text: str) -> str:
    """The library id in a text: as it is, or the path of an address."""
    without_host = re.sub(r"https?://[^/\s]+", "", text)
    found = _LIBRARY.search(without_host)
    return found[0].rstrip(".,") if found else ""
