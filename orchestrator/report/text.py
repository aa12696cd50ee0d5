"""A transition as canonical text: the same record gives the same bytes; adds no figure."""

from __future__ import annotations

from collections.abc import Iterable

from orchestrator.core.record.record import Record
from orchestrator.report.entry import WIDTH, Entry, Evidence, FollowUp, Risk
from orchestrator.report.say import entry_of

INDENT = "  "
NOTHING = "n/a"


def render_report(record: Record, name: str) -> str:
    """The report of a record; `name` is its entry's name, to which evidence refers.

    Lines have at most 120 characters and end in a line feed, the last one too.
    """
    return render_entry(entry_of(record, name.removesuffix(".json")))


def render_entry(entry: Entry) -> str:
    """An entry in canonical form; `parse_log` reads the same entry back."""
    return "".join(f"{line}\n" for long in _lines(entry) for line in wrapped(long))


def wrapped(line: str) -> Iterable[str]:
    """Break at blanks, which the breaks replace; what follows a break starts with two blanks."""
    words = line.split(" ")
    current = words[0]
    for word in words[1:]:
        if len(current) + 1 + len(word) > WIDTH:
            yield current
            current = INDENT + word
        else:
            current += f" {word}"
    yield current


def _lines(entry: Entry) -> Iterable[str]:
    date = f" [{entry.date}]" if entry.date else ""
    actor = f" by {entry.actor}" if entry.actor else ""
    yield f"[{entry.keyword}|{entry.tag}]{date}{actor}"
    yield f"MODE: {entry.mode or NOTHING}"
    yield f"FROM_STATE: {entry.from_state or NOTHING}"
    yield f"TO_STATE: {entry.to_state or NOTHING}"
    yield "WHY:"
    yield from (f"- {reason}" for reason in entry.why)
    yield "OUTPUT:"
    yield f"=== {entry.title or NOTHING} ==="
    yield f"summary: {entry.summary or NOTHING}"
    yield f"inputs: {entry.inputs or NOTHING}"
    yield from (_evidence(one) for one in entry.evidence)
    yield from (_risk(one) for one in entry.risks)
    if not entry.risks:
        yield "risks: none"
    yield f"next_steps: {entry.next_steps or NOTHING}"
    yield f"=== END {entry.title or NOTHING} ==="
    if entry.documents:
        yield "DOCUMENTS_CREATED:"
        yield from (f"- [{one.title}]({one.target})" for one in entry.documents)
    yield "FOLLOW-UP:"
    yield from (_follow_up(one) for one in entry.follow_ups)
    if not entry.follow_ups:
        yield "- none"


def _evidence(evidence: Evidence) -> str:
    refs = ",".join(evidence.refs)
    if len(refs) > WIDTH - len(INDENT) - len("|ref="):
        refs = ", ".join(evidence.refs)
    return _glued(f"evidence: {evidence.name}", f"|result={evidence.result}", f"|ref={refs}")


def _risk(risk: Risk) -> str:
    box = f"[{', '.join(risk.names)}]" if risk.names else "[x]" if risk.done else "[ ]"
    return _glued(
        f"risks: {box}{risk.text}", f"|owner={risk.owner}", f"|mitigation={risk.mitigation}"
    )


def _glued(*pieces: str) -> str:
    """The pieces in a row, with a blank where two would make a word too long for a line."""
    line = pieces[0]
    for piece in pieces[1:]:
        word = len(line.rsplit(" ", 1)[-1]) + len(piece.split(" ", 1)[0])
        line += f" {piece}" if word > WIDTH - len(INDENT) else piece
    return line


def _follow_up(one: FollowUp) -> str:
    box = "[x] " if one.done else "[ ] " if one.action.startswith("[") else ""
    owner = f"owner={one.owner}" if one.owner else ""
    due = f"due={one.due}" if one.due else ""
    return f"- {box}{' - '.join(part for part in (one.action, owner, due) if part)}"
