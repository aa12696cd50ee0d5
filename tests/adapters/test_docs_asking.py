"""The cache, the order of sources and the time: fetched, cached, too old, damaged, or why not."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from orchestrator.adapters.docs.asking import Context7Docs
from orchestrator.adapters.docs.cache import MOST_ENTRIES
from orchestrator.core.documents.documents import DocsAnswer, DocsLimits, Question, how_text
from tests.context7_stub import KEY, Reply, Stub, refusal, stub_server

QUESTION = Question("PyJWT", "verify a token")
LIMITS = DocsLimits(("rest",), 10)
START = datetime(2026, 11, 21, 12, tzinfo=UTC)


class Watch:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.moment = START

    def now(self) -> datetime:
        """The moment that it was set to."""
        return self.moment


@pytest.fixture
def stub() -> Iterator[Stub]:
    with stub_server() as made:
        yield made


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def docs(stub: Stub, watch: Watch, tmp_path: Path) -> Context7Docs:
    return Context7Docs(tmp_path / "docs", environment(stub), watch)


def environment(stub: Stub) -> dict[str, str]:
    nobody = "http://127.0.0.1:9/mcp"
    return {"CONTEXT7_API_URL": stub.base, "CONTEXT7_MCP": nobody, "CONTEXT7_API_KEY": KEY}


def one(
    docs: Context7Docs, limits: DocsLimits = LIMITS, question: Question = QUESTION
) -> DocsAnswer:
    (answer,) = docs.ask([question], limits)
    return answer


def entry(tmp_path: Path) -> Path:
    (file,) = (tmp_path / "docs").iterdir()
    return file


def test_an_answer_is_kept_and_the_second_asks_nobody(
    docs: Context7Docs, stub: Stub, watch: Watch
) -> None:
    first = one(docs)
    assert (first.how, len(stub.asked)) == ("fetched", 2)
    watch.moment += timedelta(hours=5)
    second = one(docs)
    assert (second.how, second.age, len(stub.asked)) == ("cached", 5 * 3600, 2)
    assert second.found == first.found
    assert how_text(second) == (
        "2 snippets of /jpadilla/pyjwt branch master from the cache, 5 hours old (by context7-rest)"
    )


@pytest.mark.parametrize(
    "other",
    [
        Question("PyJWT", "sign a token"),
        Question("PyJWT", "verify a token", "2.10.0"),
        Question("/jpadilla/pyjwt", "verify a token"),
    ],
)
def test_another_question_is_another_entry(docs: Context7Docs, stub: Stub, other: Question) -> None:
    one(docs)
    before = len(stub.asked)
    assert one(docs, question=other).how == "fetched"
    assert len(stub.asked) > before


def test_an_answer_of_another_address_is_not_taken(
    docs: Context7Docs, watch: Watch, tmp_path: Path
) -> None:
    one(docs)
    elsewhere = Context7Docs(tmp_path / "docs", {"CONTEXT7_API_URL": "http://127.0.0.1:9"}, watch)
    assert one(elsewhere).how == "not fetched"


def test_an_answer_beyond_its_age_is_asked_for_anew_or_used_with_its_age_told(
    docs: Context7Docs, stub: Stub, watch: Watch
) -> None:
    one(docs)
    watch.moment += timedelta(days=8)
    stub.search = [refusal(429, "rate_limit_exceeded", Retry_After="60")]
    old = one(docs)
    assert (old.how, old.age) == ("cached", 8 * 86400)
    assert [failure.reason for failure in old.failures] == ["not_cached", "rate_limited"]
    assert "8 days old" in how_text(old)
    assert "60 seconds" in how_text(old)
    stub.search = Stub(0).search
    renewed = one(docs)
    assert (renewed.how, renewed.found and renewed.found.retrieved_at) == (
        "fetched",
        "2026-11-29T12:00:00Z",
    )
    assert one(docs).how == "cached"


def test_a_named_source_is_asked_whatever_is_cached(docs: Context7Docs, stub: Stub) -> None:
    one(docs)
    assert one(docs, replace(LIMITS, cached=())).how == "fetched"
    assert len(stub.asked) == 4


def test_without_a_source_the_cache_answers_or_nobody(docs: Context7Docs, stub: Stub) -> None:
    closed = replace(LIMITS, sources=())
    assert one(docs, closed).failures == (closed.closed,)
    assert stub.asked == []
    one(docs)
    assert one(docs, closed).how == "cached"


def test_nothing_is_kept_unless_it_shall_be(docs: Context7Docs, tmp_path: Path) -> None:
    assert one(docs, replace(LIMITS, keep=False)).how == "fetched"
    assert not (tmp_path / "docs").exists()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda raw: raw[:-1],
        lambda raw: raw.replace(b"HS256", b"none "),
        lambda raw: b"",
        lambda raw: b"\xff" * 200,
        lambda raw: b"0" * 64 + raw[64:],
    ],
)
def test_a_damaged_entry_is_a_miss_that_is_told(
    docs: Context7Docs, stub: Stub, tmp_path: Path, spoil: object
) -> None:
    one(docs)
    file = entry(tmp_path)
    file.write_bytes(spoil(file.read_bytes()))  # type: ignore[operator]
    offline = replace(LIMITS, sources=())
    (damaged, _) = one(docs, offline).failures
    assert (damaged.reason, "damaged" in damaged.because) == ("not_cached", True)
    answer = one(docs)
    assert (answer.how, answer.failures) == ("fetched", (damaged,))
    assert one(docs, offline).how == "cached"


def test_an_entry_under_another_name_is_not_believed(docs: Context7Docs, tmp_path: Path) -> None:
    one(docs)
    first = entry(tmp_path)
    content = first.read_bytes()
    first.unlink()
    one(docs, question=Question("PyJWT", "sign a token"))
    entry(tmp_path).write_bytes(content)
    answer = one(docs, replace(LIMITS, sources=()), Question("PyJWT", "sign a token"))
    assert (answer.how, answer.failures[0].reason) == ("not fetched", "not_cached")


def test_no_link_is_followed_and_no_folder_read(docs: Context7Docs, tmp_path: Path) -> None:
    one(docs)
    file = entry(tmp_path)
    elsewhere = tmp_path / "elsewhere"
    file.rename(elsewhere)
    file.symlink_to(elsewhere)
    answer = one(docs, replace(LIMITS, sources=()))
    assert (answer.how, "cannot be read" in answer.because) == ("not fetched", True)
    file.unlink()
    os.mkfifo(file)
    assert one(docs, replace(LIMITS, sources=())).how == "not fetched"


def test_a_cache_that_cannot_be_written_is_told_and_stops_nothing(
    docs: Context7Docs, tmp_path: Path
) -> None:
    (tmp_path / "docs").write_text("a file")
    answer = one(docs)
    assert answer.how == "fetched"
    assert answer.found is not None
    assert "could not be kept" in answer.found.notes[0]


def test_the_oldest_entries_go_and_nothing_is_left_half(docs: Context7Docs, tmp_path: Path) -> None:
    folder = tmp_path / "docs"
    folder.mkdir()
    for number in range(MOST_ENTRIES + 5):
        (folder / f"{number}.json").write_text("old")
    one(docs)
    names = [file.name for file in folder.iterdir()]
    assert len(names) == MOST_ENTRIES
    assert not any(name.endswith(".half") for name in names)


def test_the_key_is_in_no_kept_file(docs: Context7Docs, stub: Stub, tmp_path: Path) -> None:
    stub.context = [
        Reply(body=f"### T\n\nSource: https://x.example/\n\n{KEY}\n".encode(), kind="text/plain")
    ]
    assert one(docs).how == "fetched"
    assert stub.asked[0].headers["Authorization"] == f"Bearer {KEY}"
    assert KEY.encode() not in entry(tmp_path).read_bytes()


def test_questions_are_asked_at_once_and_answered_in_order(docs: Context7Docs, stub: Stub) -> None:
    asked = [Question("PyJWT", topic) for topic in ("a", "b", "c")]
    # No reply goes out before three requests wait for one.
    stub.together = threading.Barrier(len(asked))
    answers = docs.ask(asked, LIMITS)
    assert [one.question for one in answers] == asked
    assert {one.how for one in answers} == {"fetched"}


@pytest.mark.parametrize("how", ["silence", "heading"])
def test_the_time_is_one_for_all_of_it(docs: Context7Docs, stub: Stub, how: Any) -> None:
    stub.search = [Reply(how=how)]
    answers = docs.ask([QUESTION, Question("FastAPI", "routes")], replace(LIMITS, seconds=0.5))
    assert [one.failures[0].reason for one in answers] == ["timed_out", "timed_out"]


@pytest.mark.parametrize(
    "odd",
    [
        Question("", "x"),
        Question("x", " "),
        Question("x" * 501, "y"),
        Question("a\nb", "y"),
        Question("a", "y", "1 \x1b"),
    ],
)
def test_an_odd_question_is_not_sent(docs: Context7Docs, stub: Stub, odd: Question) -> None:
    assert one(docs, question=odd).failures[0].reason == "bad_question"
    assert stub.asked == []


def test_the_next_source_is_asked_when_one_fails(docs: Context7Docs, stub: Stub) -> None:
    stub.search = [refusal(503, "search_failed")]
    both = one(docs, replace(LIMITS, sources=("mcp", "rest"), seconds=15))
    assert [failure.reason for failure in both.failures] == ["unreachable", "server_error"]
    stub.search = Stub(0).search
    answer = one(docs, replace(LIMITS, sources=("mcp", "rest"), seconds=15))
    assert (answer.how, [failure.reason for failure in answer.failures]) == (
        "fetched",
        ["unreachable"],
    )


def test_an_answer_that_breaks_our_reader_stops_nothing(
    docs: Context7Docs, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> object:
        raise RecursionError

    monkeypatch.setattr("orchestrator.adapters.docs.rest.read_libraries", broken)
    answer = one(docs)
    assert (answer.how, answer.failures[0].reason) == ("not fetched", "not_documents")


def test_without_the_extra_the_way_to_it_is_said(
    docs: Context7Docs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "orchestrator.adapters.docs.mcp", raising=False)
    monkeypatch.setitem(sys.modules, "mcp", None)
    (failed,) = one(docs, replace(LIMITS, sources=("mcp",))).failures
    assert failed.reason == "not_installed"
    assert "pip install 'story-orchestrator[mcp]'" in failed.because
