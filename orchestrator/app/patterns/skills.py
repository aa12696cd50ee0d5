"""Say which of a project's own skills are trusted; runs none of them."""

from __future__ import annotations

from orchestrator.core.errors import CannotAnswer, UsageProblem
from orchestrator.core.proposal.skill_card import FoundSkill
from orchestrator.core.text.nearest import did_you_mean
from orchestrator.ports.every import Ports


def own_skill(ports: Ports, name: str) -> FoundSkill:
    """A skill of the project's own. Raises UsageProblem for an unknown name, CannotAnswer for the
    name of a skill that is bundled or installed, which needs no trust and would win."""
    found = {skill.name: skill for skill in ports.skills.own()}
    trusted = {one.name for one in found.values() if one.trusted}
    if name in set(ports.skills.names()) - trusted:
        raise CannotAnswer(
            f"the skill {name} came with the tool or with an installed package",
            remedy="it needs no trust; give a skill of your own another name",
        )
    if name not in found:
        remedy = did_you_mean(name, sorted(found)) if found else "write skills/<name>/skill.py"
        raise UsageProblem(f"this repository has no skill `{name}` of its own", remedy=remedy)
    return found[name]


def trust(ports: Ports, skill: FoundSkill, digest: str) -> bool:
    """Trust what a person has read: the skill with exactly this digest."""
    if digest != skill.digest:
        raise CannotAnswer(
            f"{skill.name} has the digest {skill.digest}, not {digest}",
            remedy="read what is there now; name its digest when you trust that",
        )
    return ports.trust.add(digest, f"skill {skill.name}")
