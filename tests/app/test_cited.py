"""A record cites what its snippets say, or it is found out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from orchestrator.app.transition.consult import citations
from orchestrator.app.trust.verify import verify
from orchestrator.core.documents.context7_answers import Answer, Provenance, fetched, read_context
from orchestrator.core.documents.documents import DocsAnswer, Question
from orchestrator.core.errors import IntegrityBroken
from orchestrator.core.record.record import DocumentData, decode
from orchestrator.core.text.canonical import canonical, load_canonical
from orchestrator.report.text import render_report
from tests.context7_stub import CONTEXT
from tests.record_factory import Made, make, ports_of, publish

QUESTION = Question("PyJWT", "verify a token")
MARKS = Provenance("/jpadilla/pyjwt", "2.15.1", "context7-rest", "2026-02-20T08:00:00Z")


def cited(how: Any = "fetched", **changes: Any) -> Made:
    """A record that cites two snippets; `changes` falsify the first citation."""
    answer = read_context(CONTEXT, MARKS)
    assert isinstance(answer, Answer)
    found = DocsAnswer(QUESTION, how, fetched(answer, "the name is the same", ()))
    citation = citations((found,))
    first, *others = citation.documents
    kept = first.fetched
    assert kept is not None
    inner = {name: one for name, one in changes.items() if name in type(kept).model_fields}
    outer = {name: one for name, one in changes.items() if name not in inner}
    if inner:
        outer["fetched"] = kept.model_copy(update=inner)
    plain = make()
    documents = (*plain.record.documents, first.model_copy(update=outer), *others)
    evidence = tuple(sorted({*plain.record.evidence, *citation.blobs}))
    made = make(documents=documents, observations=citation.observations, evidence=evidence)
    return Made(made.record, {**made.blobs, **citation.blobs})


def problems(root: Path, made: Made) -> list[str]:
    ports = ports_of(publish(root, made))
    return [one.what for one in verify(ports, None, render=render_report).problems]


@pytest.mark.parametrize("how", ["fetched", "cached"])
def test_a_citation_holds_and_its_report_says_where_it_comes_from(tmp_path: Path, how: Any) -> None:
    made = cited(how)
    assert problems(tmp_path, made) == []
    origin = "cache" if how == "cached" else "context7-rest"
    said = " ".join(render_report(made.record, made.name).split())
    assert f"from {origin}, /jpadilla/pyjwt 2.15.1, retrieved on 2026-02-20, 9 days before" in said
    assert "https://pyjwt.readthedocs.io/en/stable/algorithms.html," in said
    assert "“Decode a token and require its claims”: asked for: verify a token; from" in said
    assert "2 rules of the source not followed" in said
    assert "Always name the algorithms" not in said


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"title": "Another"}, "title is recorded as 'Another'"),
        ({"url": "https://elsewhere.example/"}, "url is recorded as"),
        ({"checked_on": "2026-02-28"}, "checked_on is recorded as"),
        ({"origin": "context7-mcp"}, "recorded as from context7-mcp, kept as from context7-rest"),
        ({"origin": "pattern"}, "recorded as from pattern"),
        ({"library": "/else/where"}, "library is recorded as"),
        ({"version": ""}, "version is recorded as"),
        ({"retrieved_at": "2026-02-28T08:00:00Z"}, "retrieved_at is recorded as"),
        ({"fetched": None}, "nothing was kept"),
        ({"snippet": "0" * 64}, "is missing"),
    ],
)
def test_a_citation_that_says_otherwise_than_its_snippet_is_found(
    tmp_path: Path, changes: dict[str, Any], what: str
) -> None:
    assert any(what in one for one in problems(tmp_path, cited(**changes)))


def test_a_snippet_that_nobody_cites_is_found(tmp_path: Path) -> None:
    made = cited()
    record = made.record.model_copy(update={"documents": made.record.documents[:1]})
    found = problems(tmp_path, Made(record, made.blobs))
    assert [one for one in found if "listed and nothing uses it" in one]


def test_records_of_before_are_read_and_a_null_is_not_written() -> None:
    older = load_canonical(make().raw)
    assert "fetched" not in older["documents"][0]
    assert decode(canonical(older)).documents[0].fetched is None
    older["documents"][0]["fetched"] = None
    with pytest.raises(IntegrityBroken, match="missing"):
        decode(canonical(older))
    record = cited().record
    assert all(isinstance(one, DocumentData) for one in record.documents)
