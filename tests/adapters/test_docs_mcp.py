"""Context7 by MCP: the real client against a real server, over a pipe and over HTTP."""

from __future__ import annotations

import json
import shlex
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from orchestrator.adapters.docs.key import ApiKey
from orchestrator.adapters.docs.mcp import McpSource
from orchestrator.core.documents.documents import Failure, Fetched, Question
from tests.adapters.test_docs_rest import SENTENCES, Clock
from tests.context7_stub import KEY, Reply, mcp_over_http, stub_server

STUB = Path(__file__).parents[1] / "context7_stub.py"
QUESTION = Question("PyJWT", "verify a token")

pytestmark = pytest.mark.slow


def piped(place: Path, **texts: str) -> McpSource:
    """A server that is started for each question and writes down what it was asked."""
    command = shlex.join([sys.executable, str(STUB), "stdio", json.dumps(texts)])
    environment = {"CONTEXT7_API_URL": f"file:{place}", "SECRET": "not for others"}
    return McpSource(command, ApiKey({"CONTEXT7_API_KEY": KEY}), Clock(), environment)


def asked(source: McpSource, question: Question = QUESTION, seconds: float = 60) -> Any:
    return source.fetch(question, time.monotonic() + seconds)


def test_over_a_pipe_a_library_is_found_and_asked(tmp_path: Path) -> None:
    found = asked(piped(tmp_path / "notes"))
    assert isinstance(found, Fetched), found
    assert (found.library, found.origin) == ("/jpadilla/pyjwt", "context7-mcp")
    assert found.snippets[0].url.endswith("/docs/usage.rst")
    assert found.snippets[0].codes[0].language == "python"
    notes = [json.loads(line) for line in (tmp_path / "notes").read_text().splitlines()]
    assert notes == [
        {
            "tool": "resolve-library-id",
            "query": "verify a token",
            "libraryName": "PyJWT",
            "key": KEY,
        },
        {
            "tool": "query-docs",
            "libraryId": "/jpadilla/pyjwt",
            "query": "verify a token",
            "key": KEY,
        },
    ]


def test_a_version_and_an_id_are_asked_for_as_they_are(tmp_path: Path) -> None:
    found = asked(piped(tmp_path / "notes"), Question("/jpadilla/pyjwt", "verify", "2.10.0"))
    assert isinstance(found, Fetched), found
    (note,) = map(json.loads, (tmp_path / "notes").read_text().splitlines())
    assert (note["tool"], note["libraryId"]) == ("query-docs", "/jpadilla/pyjwt/2.10.0")


@pytest.mark.parametrize(("sentence", "reason"), SENTENCES[::3])
def test_a_failure_that_the_server_does_not_flag_is_one(
    tmp_path: Path, sentence: str, reason: str
) -> None:
    found = asked(piped(tmp_path / "notes", ask=sentence))
    assert isinstance(found, Failure), found
    assert found.reason == reason


def test_a_library_that_moved_is_asked_for_at_its_new_place(tmp_path: Path) -> None:
    moved = "Library /jpadilla/pyjwt has been redirected to this library: /new/pyjwt."
    found = asked(piped(tmp_path / "notes", **{"/jpadilla/pyjwt": moved}))
    assert isinstance(found, Fetched), found
    assert found.library == "/new/pyjwt"
    assert found.notes


@pytest.mark.parametrize(
    ("texts", "reason", "words"),
    [
        ({"resolve": "No libraries found matching the provided name."}, "no_library", "no library"),
        ({"flagged": f"broken for {KEY}"}, "server_error", "broken for (the key)"),
        ({"tool": "get-docs-v9"}, "not_started", "no tool query-docs"),
        ({"ask": "Welcome to our portal"}, "not_documents", "portal"),
        ({"ask": ""}, "no_snippets", "no documents"),
    ],
)
def test_what_goes_wrong_has_a_name(
    tmp_path: Path, texts: dict[str, str], reason: str, words: str
) -> None:
    found = asked(piped(tmp_path / "notes", **texts))
    assert isinstance(found, Failure), found
    assert found.reason == reason, found
    assert words.replace("(the key)", "the key") in found.because.replace("(the key)", "the key")
    assert KEY not in found.because


def test_a_tool_of_an_older_server_is_found_by_its_arguments(tmp_path: Path) -> None:
    assert isinstance(asked(piped(tmp_path / "notes", tool="get-library-docs")), Fetched)


def test_a_slow_tool_is_left(tmp_path: Path) -> None:
    found = asked(piped(tmp_path / "notes", slow="20"), seconds=4)
    assert isinstance(found, Failure), found
    assert found.reason == "timed_out"


@pytest.mark.parametrize("command", ["/nowhere/at/all", "false", "'", "cat"])
def test_a_command_that_is_no_server_is_said(command: str) -> None:
    found = asked(McpSource(command, ApiKey({}), Clock()), seconds=3)
    assert isinstance(found, Failure), found
    assert found.reason in ("not_started", "server_error", "timed_out")


def test_over_http_it_is_the_same() -> None:
    with mcp_over_http() as place:
        found = asked(McpSource(place, ApiKey({"CONTEXT7_API_KEY": KEY}), Clock()))
    assert isinstance(found, Fetched), found
    assert len(found.snippets) == 2
    with mcp_over_http(ask="Monthly quota exceeded.") as place:
        failed = asked(McpSource(place, ApiKey({}), Clock()))
    assert isinstance(failed, Failure), failed
    assert failed.reason == "rate_limited"


def test_the_key_goes_to_the_address_and_not_to_where_it_points() -> None:
    with stub_server() as stub, stub_server() as elsewhere:
        stub.post = Reply(307, headers={"Location": f"{elsewhere.base}/mcp"})
        found = asked(McpSource(stub.base, ApiKey({"CONTEXT7_API_KEY": KEY}), Clock()), seconds=20)
        assert isinstance(found, Failure), found
        assert {one.headers["Authorization"] for one in stub.asked} == {f"Bearer {KEY}"}
        assert elsewhere.asked == []


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (Reply(401, b"{}"), "invalid_key"),
        (Reply(429, b"{}", headers={"Retry-After": "7"}), "rate_limited"),
        (Reply(503, b"{}"), "server_error"),
        (Reply(200, b"<html></html>", "text/html"), "server_error"),
        (Reply(200, b" " * 3_000_000), "oversized"),
    ],
)
def test_an_address_that_refuses_is_said(reply: Reply, reason: str) -> None:
    with stub_server() as stub:
        stub.post = reply
        found = asked(McpSource(stub.base, ApiKey({}), Clock()), seconds=20)
    assert isinstance(found, Failure), found
    assert found.reason == reason, found


@pytest.mark.parametrize("place", ["http://me:pw@127.0.0.1/mcp", "https://", "http://x:y/"])
def test_an_address_must_be_a_plain_one(place: str) -> None:
    found = asked(McpSource(place, ApiKey({}), Clock()))
    assert isinstance(found, Failure)
    assert (found.reason, "pw" in found.because) == ("unreachable", False)


def test_the_key_is_not_sent_to_an_address_that_others_can_read() -> None:
    found = asked(McpSource("http://192.0.2.1/mcp", ApiKey({"CONTEXT7_API_KEY": KEY}), Clock()))
    assert isinstance(found, Failure)
    assert found.reason == "invalid_key"
