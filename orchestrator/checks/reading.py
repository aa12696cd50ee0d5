"""Read what a tool wrote, strictly; whatever cannot be read is a reason, never an empty answer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NoReturn

from orchestrator.api import CheckResult, Completed, Figure, Outcome


class Unreadable(Exception):
    """The output of a run says nothing that could be believed; the text says why."""


def ended(runs: Mapping[str, Completed], name: str, codes: tuple[int, ...]) -> Completed:
    """The run of that name, if it ended by itself with one of the codes. Raises Unreadable."""
    run = runs.get(name)
    if run is None:
        raise Unreadable(f"{name} did not run")
    if run.trouble:
        raise Unreadable(f"{name}: {run.trouble}")
    if run.exit_code not in codes:
        said = _last_line(run.stderr) or _last_line(run.stdout)
        raise Unreadable(f"{name} ended with {run.exit_code}" + (f": {said}" if said else ""))
    return run


def output(run: Completed, name: str) -> bytes:
    """A file that the run wrote. Raises Unreadable when it is missing or empty."""
    content = run.outputs.get(name, b"")
    if not content.strip():
        raise Unreadable(f"{run.command.name} wrote no {name}")
    return content


def text_of(content: bytes, what: str) -> str:
    """UTF-8 text. Raises Unreadable."""
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Unreadable(f"{what} is not UTF-8 text") from error


def document(content: bytes, what: str) -> Any:
    """A JSON document without duplicate keys or NaN. Raises Unreadable."""
    if not content.strip():
        raise Unreadable(f"{what} wrote nothing")
    try:
        return json.loads(
            text_of(content, what), object_pairs_hook=_once, parse_constant=_no_constant
        )
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"{what} wrote no readable JSON: {error}") from error


def mapping(value: Any, what: str) -> Mapping[str, Any]:
    """A JSON object. Raises Unreadable."""
    if not isinstance(value, dict):
        raise Unreadable(f"{what} is no JSON object")
    return value


def sequence(value: Any, what: str) -> list[Any]:
    """A JSON array. Raises Unreadable."""
    if not isinstance(value, list):
        raise Unreadable(f"{what} is no JSON array")
    return value


def number(value: Any, what: str) -> int:
    """A count. Raises Unreadable."""
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise Unreadable(f"{what} is no count")
    return value


def word(value: Any, what: str) -> str:
    """A text. Raises Unreadable."""
    if not isinstance(value, str):
        raise Unreadable(f"{what} is no text")
    return value


def same_paths(examined: set[str], expected: tuple[str, ...], who: str) -> None:
    """Raises Unreadable when a tool looked at other files than it should have."""
    missed = sorted(set(expected) - examined)
    strange = sorted(examined - set(expected))
    if missed:
        raise Unreadable(f"{who} did not examine {', '.join(missed[:5])}")
    if strange:
        raise Unreadable(f"{who} examined {', '.join(strange[:5])}, which was not asked for")


def relative(path: str) -> str:
    """A path as the scope writes it."""
    return path.removeprefix("./")


def errored(reason: object, expected: int) -> CheckResult:
    """The check could not be made."""
    return CheckResult(Outcome.ERRORED, str(reason), 0, expected)


def not_applicable(reason: str) -> CheckResult:
    """There is nothing that this check could look at, and that is as it should be."""
    return CheckResult(Outcome.NOT_APPLICABLE, reason, 0, 0)


def nothing_of_ours(*figures: str) -> CheckResult:
    """No file of ours is a failure: a gate must not open because nothing was generated.

    Only figures whose zero closes a condition may be named; the others are not given at all.
    """
    zero = tuple(Figure(name, 0) for name in figures)
    return CheckResult(Outcome.FAILED, "there is no file to examine", 0, 0, zero)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")


def _last_line(text: bytes) -> str:
    lines = [line for line in text.decode("utf-8", "replace").splitlines() if line.strip()]
    return lines[-1].strip()[:200] if lines else ""
