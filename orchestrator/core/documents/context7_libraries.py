"""The libraries that Context7 knows: read a search, choose one; one merely alike is not taken."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from orchestrator.core.documents.context7_refusals import failed_body, failed_sentence, failed_text
from orchestrator.core.documents.documents import Failure, Question
from orchestrator.core.text.harmless import harmless_line

_NAME = r"[A-Za-z0-9._~+-]+"
LIBRARY_ID = re.compile(rf"/{_NAME}/{_NAME}(?:[/@]{_NAME})?")
VERSION = re.compile(_NAME)
_TITLE = 200


@dataclass(frozen=True)
class Library:
    """A library that a search found; `reputation` 0 to 10 (-1: unknown), `state` "" if not said."""

    id: str
    title: str
    state: str = ""
    reputation: float = -1
    score: float = -1
    snippets: int = -1
    versions: tuple[str, ...] = ()
    branch: str = ""


@dataclass(frozen=True)
class Chosen:
    """The library to ask, its version ("": the default branch), and why this one.

    `branch` is the name of that branch, where a search told it.
    """

    id: str
    version: str
    because: str
    branch: str = ""

    @property
    def edition(self) -> str:
        """What a snippet of it is marked with: the version, else the branch, else nothing."""
        return self.version or (f"branch {self.branch}" if self.branch else "")


def named_library(question: Question) -> Chosen | None:
    """The library that a question names by its id (`/org/project`, `/org/project/version`)."""
    if not LIBRARY_ID.fullmatch(question.library):
        return None
    owner, project, *version = re.split(r"[/@]", question.library[1:])
    wanted = version[0] if version else question.version
    return Chosen(f"/{owner}/{project}", wanted, "named by its id")


def library_path(chosen: Chosen) -> str:
    """The `libraryId` of a request."""
    return f"{chosen.id}/{chosen.version}" if chosen.version else chosen.id


def read_libraries(body: Any) -> tuple[Library, ...] | Failure:
    """The libraries of a REST search."""
    failed = failed_body(body)
    if failed is not None:
        return failed
    rows = body.get("results") if isinstance(body, Mapping) else None
    if not isinstance(rows, list):
        return Failure("not_documents", "the answer to the search has another shape")
    return tuple(_library(row) for row in rows if _is_library(row))


def _is_library(row: Any) -> bool:
    return isinstance(row, Mapping) and bool(LIBRARY_ID.fullmatch(str(row.get("id", ""))))


def _library(row: Mapping[str, Any]) -> Library:
    versions = row.get("versions")
    return Library(
        id=str(row["id"]),
        title=harmless_line(str(row.get("title", "")), _TITLE),
        state=str(row.get("state") or ""),
        reputation=_number(row.get("trustScore")),
        score=_number(row.get("benchmarkScore")),
        snippets=int(_number(row.get("totalSnippets"))),
        versions=_versions(versions if isinstance(versions, list) else ()),
        branch=harmless_line(str(row.get("branch") or ""), 80),
    )


def _versions(words: Iterable[Any]) -> tuple[str, ...]:
    plain = (str(one).strip() for one in words)
    return tuple(one for one in plain if VERSION.fullmatch(one))


def _number(value: Any) -> float:
    usable = isinstance(value, int | float) and not isinstance(value, bool) and value == value
    return max(-1.0, min(float(value), 1e9)) if usable else -1.0


def read_library_list(text: str) -> tuple[Library, ...] | Failure:
    """The libraries of the MCP tool `resolve-library-id`."""
    failed = failed_text(text)
    if failed is not None:
        return failed
    blocks = re.split(r"^-{10,}\s*$", text, flags=re.MULTILINE)
    found = [dict(_labelled(block)) for block in blocks]
    libraries = tuple(_from_labels(one) for one in found if _is_library({"id": one.get("id")}))
    return libraries or failed_sentence("not_documents", text)


_LABELS = {
    "title": "title",
    "context7-compatible library id": "id",
    "code snippets": "snippets",
    "source reputation": "reputation",
    "benchmark score": "score",
    "versions": "versions",
}
_REPUTATIONS = {"high": 7.0, "medium": 4.0, "low": 0.0}


def _labelled(block: str) -> Iterator[tuple[str, str]]:
    for line in block.splitlines():
        label, colon, value = line.lstrip("- ").partition(":")
        if colon and label.strip().lower() in _LABELS:
            yield _LABELS[label.strip().lower()], value.strip()


def _from_labels(one: Mapping[str, str]) -> Library:
    return Library(
        id=one["id"],
        title=harmless_line(one.get("title", ""), _TITLE),
        reputation=_REPUTATIONS.get(one.get("reputation", "").lower(), -1),
        score=_figure(one.get("score", "")),
        snippets=int(_figure(one.get("snippets", ""))),
        versions=_versions(one.get("versions", "").split(",")),
    )


def _figure(text: str) -> float:
    return float(text) if re.fullmatch(r"\d{1,9}(\.\d{1,9})?", text) else -1.0


def choose_library(libraries: tuple[Library, ...], question: Question) -> Chosen | Failure:
    """The library whose project or title is the name that was asked for, by best reputation.

    One that only resembles the name is not taken, one whose documents are not ready neither.
    """
    wanted = _plain(question.library)
    same = [one for one in libraries if wanted in (_plain(_project(one.id)), _plain(one.title))]
    if not same:
        near = ", ".join(harmless_line(one.id, 80) for one in libraries[:3])
        more = f"; it offers {near}: name one of them by its id" if near else ""
        return Failure("no_library", f"no library is called {question.library}{more}")
    ready = [one for one in same if one.state in ("", "finalized")]
    if not ready:
        return Failure("not_finalized", f"the documents of {same[0].id} are {same[0].state}")
    best = max(ready, key=lambda one: _merit(one, wanted))
    version = _version(best, question.version)
    if version is None:
        there = ", ".join(best.versions[:5]) or "none by number"
        told = f"{best.id} has no version {question.version}; it has {there}"
        return Failure("not_found", harmless_line(told, 300))
    return Chosen(best.id, version, _why(best, len(same)), best.branch)


def _merit(one: Library, wanted: str) -> tuple[bool, float, float, int, str]:
    return _plain(_project(one.id)) == wanted, one.reputation, one.score, one.snippets, one.id


def _why(one: Library, count: int) -> str:
    among = f", the best of {count} of that name" if count > 1 else ""
    words = "unknown" if one.reputation < 0 else "low"
    words = "high" if one.reputation >= 7 else "medium" if one.reputation >= 4 else words
    return f"the name is the same{among}; {words} reputation"


def _version(library: Library, wanted: str) -> str | None:
    """How the library writes a version, with or without a `v`; None when it has none such."""
    spelled = {one.lstrip("vV"): one for one in reversed(library.versions)}
    return spelled.get(wanted.lstrip("vV")) if wanted else ""


def _project(library: str) -> str:
    return re.split(r"[/@]", library)[2]


def _plain(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum())


def moved(library: str, before: Chosen) -> Chosen:
    """Where a redirection leads, with the version that was asked for unless it names one."""
    there = named_library(Question(library, ""))
    if there is None:
        return before
    return Chosen(there.id, there.version or before.version, f"{before.because}; it has moved")
