"""Records as documents for programs: plain data, integers, relative paths; no prose is parsed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from orchestrator.core.host.edits import EditCannot, EditDone, EditResult
from orchestrator.core.host.host import Observation
from orchestrator.core.record.record import CheckData, FigureData, Record
from orchestrator.report.entry import Blocked, Entry, Unreadable


def exec_document(
    record: Record,
    *,
    outcome: str,
    name: str | None = None,
    commit: str | None = None,
    diagnostics: Sequence[dict[str, Any]] = (),
) -> dict[str, Any]:
    """What `exec` answers once a record exists: `moved`, or `closed` by the gate."""
    return {
        **_who(record.story, record.skill, record.mode, record.actor.role),
        "from": record.from_,
        "to": record.to,
        "outcome": outcome,
        "checks": [_check(check) for check in record.checks],
        "files": [
            {"path": one.path, "change": one.change, "sha256": one.sha256} for one in record.files
        ],
        "record": name,
        "commit": commit,
        "blocked": None,
        "risks": [one.model_dump() for one in record.risks],
        "follow_ups": [one.model_dump() for one in record.follow_ups],
        "diagnostics": list(diagnostics),
    }


def stopped_document(
    *,
    story: str,
    skill: str,
    mode: str,
    actor: str,
    state: str,
    outcome: str,
    missing_inputs: Sequence[str] = (),
    unblock_steps: Sequence[str] = (),
    diagnostics: Sequence[dict[str, Any]] = (),
) -> dict[str, Any]:
    """What `exec` answers when the story stays where it is: `blocked` or `refused`."""
    blocked = {"missing_inputs": list(missing_inputs), "unblock_steps": list(unblock_steps)}
    return {
        **_who(story, skill, mode, actor),
        "from": state,
        "to": state,
        "outcome": outcome,
        "checks": [],
        "files": [],
        "record": None,
        "commit": None,
        "blocked": blocked if outcome == "blocked" else None,
        "risks": [],
        "follow_ups": [],
        "diagnostics": list(diagnostics),
    }


def diagnostic(
    code: str, message: str, *, severity: str = "error", target: str = "", fix: str = ""
) -> dict[str, Any]:
    """One thing to know: what, where (relative path or id), and what would help."""
    return {
        "severity": severity,
        "code": code,
        "message": message,
        "target": target or None,
        "fix": fix or None,
    }


def observed(one: Observation) -> dict[str, Any]:
    """One thing that was found, with its place and what was decided about it."""
    place = str(one.place) if one.place else None
    return {
        "subject": one.subject,
        "decision": one.decision,
        "because": one.because,
        "place": place,
    }


def edit_document(result: EditResult) -> dict[str, Any]:
    """What an edit of a host's file answered: `done`, `there` or `cannot`, then what to paste."""
    told = {"path": result.path, "end": "there", "because": None, "paste": None}
    match result:
        case EditDone():
            return told | {"end": "done"}
        case EditCannot():
            return told | {"end": "cannot", "because": result.because, "paste": result.paste}
        case _:
            return told


def show_document(record: Record, name: str) -> dict[str, Any]:
    """A record as it is stored, with its name."""
    return {"name": name, "record": record.model_dump(mode="json", by_alias=True)}


def parsed_document(
    read: Sequence[Entry | Blocked], unreadable: Sequence[Unreadable]
) -> dict[str, Any]:
    """What `log parse` read, entry by entry, and the lines that it could not read."""
    return {
        "entries": [_entry(one) if isinstance(one, Entry) else _blocked(one) for one in read],
        "unreadable": [{"line": one.line, "text": one.text} for one in unreadable],
    }


def _who(story: str, skill: str, mode: str, actor: str) -> dict[str, Any]:
    return {"story": story, "skill": skill, "mode": mode, "actor": actor}


def _check(check: CheckData) -> dict[str, Any]:
    return {
        "name": check.name,
        "outcome": check.outcome,
        "reason": check.reason,
        "examined": check.examined,
        "expected": check.expected,
        "figures": [_figure(figure) for figure in check.figures],
    }


def _figure(figure: FigureData) -> dict[str, Any]:
    return {"id": figure.id, "num": figure.num, "den": figure.den}


def _entry(entry: Entry) -> dict[str, Any]:
    return {
        "kind": entry.keyword.lower(),
        "line": entry.line,
        "tag": entry.tag,
        "actor": entry.actor or None,
        "date": entry.date or None,
        "mode": entry.mode or None,
        "from": entry.from_state or None,
        "to": entry.to_state or None,
        "why": list(entry.why),
        "output": {
            "title": entry.title,
            "summary": entry.summary,
            "inputs": {"text": entry.inputs, "pairs": entry.pairs},
            "evidence": [
                {"name": one.name, "result": one.result, "refs": list(one.refs)}
                for one in entry.evidence
            ],
            "risks": [
                {
                    "text": one.text,
                    "owner": one.owner or None,
                    "mitigation": one.mitigation or None,
                    "done": one.done,
                    "names": list(one.names),
                }
                for one in entry.risks
            ],
            "next_steps": entry.next_steps,
        },
        "documents": [{"title": one.title, "target": one.target} for one in entry.documents],
        "follow_ups": [
            {
                "action": one.action,
                "owner": one.owner or None,
                "due": one.due or None,
                "done": one.done,
            }
            for one in entry.follow_ups
        ],
    }


def _blocked(blocked: Blocked) -> dict[str, Any]:
    return {
        "kind": "blocked",
        "line": blocked.line,
        "missing_inputs": list(blocked.missing_inputs),
        "unblock_steps": list(blocked.unblock_steps),
    }
