"""Say what this machine has and lacks for the work; changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

from orchestrator.core.errors import OrchestratorError
from orchestrator.version import VERSION

Health = Literal["ok", "warn", "fail"]


@dataclass(frozen=True)
class Diagnosis:
    """One thing that was looked at; `remedy` is set unless it is well."""

    subject: str
    health: Health
    found: str
    remedy: str = ""


class Machine(Protocol):
    """What can be asked of the machine; every answer is text, and an absent thing raises."""

    def git(self) -> str:
        """The version of git. Raises CannotAnswer."""
        ...

    def uv(self) -> str:
        """The version of uv. Raises CannotAnswer."""
        ...

    def pythons(self) -> tuple[str, ...]:
        """Versions of the interpreters an environment can be made from."""
        ...

    def repository(self) -> str:
        """The folder of the repository. Raises CannotAnswer."""
        ...

    def writable(self) -> str:
        """Where the repository's files can be written. Raises CannotAnswer."""
        ...

    def cache(self) -> str:
        """The folder of cached environments. Raises CannotAnswer."""
        ...

    def identity(self) -> str:
        """Who would commit. Raises CannotAnswer."""
        ...

    def index(self) -> str:
        """The package index that answered. Raises CannotAnswer."""
        ...


def diagnose(machine: Machine, *, network: bool = True) -> tuple[Diagnosis, ...]:
    """Look at everything; one sick part hides no other. Without `network` nothing is called."""
    found = [
        Diagnosis("story-orchestrator", "ok", VERSION),
        _look("git", machine.git),
        _look("uv", machine.uv),
        _pythons(machine.pythons()),
        _look("repository", machine.repository, worse="warn"),
        _look("identity", machine.identity, worse="warn"),
        _look("writable", machine.writable, worse="warn"),
        _look("cache", machine.cache),
    ]
    if network:
        found.append(_look("package index", machine.index, worse="warn"))
    return tuple(found)


def _look(subject: str, ask: Callable[[], str], *, worse: Health = "fail") -> Diagnosis:
    try:
        return Diagnosis(subject, "ok", ask())
    except OrchestratorError as error:
        return Diagnosis(subject, worse, error.problem, error.remedy)


def _pythons(versions: tuple[str, ...]) -> Diagnosis:
    if versions:
        return Diagnosis("python", "ok", ", ".join(versions))
    return Diagnosis("python", "fail", "uv finds no Python", "install Python 3.11 or newer")
