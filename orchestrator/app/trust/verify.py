"""`verify`: does everything that is recorded hold together, and is it still about this tree?"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from orchestrator.app.keeping.status import stories_folder
from orchestrator.app.trust.rederive import rederive
from orchestrator.app.trust.stale import changed_since
from orchestrator.core.errors import CannotAnswer, IntegrityBroken
from orchestrator.core.places import EVIDENCE, LOG, SETTINGS_FILE
from orchestrator.core.record.chain import CONFLICT, Entry, History, replay
from orchestrator.core.record.evidence import unpack
from orchestrator.core.record.record import Record
from orchestrator.core.story.story import log_section, parse_story
from orchestrator.core.text.canonical import sha256
from orchestrator.ports.every import Ports
from orchestrator.version import VERSION

BROKEN = 5
Kind = Literal["forged", "conflict", "stale"]
Render = Callable[[Record, str], str]

_REFERENCE = re.compile(r"\b[0-9]{6,}-[0-9a-f]{16}#")
_REPORT = re.compile(r"\s*\*{0,2}\[(?:TRANSITION|PROGRESS)\|")


@dataclass(frozen=True)
class Problem:
    """One thing that differs: where, what, and since which entry (empty: that cannot be said)."""

    kind: Kind
    path: str
    what: str
    since: str = ""


@dataclass(frozen=True)
class Verification:
    """What was looked at, by count, and every problem."""

    stories: tuple[str, ...]
    problems: tuple[Problem, ...]
    counts: Mapping[str, int]

    @property
    def code(self) -> int:
        """The exit code: 0 it holds, 1 stale, 5 broken."""
        if not self.problems:
            return 0
        return 1 if all(problem.kind == "stale" for problem in self.problems) else BROKEN


@dataclass
class _Findings:
    problems: list[Problem] = field(default_factory=list)
    unanswered: list[CannotAnswer] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def add(self, kind: Kind, path: str, what: str, since: Entry | None = None) -> None:
        self.problems.append(Problem(kind, path, what, _since(since)))


def verify(ports: Ports, story: str | None, *, render: Render) -> Verification:
    """Check one story's log, or everything; `render` makes a report of a record and its name.

    Raises CannotAnswer for a named story that has no log, and when a check that nobody provides is
    all that stands in the way of an answer.
    """
    folder = stories_folder(ports.log.file(SETTINGS_FILE))
    found = _Findings()
    logged = ports.log.stories()
    if story is not None and story not in logged:
        _unlogged(ports, found, folder, story)
        if not found.problems:
            raise CannotAnswer(
                f"{story} has no log: there is nothing to verify",
                remedy="`orchestrator status` lists the stories and where they stand",
            )
    histories = [replay(one, ports.log.entries(one)) for one in logged if story in (None, one)]
    for path, reason in ports.log.strangers():
        found.add("forged", path, reason)
    _check_evidence(ports, found, histories, everything=story is None)
    for history in histories:
        ports.progress.step(f"verifying {history.story}")
        _check_log(ports, found, history)
        _check_story(ports, found, history, f"{folder}/{history.story}.md", render)
    if story is None:
        for one in _stories_without_log(ports, folder, logged):
            _unlogged(ports, found, folder, one)
    for problem in changed_since(ports, histories, folder):
        found.add("stale", problem.path, problem.what, problem.entry)
    found.counts["stories"] = len(histories)
    stories = tuple(history.story for history in histories)
    answer = Verification(stories, tuple(dict.fromkeys(found.problems)), dict(found.counts))
    if found.unanswered and answer.code != BROKEN:
        raise found.unanswered[0]
    return answer


def _since(entry: Entry | None) -> str:
    return f"{entry.name} ({entry.record.decided_at})" if entry else ""


def _check_evidence(
    ports: Ports, found: _Findings, histories: list[History], *, everything: bool
) -> None:
    """Each stored file is itself, none is missing, and none is there that nobody lists."""
    owners = {
        name: entry
        for history in histories
        for entry in reversed(history.entries)
        for name in entry.record.evidence
    }
    stored = set(ports.log.evidence_names())
    names = stored | set(owners) if everything else set(owners)
    for name in sorted(names):
        path = f"{EVIDENCE}/{name[:2]}/{name}"
        what = _odd_blob(name, ports.log.evidence(name))
        if not what and name not in owners:
            what = "no record lists it: an entry of the log is gone, or this was added by hand"
        if what:
            found.add("forged", path, what, owners.get(name))
    found.counts["evidence"] = len(names)


def _odd_blob(name: str, stored: bytes | None) -> str:
    if stored is None:
        return "is missing"
    if sha256(stored) != name:
        return "does not have the hash that it is named by"
    try:
        unpack(stored)
    except IntegrityBroken as error:
        return error.problem
    return ""


def _check_log(ports: Ports, found: _Findings, history: History) -> None:
    folder = f"{LOG}/{history.story}"
    for flaw in history.flaws:
        last = history.entries[-1] if history.entries else None
        found.add("forged", f"{folder}/{flaw.file}", flaw.what, last)
    for entry in history.entries:
        derived = rederive(entry.record, ports.log.evidence, ports.checks)
        for what in derived.contradictions:
            what += _by_another_version(entry.record)
            found.add("forged", f"{folder}/{entry.name}.json", what, entry)
        found.unanswered += derived.unanswered
        found.counts["entries"] += 1
        found.counts["checks"] += len(derived.results)
        found.counts["figures"] += derived.figures
    if history.conflict:
        what = "two branches of the log both move the story; a resolve entry must name both"
        found.add("conflict", folder, what)


def _by_another_version(record: Record) -> str:
    """Say so when another version of the tool recorded it: it may have read it otherwise."""
    version = record.tool.get("version")
    return "" if version == VERSION else f" (recorded by version {version}, this is {VERSION})"


def _check_story(
    ports: Ports, found: _Findings, history: History, path: str, render: Render
) -> None:
    raw = ports.log.file(path)
    last = history.entries[-1] if history.entries else None
    if raw is None:
        found.add("forged", path, "the story is gone, its log is there", last)
        return
    try:
        state, section = parse_story(path, raw).state, log_section(raw, path)
    except CannotAnswer as error:
        found.add("forged", path, f"the story cannot be read: {error.problem}", last)
        return
    if not history.flaws and history.state not in (None, CONFLICT, state):
        what = f"its front matter says {state}, its log ends in {history.state}"
        found.add("forged", path, what, last)
    left = _without_reports(found, history, path, section, render)
    for line in left.splitlines():
        if _REPORT.match(line):
            found.add("forged", path, f"no record says what its log says: {line.strip()}", last)


def _without_reports(
    found: _Findings, history: History, path: str, section: str, render: Render
) -> str:
    """The lifecycle log after its first recorded report, less every report as it is recorded."""
    text = "\n" + section.replace("\r\n", "\n") + "\n"
    first = len(text)
    for entry in history.entries:
        report = f"\n{render(entry.record, entry.name).rstrip()}\n"
        at = text.find(report)
        found.counts["reports"] += 1
        if at < 0:
            what = f"the report of {entry.name} is missing or was changed"
            found.add("forged", path, what, entry)
            continue
        first = min(first, at)
        text = text[:at] + "\n" + text[at + len(report) :]
    return text[first:]


def _stories_without_log(ports: Ports, folder: str, logged: tuple[str, ...]) -> Iterator[str]:
    for name in ports.work_tree.names(folder):
        story = name.removesuffix(".md")
        if name.endswith(".md") and story not in logged:
            yield story


def _unlogged(ports: Ports, found: _Findings, folder: str, story: str) -> None:
    """A story whose lifecycle log quotes a record that is not there."""
    path = f"{folder}/{story}.md"
    raw = ports.log.file(path)
    if raw is None or not _REFERENCE.search(raw.decode("utf-8", "replace")):
        return
    try:
        section = log_section(raw, path)
    except CannotAnswer:
        return
    if _REFERENCE.search(section):
        found.add("forged", path, "it quotes a record, but there is no log of this story")
