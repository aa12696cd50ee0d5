"""The YAML at the top of a story: where it stands, and a quick reader that knows little."""

from __future__ import annotations

import re
from dataclasses import dataclass

from orchestrator.core.errors import CannotAnswer
from orchestrator.core.text.yaml_text import YamlText, read_yaml

TEXT_KEYS = (
    "id",
    "title",
    "state",
    "owner",
    "workflow",
    "specs",
    "decisions",
    "norms",
    "verified_by",
)
_BOM = b"\xef\xbb\xbf"
_OPENING = re.compile(rb"---[ \t]*\r?\n")
_CLOSING = re.compile(rb"^---[ \t]*\r?(?:\n|\Z)", re.MULTILINE)

_ITEM = r"[A-Za-z_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?"
_PAIR = rf"{_ITEM}: +[A-Za-z_/](?:[A-Za-z0-9_./-]*[A-Za-z0-9])?"
_PLAIN = r"[A-Za-z0-9_][\w ./()+,;!?'\"=@$%-]*"
_QUOTED = r"\"([^\"\\\x00-\x1f\x7f-\xa0\u2028\u2029\ufeff\ufffe\uffff]*)\""
_TEXT = re.compile(rf"(id|title|state|owner|workflow): +(?:{_QUOTED} *|({_PLAIN}))")
_LIST = re.compile(rf"(specs|decisions|norms): +\[ *(?:{_ITEM}(?: *, *{_ITEM})* *)?\] *")
_GLANCE = re.compile(rf"^(?:{_TEXT.pattern}|{_LIST.pattern})\r?\n", re.MULTILINE)
_MAP = re.compile(rf"(answers): +\{{ *((?:{_PAIR}(?: *, *{_PAIR})* *)?)\}} *")
_COMMENT = re.compile(r"#[ -~]*")


@dataclass(frozen=True)
class Parts:
    """A story's front matter as read, the byte where its YAML starts, and where the body starts."""

    document: YamlText
    yaml_start: int
    body_start: int
    body_line: int


def split_story(name: str, raw: bytes) -> Parts:
    """Read the front matter between the first two `---` lines.

    Raises CannotAnswer with line and remedy when there is none, when its YAML cannot be read, or
    when the file is not UTF-8.
    """
    bounds = _bounds(raw)
    if bounds is None:
        raise CannotAnswer(
            f"{name}:1: no front matter between two `---` lines",
            remedy="start the file with `---`, `id: …`, `title: …`, `state: …`, `---`",
        )
    start, end, body = bounds
    _check_text(name, raw)
    document = read_yaml(raw[start:end], name, first_line=2, as_text=TEXT_KEYS)
    return Parts(document, start, body, 1 + raw.count(b"\n", 0, body))


def state_span(parts: Parts, raw: bytes) -> tuple[int, int]:
    """Byte offsets of the state's value in the file, without its quotes.

    Raises CannotAnswer when there is no state, or when it is not written on one line.
    """
    document = parts.document
    data = document.data if isinstance(document.data, dict) else {}
    if data.get("state") is None:
        raise CannotAnswer(
            f"{document.where(('state',))}: the story has no state",
            remedy="add `state: DESIGNED` (or the state it is in) to its front matter",
        )
    if "state" not in document.spans:
        raise CannotAnswer(
            f"{document.where(('state',))}: the state is not one word on one line",
            remedy="write it like `state: DESIGNED`",
        )
    start, end = (parts.yaml_start + offset for offset in document.spans["state"])
    quoted = raw[start : start + 1] in (b"'", b'"')
    return (start + 1, end - 1) if quoted else (start, end)


def read_header(raw: bytes) -> dict[str, str] | None:
    """The one-line texts of a story's front matter, many times faster than the full reader.

    None when a line is outside the few forms it knows (`key: text`, `key: "text"`, whole-line
    comments, and one-line lists and answers, which it skips); then ask `split_story`. When it
    answers, both agree.
    """
    bounds = _bounds(raw)
    if bounds is None:
        return None
    try:
        text = raw[bounds[0] : bounds[1]].decode("utf-8")
    except UnicodeDecodeError:
        return None
    return _at_a_glance(text) or _line_by_line(text)


def _at_a_glance(text: str) -> dict[str, str] | None:
    """The texts of a header that has nothing but texts and lists: one search, no loop."""
    found = _GLANCE.findall(text)
    keys = {text_key or list_key for text_key, _, _, list_key in found}
    if not len(keys) == len(found) == text.count("\n"):
        return None
    return {key: quoted or plain.rstrip(" ") for key, quoted, plain, _ in found if key}


def _line_by_line(text: str) -> dict[str, str] | None:
    texts: dict[str, str] = {}
    seen: set[str] = set()
    for line in (one.removesuffix("\r") for one in text.split("\n")[:-1]):
        if _COMMENT.fullmatch(line):
            continue
        found = _TEXT.fullmatch(line) or _LIST.fullmatch(line) or _map(line)
        if found is None or found[1] in seen:
            return None
        seen.add(found[1])
        if found.re is _TEXT:
            texts[found[1]] = found[2] if found[2] is not None else found[3].rstrip(" ")
    return texts


def _map(line: str) -> re.Match[str] | None:
    found = _MAP.fullmatch(line)
    keys = [pair.split(":")[0].strip() for pair in found[2].split(",")] if found else []
    return found if len(keys) == len(set(keys)) else None


def _bounds(raw: bytes) -> tuple[int, int, int] | None:
    opening = _OPENING.match(raw, len(_BOM) if raw.startswith(_BOM) else 0)
    closing = _CLOSING.search(raw, opening.end()) if opening else None
    return (opening.end(), closing.start(), closing.end()) if opening and closing else None


def _check_text(name: str, raw: bytes) -> None:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = 1 + raw.count(b"\n", 0, error.start)
        raise CannotAnswer(
            f"{name}:{line}: this is not UTF-8 text", remedy="save the file as UTF-8"
        ) from error
