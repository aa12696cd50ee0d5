"""What a test run says about itself, from two sources that must agree: the probe and the JUnit."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

from orchestrator.api import Completed, TestEnd
from orchestrator.checks.reading import Unreadable, document, output

PASSED, FAILED, ERROR, SKIPPED, XFAILED = "passed", "failed", "error", "skipped", "xfailed"
_RANK = (PASSED, XFAILED, SKIPPED, FAILED, ERROR)
_FAILED: TestEnd = "failed"
_END: Mapping[str, TestEnd] = {
    PASSED: "passed",
    XFAILED: "warned",
    SKIPPED: "warned",
    FAILED: "failed",
    ERROR: "failed",
}
_ILLEGAL = re.compile("[^\t\n\r\u0020-\u007e\u0080-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TOLD = re.compile(r"^(?:E  +(\S.*)|ERROR: (\S.*))$", re.MULTILINE)
_STUMBLED = re.compile(r"^ImportError while loading conftest '([^']+)'", re.MULTILINE)
_LONGEST = 240


@dataclass(frozen=True)
class TestLog:
    """Node ids with their outcomes; `because` says why for each that did not pass."""

    outcomes: Mapping[str, str]
    because: Mapping[str, str]
    requirements: Mapping[str, frozenset[str]]
    collected: frozenset[str]
    not_collected: Mapping[str, str]

    def of(self, *outcomes: str) -> tuple[str, ...]:
        """The tests that ended in one of these ways, sorted."""
        return tuple(sorted(test for test, outcome in self.outcomes.items() if outcome in outcomes))


def read_tests(run: Completed) -> TestLog:
    """Read a run of measure.py. Raises Unreadable when its two reports disagree or one lacks."""
    if run.trouble:
        raise Unreadable(f"{run.command.name}: {run.trouble}")
    if "probe.jsonl" not in run.outputs:
        told = _own_words(run)
        raise Unreadable(
            f"{run.command.name} ended with {run.exit_code} and left no report"
            + (f": {told}" if told else "")
        )
    lines = _lines(output(run, "probe.jsonl"))
    last = lines[-1]
    if last.get("event") != "finished":
        raise Unreadable(f"{run.command.name} ended in the middle (exit code {run.exit_code})")
    if last.get("exit") != run.exit_code:
        raise Unreadable(f"pytest finished with {last.get('exit')}, the process {run.exit_code}")
    if run.exit_code not in (0, 1, 2, 5):
        told = _own_words(run)
        raise Unreadable(
            f"pytest could not run (exit code {run.exit_code})" + (f": {told}" if told else "")
        )
    log = _log(lines)
    _agree(log, _junit(output(run, "junit.xml")))
    _consistent(log, run)
    return log


def _own_words(run: Completed) -> str:
    """The first error that pytest tells, after the conftest it stumbled over; "" when silent."""
    text = b"\n".join((run.stderr, run.stdout)).decode("utf-8", "replace")
    error = _TOLD.search(text)
    if error is None:
        return ""
    conftest = _STUMBLED.search(text)
    where = f"{conftest[1]}: " if conftest else ""
    return f"{where}{(error[1] or error[2]).strip()}"[:_LONGEST]


def _lines(content: bytes) -> list[Mapping[str, Any]]:
    lines = [document(line, "the probe") for line in content.splitlines()]
    if not all(isinstance(line, dict) for line in lines):
        raise Unreadable("the probe's log is garbled")
    return lines


def _log(lines: Iterable[Mapping[str, Any]]) -> TestLog:
    outcomes: dict[str, str] = {}
    because: dict[str, str] = {}
    marks: dict[str, frozenset[str]] = {}
    collected: set[str] = set()
    lost: dict[str, str] = {}
    for line in lines:
        match line:
            case {"event": "collected", "tests": list(tests)}:
                collected.update(tests)
            case {"event": "not collected", "where": str(where), "because": str(reason)}:
                lost[where] = reason
            case {"event": "phase", "test": str(test), "because": str(reason)}:
                outcomes[test] = max(outcomes.get(test, PASSED), _phase(line), key=_RANK.index)
                because[test] = because.get(test) or reason
                marks[test] = frozenset(line.get("requirements", ()))
            case {"event": "finished"}:
                continue
            case _:
                raise Unreadable("the probe's log is garbled")
    return TestLog(outcomes, because, marks, frozenset(collected), lost)


def _phase(line: Mapping[str, Any]) -> str:
    match line.get("outcome"), line.get("when"):
        case "passed", _:
            return PASSED
        case "skipped", _:
            return XFAILED if line.get("xfail") else SKIPPED
        case "failed", "call":
            return FAILED
        case "failed", _:
            return ERROR
    raise Unreadable("the probe's log is garbled")


def _junit(content: bytes) -> dict[tuple[str, str], str]:
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise Unreadable("the JUnit file declares entities")
    try:
        root = ElementTree.fromstring(content)  # noqa: S314 - entities were refused above
    except ElementTree.ParseError as error:
        raise Unreadable(f"the JUnit file cannot be read: {error}") from error
    found: dict[tuple[str, str], str] = {}
    for case in root.iter("testcase"):
        key = (case.get("classname", ""), case.get("name", ""))
        tags = {child.tag for child in case}
        bad = "bad" if tags & {"failure", "error"} else "skipped" if "skipped" in tags else "passed"
        found[key] = max(found.get(key, "passed"), bad, key=("passed", "skipped", "bad").index)
    return found


def _agree(log: TestLog, junit: Mapping[tuple[str, str], str]) -> None:
    coarse = {PASSED: "passed", XFAILED: "skipped", SKIPPED: "skipped"}
    probed = {_address(test): coarse.get(how, "bad") for test, how in log.outcomes.items()}
    probed |= {_address(where): "bad" for where in log.not_collected}
    if probed != junit:
        differing = sorted(key for key in {*probed, *junit} if probed.get(key) != junit.get(key))
        name = ".".join(part for part in differing[0] if part)
        raise Unreadable(f"probe and JUnit disagree about {name} and {len(differing) - 1} more")


def _address(node: str) -> tuple[str, str]:
    """The classname and name by which pytest's JUnit file knows a node id."""
    path, bracket, parameters = node.partition("[")
    names = path.split("::")
    names[0] = re.sub(r"\.py$", "", names[0].replace("/", "."))
    names[-1] += bracket + parameters
    return _shown(".".join(names[:-1])), _shown(names[-1])


