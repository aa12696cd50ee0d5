"""The documents that Context7 answers with, as JSON and as text; believes no word of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from orchestrator.core.documents.context7_refusals import failed_body, failed_sentence, failed_text
from orchestrator.core.documents.documents import Code, Failure, Fetched, Origin, Snippet
from orchestrator.core.text.harmless import harmless, harmless_line, harmless_url

MOST_SNIPPETS = 20
MOST_RULES = 20
MOST_CODES = 8
_TITLE, _CONTENT, _CODE, _RULE = 200, 8000, 8000, 500
_RULED_OFF = re.compile(r"[-=]{10,}")
_FENCE = re.compile(r"\s*(`{3,}|~{3,})\s*([\w+#.-]*)\s*")


@dataclass(frozen=True)
class Answer:
    """The snippets of an answer, at least one, and the sentences that its source calls rules."""

    snippets: tuple[Snippet, ...]
    rules: tuple[str, ...] = ()


@dataclass(frozen=True)
class Provenance:
    """What every snippet of an answer is marked with."""

    library: str
    version: str
    origin: Origin
    retrieved_at: str


def fetched(answer: Answer, chosen: str, notes: tuple[str, ...]) -> Fetched:
    """An answer with why its library was chosen and what happened on the way."""
    first = answer.snippets[0]
    return Fetched(
        library=first.library,
        version=first.version,
        chosen=chosen,
        snippets=answer.snippets,
        rules=answer.rules,
        notes=notes,
        origin=first.origin,
        retrieved_at=first.retrieved_at,
    )


def read_context(body: Any, marks: Provenance) -> Answer | Failure:
    """The documents of a REST answer in JSON."""
    failed = failed_body(body)
    if failed is not None:
        return failed
    known = body if isinstance(body, Mapping) else {}
    lists = [known.get(key) for key in ("codeSnippets", "infoSnippets")]
    if not any(isinstance(one, list) for one in lists):
        return Failure("not_documents", "the answer has another shape than documents")
    examples, texts = (tuple(_rows(one)) for one in lists)
    snippets = [*(_example(row, marks) for row in examples), *(_text(row, marks) for row in texts)]
    return _answer(snippets, tuple(_rules(known.get("rules"))))


def _rows(value: Any) -> Iterator[Mapping[str, Any]]:
    for row in value if isinstance(value, list) else ():
        if isinstance(row, Mapping):
            yield row


def _example(row: Mapping[str, Any], marks: Provenance) -> Snippet:
    language = _word(row, "codeLanguage")
    codes = [
        (_word(one, "language") or language, _word(one, "code"))
        for one in _rows(row.get("codeList"))
    ]
    return _snippet(
        marks,
        title=_word(row, "codeTitle") or _word(row, "pageTitle"),
        url=_word(row, "codeId"),
        page=_word(row, "pageTitle"),
        content=_word(row, "codeDescription"),
        codes=codes,
    )


def _text(row: Mapping[str, Any], marks: Provenance) -> Snippet:
    crumbs = _word(row, "breadcrumb")
    return _snippet(
        marks,
        title=crumbs.rpartition(">")[2].strip() or _word(row, "pageId"),
        url=_word(row, "pageId"),
        page=crumbs,
        content=_word(row, "content"),
    )


def _word(row: Mapping[str, Any], key: str) -> str:
    value = row.get(key)
    return value if isinstance(value, str) else ""


def _rules(value: Any) -> Iterator[str]:
    for group in value.values() if isinstance(value, Mapping) else ():
        for rule in group if isinstance(group, list) else ():
            if isinstance(rule, str) and rule.strip():
                yield harmless(rule.strip(), _RULE)


def read_text(text: str, marks: Provenance) -> Answer | Failure:
    """The documents of an answer in text: `### title`, `Source:` and the rest, each piece so.

    Text without a single titled piece is no documentation, whatever it says.
    """
    failed = failed_text(text)
    if failed is not None:
        return failed
    snippets = [_piece(lines, marks) for lines in _pieces(text)]
    if not snippets and text.strip():
        return failed_sentence("not_documents", text)
    return _answer(snippets, ())


def _pieces(text: str) -> Iterator[list[str]]:
    """The lines of each titled piece; a title inside of a code fence is none."""
    held: list[str] = []
    fence = ""
    for line in text.splitlines():
        mark = _FENCE.match(line)
        if mark and not fence:
            fence = mark[1]
        elif fence and line.strip().startswith(fence):
            fence = ""
        elif not fence and _RULED_OFF.fullmatch(line.strip()):
            continue
        elif not fence and line.startswith("### "):
            if held:
                yield held
            held = []
        if held or line.startswith("### "):
            held.append(line)
    if held:
        yield held


def _piece(lines: list[str], marks: Provenance) -> Snippet:
    title, source, said = lines[0].removeprefix("### "), "", list[str]()
    codes: list[tuple[str, str]] = []
    fence, language, code = "", "", list[str]()
    for line in lines[1:]:
        mark = _FENCE.match(line)
        if fence and line.strip().startswith(fence):
            codes.append((language, "\n".join(code)))
            fence, code = "", []
        elif fence:
            code.append(line)
        elif mark:
            fence, language = mark[1], mark[2]
        elif not source and line.startswith("Source: "):
            source = line.removeprefix("Source: ").strip()
        else:
            said.append(line)
    if code:
        codes.append((language, "\n".join(code)))
    content = "\n".join(said).strip()
    return _snippet(marks, title=title, url=source, page="", content=content, codes=codes)


def _snippet(
    marks: Provenance,
    *,
    title: str,
    url: str,
    page: str,
    content: str,
    codes: list[tuple[str, str]] | None = None,
) -> Snippet:
    return Snippet(
        schema="story-orchestrator/snippet/1",
        library=marks.library,
        version=marks.version,
        title=harmless_line(title, _TITLE),
        url=harmless_url(url),
        page=harmless_line(page, _TITLE),
        content=harmless(content.strip(), _CONTENT),
        codes=tuple(
            Code(language=harmless_line(language, 40), text=harmless(text, _CODE))
            for language, text in (codes or [])[:MOST_CODES]
            if text.strip()
        ),
        origin=marks.origin,
        retrieved_at=marks.retrieved_at,
    )


def _answer(snippets: list[Snippet], rules: tuple[str, ...]) -> Answer | Failure:
    """What is documentation of it: pieces that say something and are no failure themselves."""
    real = [one for one in snippets if one.title and (one.content or one.codes)]
    fine = [one for one in real if one.codes or one.url or failed_text(one.content) is None]
    if fine:
        return Answer(tuple(fine[:MOST_SNIPPETS]), rules[:MOST_RULES])
    for one in real:
        failed = failed_text(one.content)
        if failed is not None:
            return failed
    return Failure("no_snippets", "the answer has no documents in it")
