"""A story file as a value, and edits that touch only the bytes they must; judges no transition."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from orchestrator.core.errors import CannotAnswer, UsageProblem
from orchestrator.core.story.front_matter import Parts, split_story, state_span
from orchestrator.core.story.request import check_story_id
from orchestrator.core.story.requirement import Problem, Requirement, read_requirements
from orchestrator.core.text.markdown import Section, read_lines, sections
from orchestrator.core.text.nearest import did_you_mean
from orchestrator.core.text.typed import typed
from orchestrator.core.text.yaml_text import YamlText

LOG_TITLE = "Lifecycle Log"
_STATE = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")

NodeId = Annotated[
    str,
    StringConstraints(
        pattern=r"^(?:[A-Za-z0-9_][A-Za-z0-9_.-]*/)*[A-Za-z0-9_][A-Za-z0-9_.-]*\.py(::\S+)?$"
    ),
]
Answer = bool | int | float | str | tuple[str, ...]


class FrontMatter(BaseModel):
    """The YAML block at the top of a story."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    title: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
    state: str
    owner: str = ""
    workflow: str = "delivery"
    specs: tuple[str, ...] = ()
    decisions: tuple[str, ...] = ()
    norms: tuple[str, ...] = ()
    answers: dict[str, Answer] = Field(default_factory=dict)
    verified_by: dict[str, NodeId] = Field(default_factory=dict)


@dataclass(frozen=True)
class Story:
    """A story as read. `name` is the file's repository-relative POSIX path.

    `brief` is the text under `## Brief`, stripped; `problems` are the list items under
    `## Requirements` that are no requirement; `state_line` is where `state:` stands.
    """

    name: str
    id: str
    title: str
    state: str
    owner: str
    workflow: str
    specs: tuple[str, ...]
    decisions: tuple[str, ...]
    norms: tuple[str, ...]
    answers: Mapping[str, Answer]
    verified_by: Mapping[str, str]
    brief: str
    requirements: tuple[Requirement, ...]
    problems: tuple[Problem, ...]
    state_line: int


def parse_story(name: str, raw: bytes) -> Story:
    """Read a story file; `name` is its path, whose stem must be the story's id.

    Raises CannotAnswer with line and remedy for bad front matter, an id that is not the file's,
    `verified_by` of an unknown requirement, and fences or comments that are never closed.
    Requirement lines that cannot be read become `problems`.
    """
    parts = split_story(name, raw)
    document = parts.document
    state_span(parts, raw)
    front = typed(FrontMatter, document)
    _check_id(front.id, name, document)
    found = _sections(parts, raw)
    requirements, problems = read_requirements(
        (line.number, line.content.decode("utf-8"))
        for section in found
        if section.title.casefold() == "requirements"
        for line in section.body
        if line.shown
    )
    _check_tested(front, _ids(requirements, problems), document)
    fields = {key: getattr(front, key) for key in FrontMatter.model_fields}
    return Story(
        name=name,
        brief=_brief(found),
        requirements=tuple(
            replace(one, verified_by=front.verified_by.get(one.id)) for one in requirements
        ),
        problems=problems,
        state_line=document.lines[("state",)],
        **fields,
    )


def check_state(story: Story, states: Collection[str]) -> None:
    """Raise CannotAnswer, with line and nearest state, when the workflow has no such state."""
    if story.state not in states:
        raise CannotAnswer(
            f"{story.name}:{story.state_line}: unknown state `{story.state}`",
            remedy=did_you_mean(story.state, states),
        )


def with_state(raw: bytes, state: str, name: str = "story") -> bytes:
    """The file with another state; no byte changes but the state's own (quotes stay)."""
    if not _STATE.fullmatch(state):
        raise CannotAnswer(
            f"`{state}` cannot be written as a state", remedy="use letters, digits, `_` and `-`"
        )
    start, end = state_span(split_story(name, raw), raw)
    return raw[:start] + state.encode() + raw[end:]


