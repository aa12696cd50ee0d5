"""Context7 by REST over a real socket: what it answers, and every way in which it fails."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from orchestrator.adapters.docs.key import ApiKey
from orchestrator.adapters.docs.refused import MOST_BYTES
from orchestrator.adapters.docs.rest import RestSource
from orchestrator.core.documents.documents import Failure, Fetched, Question
from tests.context7_stub import (
    CONTEXT,
    KEY,
    SEARCH,
    TEXT,
    Reply,
    Stub,
    as_json,
    refusal,
    stub_server,
)

QUESTION = Question("pyjwt", "verify a token")


class Clock:
    """It is always the same moment."""

    def now(self) -> datetime:
        """That moment."""
        return datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stub]:
    """A stub that no proxy stands before."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    with stub_server() as made:
        yield made


def asked(
    place: str, question: Question = QUESTION, *, key: str = "", seconds: float = 10
) -> Fetched | Failure:
    source = RestSource(place, ApiKey({"CONTEXT7_API_KEY": key}), Clock())
    return source.fetch(question, time.monotonic() + seconds)


def failure(stub: Stub, question: Question = QUESTION, **how: Any) -> Failure:
    found = asked(stub.base, question, **how)
    assert isinstance(found, Failure), found
    return found


def fetched(stub: Stub, question: Question = QUESTION, **how: Any) -> Fetched:
    found = asked(stub.base, question, **how)
    assert isinstance(found, Fetched), found
    return found


def test_json_becomes_snippets_with_their_provenance(stub: Stub) -> None:
    found = fetched(stub)
    code, text = found.snippets
    assert (found.library, found.origin) == ("/jpadilla/pyjwt", "context7-rest")
    assert code.title == "Decode a token and require its claims"
    assert code.url == "https://github.com/jpadilla/pyjwt/blob/master/docs/usage.rst"
    assert code.codes[0].language == "python"
    assert code.codes[0].text.startswith("jwt.decode(")
    assert (text.title, text.page) == (
        "Specifying an Algorithm",
        "Digital Signature Algorithms Specifying an Algorithm",
    )
    assert {one.retrieved_at for one in found.snippets} == {"2026-11-21T12:00:00Z"}
    assert len(found.rules) == 2
    assert [one.query for one in stub.asked] == [
        {"libraryName": "pyjwt", "query": "verify a token"},
        {"libraryId": "/jpadilla/pyjwt", "query": "verify a token", "type": "json"},
    ]


def test_text_becomes_the_same_kind_of_snippets(stub: Stub) -> None:
    stub.context = [Reply(body=TEXT.encode(), kind="text/plain; charset=utf-8")]
    first, second = fetched(stub).snippets
    assert first.codes[0].text == '### not a title\njwt.decode(t, key, algorithms=["HS256"])'
    assert second.url == "https://pyjwt.readthedocs.io/en/stable/algorithms.html"
    assert second.content == "You can specify which algorithm you would like to use."


def test_a_library_named_by_its_id_is_not_searched_for(stub: Stub) -> None:
    found = fetched(stub, Question("/jpadilla/pyjwt/2.10.0", "verify"))
    (request,) = stub.asked
    assert request.query["libraryId"] == "/jpadilla/pyjwt/2.10.0"
    assert (found.version, found.chosen) == ("2.10.0", "named by its id")


def test_a_version_is_spelled_as_the_library_spells_it(stub: Stub) -> None:
    assert fetched(stub, Question("PyJWT", "verify", "2.15.1")).version == "v2.15.1"
    assert stub.asked[-1].query["libraryId"] == "/jpadilla/pyjwt/v2.15.1"
    missing = failure(stub, Question("PyJWT", "verify", "9.9"))
    assert missing.reason == "not_found"
    assert "2.10.0" in missing.because


