"""Look at the repository for a story: what its host is, which patterns fit, what already placed."""

from __future__ import annotations

from dataclasses import replace

from orchestrator.app.situation.placed import Placed
from orchestrator.app.situation.prepare import Prepared
from orchestrator.app.situation.view import View
from orchestrator.core.gate.check import Figure
from orchestrator.core.gate.trace import match_requirements
from orchestrator.core.host.host import Host
from orchestrator.core.pattern.pattern import Pattern
from orchestrator.core.proposal.skill import Situation
from orchestrator.core.search.search import Ranked, rank
from orchestrator.core.story.story import Story
from orchestrator.ports.every import Ports


def situate(ports: Ports, prepared: Prepared, placed: Placed | None) -> Situation:
    """Everything that the skill is told; what is in place already is not taken for the host's."""
    tree = placed.without if placed else View(ports.repository, prepared.head)
    host = survey(ports, tree, prepared.inputs.get("framework"))
    if prepared.settings.project:
        host = replace(host, project=prepared.settings.project)
    return Situation(
        story=prepared.story.id,
        requirements=prepared.story.requirements,
        inputs=prepared.inputs,
        answers=prepared.answers,
        host=host,
        ranked=_ranked(ports, prepared),
        patterns=prepared.patterns,
        installed=placed.manifest if placed else None,
    )


def survey(ports: Ports, tree: View, framework: str | None = None) -> Host:
    """What a tree is."""
    return ports.memory.survey(tree.listing, tree.content, framework=framework)


def survey_commit(ports: Ports, rev: str) -> Host:
    """What the committed tree of a revision is."""
    return survey(ports, View(ports.repository, rev))


def _ranked(ports: Ports, prepared: Prepared) -> tuple[Ranked, ...]:
    """Every pattern, ranked by the words that were searched for, else by the story's title."""
    query = prepared.inputs.get("search_patterns") or [prepared.story.title]
    return rank(
        query,
        prepared.patterns.values(),
        language=prepared.inputs.get("language"),
        framework=prepared.inputs.get("framework"),
        shares={name: _share(one, prepared.story) for name, one in prepared.patterns.items()},
        on=ports.clock.now().date(),
    )


def _share(pattern: Pattern, story: Story) -> Figure:
    """How many of the story's requirements a pattern provides."""
    provides = {key: one.ears for key, one in pattern.manifest.provides.items()}
    matched = match_requirements(story.requirements, provides).matches
    return Figure("requirements", len(matched), len(story.requirements))
