"""Every way the tool says "cannot": a sentence, a remedy, an exit code; shown only at the door."""

from __future__ import annotations


class OrchestratorError(Exception):
    """The tool cannot answer; the door prints `problem`, then `try: remedy`, and exits with `code`.

    "No" is an answer and therefore a value (`Blocked`, a closed `Verdict`), never one of these.
    """

    code = 3
    kind = "bug"

    def __init__(self, problem: str, *, remedy: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.remedy = remedy


class UsageProblem(OrchestratorError):
    """An unknown command, skill, key or enumerated value; the remedy names the nearest one."""

    code = 2
    kind = "usage"


class CannotAnswer(OrchestratorError):
    """The question is fair but the world is not ready, and the user can mend that."""

    code = 4
    kind = "cannot_answer"


class IntegrityBroken(OrchestratorError):
    """The log or its evidence does not hold together; nothing built on it may be believed."""

    code = 5
    kind = "integrity"