def with_log_entry(raw: bytes, report: str, name: str = "story") -> bytes:
    """The file with a report appended in a code fence under `## Lifecycle Log`.

    The section is added at the end when missing, line ends follow the file, and a report that is
    already there is not appended again. The report comes back from `log_entries` as given, but
    for line ends and blank lines at its end.
    """
    text = _log_text(report)
    if text in log_entries(raw, name):
        return raw
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", text)), default=0))
    eol = "\r\n" if raw.split(b"\n", 1)[0].endswith(b"\r") else "\n"
    entry = f"{fence}text\n{text}\n{fence}\n"
    section = _log(split_story(name, raw), raw)
    at = section.end if section else len(raw)
    before, after = raw[:at], raw[at:]
    gap = "" if before.endswith(b"\n") else "\n"
    gap += "" if before.endswith((b"\n\n", b"\n\r\n")) else "\n"
    heading = "" if section else f"## {LOG_TITLE}\n\n"
    tail = "\n" if after else ""
    return before + f"{gap}{heading}{entry}{tail}".replace("\n", eol).encode() + after


def log_entries(raw: bytes, name: str = "story") -> tuple[str, ...]:
    """The reports under `## Lifecycle Log`, oldest first, with `\\n` between lines."""
    section = _log(split_story(name, raw), raw)
    entries: list[str] = []
    held: list[str] = []
    for line in section.body if section else ():
        if line.role == "open":
            held = []
        elif line.role == "inside":
            held.append(line.content.decode("utf-8"))
        elif line.role == "close":
            entries.append("\n".join(held))
    return tuple(entries)


def log_section(raw: bytes, name: str = "story") -> str:
    """The text under `## Lifecycle Log`, as it stands; empty when there is none."""
    section = _log(split_story(name, raw), raw)
    return raw[section.lines[0].end : section.end].decode("utf-8") if section else ""


def subject_bytes(raw: bytes, name: str = "story") -> bytes:
    """What a measurement is about: the file without the value of `state:` and without its log.

    Neither `with_state` nor `with_log_entry` changes it.
    """
    parts = split_story(name, raw)
    start, end = state_span(parts, raw)
    section = _log(parts, raw)
    log_start, log_end = (section.start, section.end) if section else (len(raw), len(raw))
    return (raw[:start] + raw[end:log_start]).rstrip() + b"\n" + raw[log_end:]


def subject_digest(raw: bytes, name: str = "story") -> str:
    """SHA-256 of `subject_bytes`, in hex."""
    return hashlib.sha256(subject_bytes(raw, name)).hexdigest()


def _check_id(story: str, name: str, document: YamlText) -> None:
    try:
        check_story_id(story)
    except UsageProblem as error:
        raise CannotAnswer(
            f"{document.where(('id',))}: {error.problem}", remedy=error.remedy
        ) from error
    stem = PurePosixPath(name).stem
    if story != stem:
        raise CannotAnswer(
            f"{document.where(('id',))}: the id `{story}` is not the file's name `{stem}`",
            remedy=f"write `id: {stem}` or rename the file",
        )


def _check_tested(front: FrontMatter, ids: Collection[str], document: YamlText) -> None:
    for id_ in front.verified_by:
        if id_ not in ids:
            raise CannotAnswer(
                f"{document.where(('verified_by', id_))}: no requirement `{id_}`",
                remedy=did_you_mean(id_, ids),
            )


def _ids(requirements: tuple[Requirement, ...], problems: tuple[Problem, ...]) -> list[str]:
    return [one.id for one in requirements] + [one.id for one in problems if one.id]


def _sections(parts: Parts, raw: bytes) -> tuple[Section, ...]:
    found = tuple(
        sections(
            read_lines(raw, parts.document.name, start=parts.body_start, first_line=parts.body_line)
        )
    )
    logs = [one for one in found if one.title.casefold() == LOG_TITLE.casefold()]
    if len(logs) > 1:
        raise CannotAnswer(
            f"{parts.document.name}:{logs[1].lines[0].number}: a second `## {LOG_TITLE}`",
            remedy="keep one of the two",
        )
    return found


def _log(parts: Parts, raw: bytes) -> Section | None:
    found = _sections(parts, raw)
    return next((one for one in found if one.title.casefold() == LOG_TITLE.casefold()), None)


def _brief(found: tuple[Section, ...]) -> str:
    lines = [
        line.content.decode("utf-8")
        for section in found
        if section.title.casefold() == "brief"
        for line in section.body
    ]
    return "\n".join(lines).strip()


def _log_text(report: str) -> str:
    text = report.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n")
    if "\0" in text or any("\ud800" <= char <= "\udfff" for char in text):
        raise CannotAnswer("the report holds a character that is not text", remedy="remove it")
    return text
