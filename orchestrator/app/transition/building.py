"""From a proposal to the candidate: written where nothing is, merged, or taken out."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from orchestrator.app.situation.edited import Edited
from orchestrator.app.situation.placed import Placed
from orchestrator.app.situation.prepare import Prepared
from orchestrator.app.transition.candidate import Candidate
from orchestrator.app.transition.removing import take_out
from orchestrator.app.transition.upgrading import merge
from orchestrator.app.transition.writing import write
from orchestrator.core.errors import CannotAnswer
from orchestrator.core.proposal.skill import Proposal
from orchestrator.ports.every import Ports


def build(
    ports: Ports, prepared: Prepared, proposal: Proposal, edited: Edited, placed: Placed | None
) -> Candidate:
    """The exact changes of a proposal. Raises CannotAnswer when they cannot be made."""
    if proposal.operation == "write":
        ports.progress.step("rendering the pattern")
        return write(ports, prepared, proposal, edited)
    if placed is None:
        raise CannotAnswer(
            f"{prepared.story.id} has nothing in place to {proposal.operation}",
            remedy="implement the story first",
        )
    if proposal.operation == "merge":
        ports.progress.step("rendering and merging")
        built = merge(ports, prepared, proposal, edited, placed)
    elif proposal.operation == "take out":
        built = take_out(ports, prepared, proposal, placed)
    else:
        assert_never(proposal.operation)
    return replace(built, observations=(placed.told, *built.observations))
