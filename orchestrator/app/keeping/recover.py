"""Finish or undo what a killed run left behind; judges nothing and starts nothing."""

from __future__ import annotations

from dataclasses import dataclass

from orchestrator.ports.every import Ports


@dataclass(frozen=True)
class Recovered:
    """What was done; `acted` is False when there was nothing to do."""

    acted: bool
    text: str


def recover(ports: Ports) -> Recovered:
    """Bring the user's files, index and branch to fully old or fully new. Repeating it does no
    harm. Raises CannotAnswer when another run is publishing, or for a CONFLICT with the user's own
    edits, which stay as they are. What a removal had still to do with `.env` is done as well."""
    published = ports.publisher.recover()
    secrets = ports.secrets.keep_promises()
    moved = f"moved .env of a removal to {secrets.moved_to}" if secrets.moved_to else ""
    done = [one for one in (published, moved, secrets.because) if one]
    if not done:
        return Recovered(acted=False, text="nothing to recover: no run was interrupted")
    return Recovered(acted=True, text="\n".join(done))
