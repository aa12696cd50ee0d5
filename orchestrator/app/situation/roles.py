"""Who may move a story: the roles that the repository's settings give to a git e-mail."""

from __future__ import annotations

from orchestrator.app.situation.prepare import Prepared
from orchestrator.core.story.workflow import Refused
from orchestrator.ports.every import Ports


def refusal(ports: Ports, prepared: Prepared) -> Refused | None:
    """Why the one who commits may not act in this role; None when they may.

    Without `roles` in the settings nothing is enforced, which the report says. E-mails compare
    without case.
    """
    roles = {email.casefold(): held for email, held in prepared.settings.roles.items()}
    if not roles:
        return None
    email = ports.repository.identity().email
    if prepared.actor in roles.get(email.casefold(), ()):
        return None
    holders = sorted(one for one, held in roles.items() if prepared.actor in held)
    return Refused(
        f"{email} does not hold the role {prepared.actor}",
        f"ask {' or '.join(holders)}"
        if holders
        else f"orchestrator.yaml gives nobody {prepared.actor}",
    )
