"""A transition as it was decided before the gate: everything that is to be measured."""

from __future__ import annotations

from dataclasses import dataclass

from orchestrator.app.situation.placed import Placed
from orchestrator.app.situation.prepare import Prepared
from orchestrator.app.transition.candidate import Candidate
from orchestrator.core.documents.documents import DocsAnswer
from orchestrator.core.gate.policy import Policy
from orchestrator.core.proposal.skill import Proposal, Situation
from orchestrator.core.story.workflow import Allowed


@dataclass(frozen=True)
class Trial:
    """A transition that may be tried: everything that was decided before the gate.

    `documents` were asked for afterwards and decided nothing.
    """

    prepared: Prepared
    allowed: Allowed
    situation: Situation
    proposal: Proposal
    candidate: Candidate
    policy: Policy
    level: str
    documents: tuple[DocsAnswer, ...] = ()
    placed: Placed | None = None

    @property
    def leaves(self) -> bool:
        """Say whether the code of the story is taken out."""
        return self.proposal.operation == "take out"
