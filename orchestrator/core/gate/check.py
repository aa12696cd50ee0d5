"""What a check asks, what a run answered, what follows from it; decides nothing about gates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Literal, NoReturn, Protocol

from orchestrator.core.gate.figure import Figure as Figure

Tree = Literal["candidate", "base"]


class Outcome(Enum):
    """The five ends a check can have; compare by name, an outcome is neither true nor false."""

    PASSED = "passed"
    FAILED = "failed"
    ERRORED = "errored"
    NOT_CHECKED = "not_checked"
    NOT_APPLICABLE = "not_applicable"

    def __bool__(self) -> NoReturn:
        raise TypeError("compare an Outcome by name; 'not_checked' is neither yes nor no")


@dataclass(frozen=True)
class Finding:
    """One thing a check found, at a relative POSIX path and a 1-based line (0: whole file)."""

    rule: str
    severity: Literal["low", "medium", "high"]
    path: str
    line: int
    message: str


TestEnd = Literal["passed", "warned", "failed"]


@dataclass(frozen=True)
class CheckResult:
    """What one check concluded; `examined` of `expected` things were looked at.

    `tests` are the tests it ran, by name and end; skipped and expected failures are `warned`.
    """

    outcome: Outcome
    reason: str
    examined: int
    expected: int
    figures: tuple[Figure, ...] = ()
    findings: tuple[Finding, ...] = ()
    tests: tuple[tuple[str, TestEnd], ...] = ()


@dataclass(frozen=True)
class Command:
    """One process of the gate; checks that name an equal command share its single run.

    `argv` may use the placeholders {python} (the environment's interpreter), {tools} (the
    interpreter that carries the gate's own tools), {gate} (a folder holding `files`) and {out}
    (an empty folder for `outputs`), and in `env` also {tree}. The record keeps the placeholders,
    never a machine's paths. The working directory is the root of `tree`; there is no shell;
    `timeout` is in seconds.
    """

    name: str
    argv: tuple[str, ...]
    tree: Tree = "candidate"
    files: tuple[tuple[str, str], ...] = ()
    outputs: tuple[str, ...] = ()
    env: tuple[tuple[str, str], ...] = ()
    timeout: int = 300


@dataclass(frozen=True)
class Completed:
    """How a command ended. `exit_code` is None when it did not end by itself; `trouble` says why.

    `stdout`, `stderr` and `outputs` have the machine's paths replaced by the placeholders, so that
    the same tree gives the same bytes on another machine. `network_off` says that the command
    could reach nothing but the loopback.
    """

    command: Command
    exit_code: int | None
    stdout: bytes = b""
    stderr: bytes = b""
    outputs: Mapping[str, bytes] = field(default_factory=dict)
    trouble: str = ""
    network_off: bool = False


@dataclass(frozen=True)
class Served:
    """The application that the new code is part of, so that a check can start it.

    `app` is `module:name` of the application or, with `factory`, of the function that makes it;
    empty when nobody knows. `answers` are those of the pattern, each as JSON text.
    """

    pattern: str
    app: str
    framework: str
    factory: bool = False
    answers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Scope:
    """What a gate run is about; stored as evidence, so that every parse can be repeated.

    Paths are repository-relative POSIX strings, sorted. `sources` and `tests` are the Python files
    that the transition wrote; `changed` are all files that it created or changed; `host_tests` is
    the argv of the host's own tests (empty: the host has none); `requirements` are the story's ids;
    `baseline` are host tests known to fail before; `served` is how the whole can be started.
    `acknowledges` is the package whose new routes this very change acknowledges; empty when all of
    them must be acknowledged already.
    """

    package: str = ""
    sources: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()
    host_tests: tuple[str, ...] = ()
    verified_by: tuple[tuple[str, str], ...] = ()
    served: Served | None = field(default=None, repr=False)
    acknowledges: str = field(default="", repr=False)


class Check(Protocol):
    """A check is a module or object with these three names; `parse` is pure and repeatable."""

    NAME: str

    def commands(self, scope: Scope) -> tuple[Command, ...]:
        """Name the processes whose output this check reads; equal commands run once."""
        ...

    def parse(self, scope: Scope, runs: Mapping[str, Completed]) -> CheckResult:
        """Read the runs, by command name. Never PASSED unless examined equals expected."""
        ...