@pytest.mark.parametrize(
    ("reply", "reason", "words"),
    [
        (refusal(202, "library_not_finalized"), "not_finalized", "not ready"),
        (refusal(400, "validation_error"), "bad_question", "refused"),
        (refusal(400, "invalid_library_id"), "bad_question", "refused"),
        (refusal(401, "invalid_api_key"), "invalid_key", "CONTEXT7_API_KEY"),
        (refusal(402, "spending_limit_exceeded"), "spending_limit", "spending"),
        (refusal(403, "access_denied"), "denied", "denied"),
        (refusal(403, "forbidden"), "denied", "denied"),
        (refusal(404, "library_not_found"), "not_found", "no such library"),
        (refusal(404, "tag_not_found"), "not_found", "no such library"),
        (refusal(404, "no_snippets_found"), "no_snippets", "nothing about this topic"),
        (refusal(422, "library_too_large"), "too_large", "too large"),
        (refusal(422, "no_code_found"), "no_snippets", "nothing about this topic"),
        (refusal(429, "rate_limit_exceeded"), "rate_limited", "quota"),
        (refusal(429, "x", Retry_After="42"), "rate_limited", "wait for 42 seconds"),
        (refusal(429, "x", Retry_After="Sat, 21 Nov 2026 13:00:00 GMT"), "rate_limited", "until"),
        (refusal(500, "internal_error"), "server_error", "status 500"),
        (refusal(503, "search_failed"), "server_error", "status 503"),
        (refusal(504, "timeout"), "server_error", "status 504"),
        (Reply(502, b"<html>bad gateway</html>", "text/html"), "server_error", "status 502"),
        (Reply(401, b"", "text/plain"), "invalid_key", "CONTEXT7_API_KEY"),
        (Reply(302, b"", headers={"Location": "http://127.0.0.1:1/"}), "redirected", "elsewhere"),
        (as_json({"error": "library_not_finalized", "message": "wait"}), "not_finalized", "wait"),
        (as_json({"codeSnippets": [], "infoSnippets": [], "rules": {}}), "no_snippets", "no doc"),
        (as_json({}), "not_documents", "shape"),
        (as_json([1, 2]), "not_documents", "shape"),
        (as_json({"codeSnippets": [3, {}], "infoSnippets": None}), "no_snippets", "no documents"),
        (Reply(body=b'{"codeSnippets": ['), "not_json", "JSON"),
        (Reply(body=b"\xff\xfe"), "not_json", "JSON"),
        (Reply(body=b"[" * 100_000), "not_json", "JSON"),
        (Reply(body=b"", kind="text/plain"), "no_snippets", "empty"),
        (Reply(body=b"<!doctype html>", kind="text/html"), "not_documents", "text/html"),
        (Reply(body=b"<html></html>", kind="text/plain"), "not_documents", "no documentation"),
        (Reply(body=b"PNG", kind="image/png"), "not_documents", "image/png"),
        (Reply(body=b"Welcome to our portal", kind="text/plain"), "not_documents", "portal"),
        (Reply(body=b"x", headers={"Content-Encoding": "gzip"}), "not_documents", "encoded"),
        (Reply(body=b" " * (MOST_BYTES + 1)), "oversized", "KiB"),
        (Reply(body=json.dumps(CONTEXT).encode(), how="half"), "cut_off", "cut"),
    ],
)
def test_each_failure_has_its_name(stub: Stub, reply: Reply, reason: str, words: str) -> None:
    stub.context = [reply]
    found = failure(stub)
    assert found.reason == reason, found
    assert words in found.because


SENTENCES = [
    ("Rate limit exceeded. Try again later.", "rate_limited"),
    ("Rate limited or quota exceeded. Create a free API key at https://…", "rate_limited"),
    ("Monthly quota exceeded. Upgrade your plan.", "rate_limited"),
    ("Invalid API key. Please check your API key.", "invalid_key"),
    ("The library you are trying to access does not exist. Please try …", "not_found"),
    ('Library "/a/b" not found. Please check the library ID.', "not_found"),
    ("Request failed with status 402. Please try again later.", "spending_limit"),
    ("Request failed with status 500. Please try again later.", "server_error"),
    ("Documentation not found or not finalized for this library.", "not_finalized"),
    ("No libraries found matching the provided name.", "no_library"),
    ("Error searching libraries: TypeError: fetch failed", "server_error"),
    ("Error fetching library context. Please try again later. Error: x", "server_error"),
    ('{"error": "library_not_finalized", "message": "…"}', "not_finalized"),
]


@pytest.mark.parametrize(("sentence", "reason"), SENTENCES)
@pytest.mark.parametrize("place", ["text", "snippet", "search"])
def test_a_failure_told_as_a_success_is_no_documentation(
    stub: Stub, sentence: str, reason: str, place: str
) -> None:
    said = Reply(body=sentence.encode(), kind="text/plain")
    if place == "snippet":
        row = {"pageId": "", "breadcrumb": "PyJWT", "content": sentence}
        said = as_json({"codeSnippets": [], "infoSnippets": [row]})
    stub.search, stub.context = ([said], []) if place == "search" else (stub.search, [said])
    assert failure(stub).reason == reason


@pytest.mark.parametrize(
    "target", ["/new/pyjwt", "https://context7.com/new/pyjwt", "http://127.0.0.1:1/new/pyjwt"]
)
def test_a_library_that_moved_is_asked_for_once_at_the_same_place(stub: Stub, target: str) -> None:
    body = {"error": "library_redirected", "message": "moved", "redirectUrl": target}
    stub.context = [as_json(body, 301), as_json(CONTEXT)]
    found = fetched(stub, key=KEY)
    assert found.library == "/new/pyjwt"
    assert found.notes == ("/jpadilla/pyjwt has moved to /new/pyjwt, which was asked instead",)
    assert [one.query.get("libraryId") for one in stub.asked[1:]] == [
        "/jpadilla/pyjwt",
        "/new/pyjwt",
    ]


