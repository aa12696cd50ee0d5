"""Read one line of an entry in any of the ways people write it; None where it cannot be read."""

from __future__ import annotations

import re

from orchestrator.report.entry import Evidence, FollowUp, Link, Risk

_EVIDENCE = re.compile(
    r"(?P<name>[^|]*)\|\s*result=(?P<result>[^|]*)\|\s*ref=(?P<refs>(?:[^|\s]*,\s+)*[^|\s]*)"
)
_WITHOUT_REF = re.compile(r"(?P<name>[^|]*)\|\s*result=(?P<result>[^|]*)\|?(?P<refs>)")
_RISK = re.compile(
    r"(?:\[(?P<box>[^\]]*)\])?(?P<text>[^|]*)"
    r"(?:\|\s*owner=(?P<owner>[^|]*))?(?:\|\s*mitigation=(?P<mitigation>[^|]*))?\|?"
)
_ACTION_FIRST = re.compile(r"(?P<action>.+) - owner=(?P<owner>.*?)(?: - due=(?P<due>.*))?")
_OWNER_FIRST = re.compile(r"owner=(?P<owner>.*?)(?: - due=(?P<due>\S+))?(?: - (?P<action>.*))?")
_LINK = re.compile(r"\[(?P<title>[^\]]*)\]\((?P<target>[^)\s]*)\)")
_BOX = re.compile(r"\[(?P<mark>[ xX]?)\]\s+")
_TICK = re.compile(r"\s+[\u2705\u2713\u2714]\ufe0f?")
_NONE = ("", "n/a", "none", "-")


def says_nothing(text: str) -> bool:
    """Say whether a text is one of the words for `there is none`."""
    return text.strip().lower() in _NONE


def one_line(text: str) -> str:
    """The text with single blanks."""
    return " ".join(text.split())


def items(text: str) -> tuple[str, ...]:
    """A comma list as its parts."""
    return tuple(part for part in map(one_line, text.split(",")) if part)


def read_evidence(text: str) -> tuple[tuple[Evidence, ...], bool]:
    """The entries of an evidence line, from left to right, and whether all of it was read."""
    if says_nothing(text):
        return (), True
    pattern = _EVIDENCE if _EVIDENCE.match(text) else _WITHOUT_REF
    found = tuple(
        Evidence(one_line(one["name"]), one_line(one["result"]), items(one["refs"]))
        for one in pattern.finditer(text)
    )
    left = pattern.sub("", text).strip(" |")
    return found, bool(found) and not left


def read_risk(text: str) -> Risk | None:
    """A risk; an empty one means that there is none."""
    if says_nothing(text):
        return Risk("")
    found = _RISK.fullmatch(text.strip())
    if found is None:
        return None
    box = (found["box"] or "").strip()
    return Risk(
        text=one_line(found["text"]),
        owner=one_line(found["owner"] or ""),
        mitigation=one_line(found["mitigation"] or ""),
        done=box in ("x", "X"),
        names=() if box in ("", "x", "X") else items(box),
    )


def read_follow_up(text: str) -> FollowUp:
    """A follow-up, whichever of action and owner comes first; a tick at the end means done."""
    box = _BOX.match(text)
    rest = text[box.end() :] if box else text
    ticked = _TICK.split(rest)
    done = bool(box and box["mark"] in ("x", "X")) or (len(ticked) > 1 and not ticked[-1])
    rest = rest if not done or ticked[-1] else _TICK.sub("", rest)
    found = _ACTION_FIRST.fullmatch(rest) or _OWNER_FIRST.fullmatch(rest)
    parts = found.groupdict() if found else {"action": rest}
    return FollowUp(
        action=one_line(parts.get("action") or ""),
        owner=one_line(parts.get("owner") or ""),
        due=one_line(parts.get("due") or ""),
        done=done,
    )


def read_link(text: str) -> Link | None:
    """A Markdown link."""
    found = _LINK.search(text)
    return Link(one_line(found["title"]), found["target"]) if found else None