def _shown(text: str) -> str:
    return _ILLEGAL.sub(lambda sign: f"#x{ord(sign[0]):02X}", text)


def _consistent(log: TestLog, run: Completed) -> None:
    missing = log.collected - set(log.outcomes)
    if missing and not log.not_collected:
        raise Unreadable(f"{len(missing)} collected tests never ran, {min(missing)} among them")
    bad = bool(log.of(FAILED, ERROR) or log.not_collected)
    if run.exit_code == 0 and bad:
        raise Unreadable("the exit code says passed, the reports say failed")
    if run.exit_code == 1 and not bad:
        raise Unreadable("the exit code says failed, the reports say passed")


def ends(log: TestLog) -> tuple[tuple[str, TestEnd], ...]:
    """Every test by name with its end; what could not be collected has failed."""
    ended = {test: _END[how] for test, how in log.outcomes.items()}
    return tuple(sorted({**ended, **dict.fromkeys(log.not_collected, _FAILED)}.items()))


def failures(log: TestLog) -> tuple[tuple[str, str], ...]:
    """Each test that failed or erred, and each file that could not be collected, with a reason."""
    bad = [(test, log.because.get(test, "")) for test in log.of(FAILED, ERROR)]
    return (*sorted(log.not_collected.items()), *bad)


def describe(log: TestLog) -> str:
    """One line of counts."""
    counts = [(len(log.of(kind)), kind) for kind in reversed(_RANK)]
    said = [f"{count} {kind}" for count, kind in counts if count]
    lost = [f"{len(log.not_collected)} not collected"] if log.not_collected else []
    return ", ".join([*lost, *said]) or "no test"