def test_a_library_that_moves_on_and_on_is_not_followed(stub: Stub) -> None:
    body = {"error": "library_redirected", "message": "moved", "redirectUrl": "/a/b"}
    stub.context = [as_json(body, 301)]
    assert failure(stub).reason == "redirected"
    assert len(stub.asked) == 3


def test_the_key_goes_to_the_one_address_and_follows_no_redirection(stub: Stub) -> None:
    with stub_server() as elsewhere:
        for status in (301, 302, 307, 308):
            stub.context = [Reply(status, headers={"Location": f"{elsewhere.base}/v2/context"})]
            assert failure(stub, key=KEY).reason == "redirected"
        assert elsewhere.asked == []
    assert {one.headers["Authorization"] for one in stub.asked} == {f"Bearer {KEY}"}


def test_without_a_key_nobody_is_told_one(stub: Stub) -> None:
    fetched(stub)
    assert [one for one in stub.asked if "Authorization" in one.headers] == []


def test_a_key_that_is_sent_back_is_cut_out(stub: Stub) -> None:
    stub.context = [refusal(401, "invalid_api_key", f"the key {KEY} is unknown")]
    told = failure(stub, key=KEY).because
    assert KEY not in told
    assert "(the key)" in told
    row = {"pageId": f"https://x.example/{KEY}", "breadcrumb": KEY, "content": f"use {KEY}"}
    stub.context = [as_json({"infoSnippets": [row], "rules": {"global": [KEY]}})]
    assert KEY not in repr(fetched(stub, key=KEY))


@pytest.mark.parametrize("key", ["two words", "line\nfeed", "naïve", "x" * 501])
def test_a_key_that_cannot_be_one_is_not_sent(stub: Stub, key: str) -> None:
    found = failure(stub, key=key)
    assert (found.reason, stub.asked) == ("invalid_key", [])
    assert key not in found.because


def test_the_key_is_not_sent_where_others_can_read_it() -> None:
    found = asked("http://192.0.2.1/api", key=KEY)
    assert isinstance(found, Failure)
    assert (found.reason, KEY in found.because) == ("invalid_key", False)
    assert KEY not in repr(ApiKey({"CONTEXT7_API_KEY": KEY}))


@pytest.mark.parametrize(
    "place", ["ftp://a/b", "context7.com", "http://me:pw@localhost/", "http://[", ""]
)
def test_an_address_must_be_a_plain_one(place: str) -> None:
    found = asked(place)
    assert isinstance(found, Failure)
    assert (found.reason, "pw" in found.because) == ("unreachable", False)


def test_nobody_at_the_address_is_said(stub: Stub) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        found = asked(f"http://127.0.0.1:{closed.getsockname()[1]}")
    assert found == Failure("unreachable", "Context7 cannot be reached: Connection refused")


@pytest.mark.parametrize("how", ["silence", "drip"])
def test_a_server_that_lets_us_wait_is_left(stub: Stub, how: Any) -> None:
    stub.context = [Reply(body=json.dumps(CONTEXT).encode(), how=how)]
    assert failure(stub, seconds=0.6).reason == "timed_out"


def test_only_the_very_name_is_chosen_and_documents_must_be_ready(stub: Stub) -> None:
    found = failure(stub, Question("jwt", "verify"))
    assert found.reason == "no_library"
    assert "/jpadilla/pyjwt" in found.because
    row = {**SEARCH["results"][1], "state": "processing"}
    stub.search = [as_json({"results": [row]})]
    assert failure(stub).reason == "not_finalized"
    stub.search = [as_json({"results": []})]
    assert failure(stub).reason == "no_library"


def test_what_would_move_a_cursor_or_hide_a_word_does_not_get_in(stub: Stub) -> None:
    evil = "a\x1b[2J\x07b\u202ec\u200bd\ud800e\x9bf"
    row = {"pageId": "javascript:alert(1)", "breadcrumb": f"{evil} ``` <!-- # |", "content": evil}
    stub.context = [as_json({"infoSnippets": [row], "rules": {"global": [evil]}})]
    found = fetched(stub)
    (snippet,) = found.snippets
    assert snippet.url == ""
    for text in (snippet.title, snippet.content, *found.rules):
        assert text.isprintable()
        assert "\ufffd" in text
    assert not set("`<>#|") & set(snippet.title)


def test_there_is_an_end_to_everything(stub: Stub) -> None:
    code = {"language": "py", "code": "x" * 9_000}
    row = {
        "codeTitle": "t" * 5000,
        "codeDescription": "d" * 8_100,
        "codeList": [code] * 9,
        "codeId": "",
    }
    rules = {"global": ["r" * 1000] * 100}
    stub.context = [as_json({"codeSnippets": [row] * 21, "rules": rules})]
    found = fetched(stub)
    assert (len(found.snippets), len(found.rules)) == (20, 20)
    snippet = found.snippets[0]
    assert (len(snippet.title), len(snippet.codes)) == (200, 8)
    assert "100 more characters left out" in snippet.content
    assert "1000 more characters left out" in snippet.codes[0].text
