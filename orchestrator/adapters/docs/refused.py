"""What ends a question inside of a source: a failure with its name, raised and caught there."""

from __future__ import annotations

from orchestrator.core.documents.documents import Failure

MOST_BYTES = 2 * 1024 * 1024


class Refused(Exception):
    """A request that brought no documents."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.because)
        self.failure = failure


def oversized() -> Failure:
    """The failure of an answer that is too long to be read."""
    return Failure("oversized", f"the answer is longer than {MOST_BYTES // 1024} KiB")


def late() -> Failure:
    """The failure of a server that lets us wait."""
    return Failure("timed_out", "Context7 did not answer in time")
