"""Fetched documents as values: age in words, snippets as evidence, libraries chosen by name."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.core.documents.context7_answers import Answer, Provenance, read_context, read_text
from orchestrator.core.documents.context7_libraries import (
    Chosen,
    Library,
    choose_library,
    library_path,
    read_libraries,
    read_library_list,
)
from orchestrator.core.documents.context7_refusals import failed_text
from orchestrator.core.documents.documents import (
    Failure,
    Question,
    Snippet,
    age_of,
    age_text,
    is_stamp,
    read_snippet,
    snippet_bytes,
    stamp,
)
from orchestrator.core.errors import IntegrityBroken
from orchestrator.core.text.canonical import canonical, load_canonical
from tests.context7_stub import LIBRARIES, SEARCH, TEXT

NOW = datetime(2026, 11, 21, 12, 0, 0, 900_000, tzinfo=UTC)
MARKS = Provenance("/jpadilla/pyjwt", "", "context7-mcp", "2026-11-21T12:00:00Z")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "under a minute old"),
        (59, "under a minute old"),
        (60, "1 minute old"),
        (7199, "1 hour old"),
        (7200, "2 hours old"),
        (86400, "1 day old"),
        (9 * 86400 + 1, "9 days old"),
    ],
)
def test_an_age_is_told_in_its_largest_whole_unit(seconds: int, words: str) -> None:
    assert age_text(seconds) == words
    assert age_of(stamp(NOW), NOW + timedelta(seconds=seconds)) == seconds


def test_a_moment_that_has_not_come_is_no_age() -> None:
    assert age_of(stamp(NOW + timedelta(days=1)), NOW) == 0


@pytest.mark.parametrize("text", ["", "yesterday", "2026-11-21", "2026-02-30T00:00:00Z"])
def test_only_what_we_write_is_a_moment(text: str) -> None:
    assert not is_stamp(text)
    assert is_stamp(stamp(NOW))


def snippet() -> Snippet:
    answer = read_text(TEXT, MARKS)
    assert isinstance(answer, Answer)
    return answer.snippets[0]


def test_a_snippet_is_read_back_as_it_was_kept() -> None:
    kept = snippet_bytes(snippet())
    assert read_snippet(kept) == snippet()


@pytest.mark.parametrize(
    "change", [{"more": 1}, {"title": 3}, {"origin": "elsewhere"}, {"schema": "other/1"}]
)
def test_a_snippet_of_another_shape_is_refused(change: dict[str, object]) -> None:
    data = {**load_canonical(snippet_bytes(snippet())), **change}
    with pytest.raises(IntegrityBroken, match="not a snippet"):
        read_snippet(canonical(data))
    with pytest.raises(IntegrityBroken):
        read_snippet(snippet_bytes(snippet())[:-1])


def test_both_forms_of_a_search_lead_to_the_same_library() -> None:
    for found in (read_libraries(SEARCH), read_library_list(LIBRARIES)):
        assert not isinstance(found, Failure)
        assert len(found) >= 2
        chosen = choose_library(found, Question("pyjwt", "x", "2.15.1"))
        assert isinstance(chosen, Chosen)
        assert (chosen.id, chosen.edition) == ("/jpadilla/pyjwt", "v2.15.1")
        assert "high reputation" in chosen.because


@pytest.mark.parametrize(
    ("others", "because"),
    [
        ((Library("/a/pyjwt", "Other", reputation=9),), "/a/pyjwt"),
        ((Library("/websites/pyjwt_io", "PyJWT", reputation=10),), "/jpadilla/pyjwt"),
        ((Library("/a/pyjwt", "PyJWT", state="error", reputation=9),), "/jpadilla/pyjwt"),
        ((Library("/a/jwt", "JWT for PyJWT", reputation=10),), "/jpadilla/pyjwt"),
    ],
)
def test_the_project_of_that_name_with_the_best_reputation_is_chosen(
    others: tuple[Library, ...], because: str
) -> None:
    mine = Library("/jpadilla/pyjwt", "PyJWT", "finalized", reputation=5)
    for order in ((mine, *others), (*others, mine)):
        chosen = choose_library(order, Question("PyJWT", "x"))
        assert isinstance(chosen, Chosen)
        assert chosen.id == because


@pytest.mark.parametrize(
    "row",
    [
        {"id": "no/slash"},
        {"id": "/a"},
        {"id": "/a/b\x1b[2J"},
        {"id": None},
        {"id": "/a/b?x=y"},
        "text",
    ],
)
def test_a_library_of_an_odd_name_is_not_listed(row: object) -> None:
    assert read_libraries({"results": [row]}) == ()


def test_odd_figures_are_unknown() -> None:
    rows = [{"id": "/a/b", "trustScore": "9", "benchmarkScore": float("nan"), "versions": "1.0"}]
    (library,) = read_libraries({"results": rows})
    assert isinstance(library, Library)
    assert (library.reputation, library.score, library.versions) == (-1, -1, ())


@pytest.mark.parametrize(
    "text",
    [
        "### Rate limits\n\nSource: https://x.example/\n\nRate limit exceeded means 429.",
        "Rates are limited by the server.",
        "Library functions are documented below.",
        "",
    ],
)
def test_a_text_that_only_speaks_of_failures_is_none(text: str) -> None:
    assert failed_text(text) is None


@pytest.mark.parametrize(
    "text", ["**Rate limit exceeded**", "\ufeff\n# Invalid API key.", "  RATE LIMITED"]
)
def test_a_failure_is_known_in_any_dress(text: str) -> None:
    assert failed_text(text) is not None


def test_a_fence_that_never_ends_holds_the_rest() -> None:
    answer = read_text("### T\n\n```py\ncode\n### not a title\n", MARKS)
    assert isinstance(answer, Answer)
    (one,) = answer.snippets
    assert one.codes[0].text == "code\n### not a title"


KEYS = st.sampled_from(
    [
        *("results", "id", "title", "state", "trustScore", "benchmarkScore", "totalSnippets"),
        *("versions", "codeSnippets", "infoSnippets", "rules", "global", "error", "message"),
        *("codeTitle", "codeDescription", "codeLanguage", "codeId", "pageTitle", "codeList"),
        *("language", "code", "pageId", "breadcrumb", "content", "redirectUrl"),
    ]
)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=6),
    max_leaves=20,
)
LINES = st.lists(
    st.sampled_from(["### T", "Source: https://x.example/", "```py", "~~~", "-" * 12, "words", ""])
    | st.text(st.characters(), max_size=20),
    max_size=12,
)


@given(ANYTHING)
def test_no_json_breaks_the_readers_and_what_they_keep_can_be_evidence(body: object) -> None:
    found = read_libraries(body)
    if not isinstance(found, Failure):
        choose_library(found, Question("x", "y", "1"))
    answer = read_context(body, MARKS)
    if isinstance(answer, Answer):
        assert answer.snippets
        assert [read_snippet(snippet_bytes(one)) for one in answer.snippets] == [*answer.snippets]


@given(LINES)
def test_no_text_breaks_the_readers(lines: list[str]) -> None:
    text = "\n".join(lines)
    read_library_list(text)
    answer = read_text(text, MARKS)
    if isinstance(answer, Answer):
        assert [read_snippet(snippet_bytes(one)) for one in answer.snippets] == [*answer.snippets]


def test_without_a_version_the_branch_is_named_where_a_search_told_it() -> None:
    for found, edition in (
        (read_libraries(SEARCH), "branch master"),
        (read_library_list(LIBRARIES), ""),
    ):
        assert not isinstance(found, Failure)
        chosen = choose_library(found, Question("pyjwt", "x"))
        assert isinstance(chosen, Chosen)
        assert (chosen.edition, library_path(chosen)) == (edition, "/jpadilla/pyjwt")
