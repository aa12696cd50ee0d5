"""`survey`: before any story, what fits a repository and what would change; writes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from orchestrator.app.situation import rules
from orchestrator.app.situation.edited import Edited, apply_edits, with_written_manifest
from orchestrator.app.situation.situate import survey as look
from orchestrator.app.situation.view import View
from orchestrator.app.transition.facts import app_found, uneditable
from orchestrator.core.errors import CannotAnswer
from orchestrator.core.host.edits import Edit, EditCannot, EditResult
from orchestrator.core.host.host import Host, Observation
from orchestrator.core.pattern.active import active, inactive
from orchestrator.core.pattern.new_story import new_story
from orchestrator.core.pattern.pattern import Pattern
from orchestrator.core.proposal.adoption import can_be_answered
from orchestrator.core.proposal.skill import Missing, Proposal, Situation
from orchestrator.core.search.search import rank
from orchestrator.core.story.story import parse_story
from orchestrator.ports.every import Ports
from orchestrator.ports.plugins import Skill

SKILL = "code-development"
STORY = "SURVEY-001"


@dataclass(frozen=True)
class Fitting:
    """One pattern held against the repository.

    `missing` is what stands in the way, the edits that only a person can make among it. `promises`
    are what could be met, by key; `left_out` those that another answer would bring in, with it.
    Without an application there is nothing that could be said of the rest.
    """

    pattern: Pattern
    missing: tuple[Missing, ...]
    package: str = ""
    tests: str = ""
    edits: tuple[tuple[Edit, EditResult], ...] = ()
    answers: Mapping[str, tuple[Any, str]] = field(default_factory=dict)
    promises: Mapping[str, str] = field(default_factory=dict)
    left_out: Mapping[str, str] = field(default_factory=dict)
    observations: tuple[Observation, ...] = ()

    @property
    def fits(self) -> bool:
        """Say whether a story of this pattern could be implemented as things are."""
        return not self.missing


@dataclass(frozen=True)
class Surveyed:
    """What the repository is, what was seen in it, and how each pattern fits it."""

    head: str
    host: Host
    observations: tuple[Observation, ...]
    patterns: tuple[Fitting, ...]

    @property
    def fits(self) -> bool:
        """Say whether any pattern fits."""
        return any(one.fits for one in self.patterns)


def survey(ports: Ports, framework: str | None = None) -> Surveyed:
    """Look at the committed tree and try every pattern on it, as a story would.

    Patterns that another one only builds upon are not tried by themselves. Raises CannotAnswer
    without a repository or a commit.
    """
    head = ports.repository.head()
    settings = rules.settings(ports, head)
    tree = View(ports.repository, head)
    host = look(ports, tree, framework)
    if settings.project:
        host = replace(host, project=settings.project)
    patterns = {one.name: one for one in ports.patterns.all()}
    skill = ports.skills.load(SKILL)
    built_upon = {needed for one in patterns.values() for needed in one.manifest.requires}
    tried = [one for one in patterns.values() if one.manifest.id not in built_upon]
    fitting = tuple(
        _fitting(ports, skill, tree, _situation(ports, skill, host, one, patterns, framework))
        for one in tried
    )
    return Surveyed(head, host, _told(host, fitting), fitting)


def _told(host: Host, fitting: tuple[Fitting, ...]) -> tuple[Observation, ...]:
    """What was observed; a manifest that any pattern still wants something of stays refused."""
    results = sorted((one for fit in fitting for one in fit.edits), key=_is_wanting)
    return with_written_manifest(host.observations, Edited({}, tuple(results)))


def _is_wanting(edited: tuple[Edit, EditResult]) -> bool:
    return isinstance(edited[1], EditCannot)


def _situation(
    ports: Ports,
    skill: Skill,
    host: Host,
    pattern: Pattern,
    patterns: Mapping[str, Pattern],
    framework: str | None,
) -> Situation:
    """What the skill would be told of a story that asks for all that the pattern promises."""
    inputs = {"pattern": pattern.name, "language": pattern.manifest.language}
    if framework is not None:
        inputs["framework"] = framework
    promised = active(pattern, {"framework": framework} if framework else {}).manifest
    text = new_story(STORY, pattern.manifest.title, promised, "tech-lead")
    return Situation(
        story=STORY,
        requirements=parse_story(f"stories/{STORY}.md", text.encode()).requirements,
        inputs=skill.validate(inputs),
        answers={},
        host=host,
        ranked=rank([pattern.manifest.title], [pattern], on=ports.clock.now().date()),
        patterns=patterns,
    )


def _fitting(ports: Ports, skill: Skill, tree: View, situation: Situation) -> Fitting:
    pattern = situation.patterns[situation.inputs["pattern"]]
    proposal = skill.propose(situation)
    edited = apply_edits(ports.editor, tree, proposal.edits)
    missing = (*_missing(situation.host, proposal, edited), *_no_python(ports, situation.host))
    if not situation.host.apps:
        return Fitting(pattern, missing)
    given = {name: value for render in proposal.renders for name, value in render.answers.items()}
    answers = {name: (given.get(name), origin) for name, origin in proposal.origins.items()}
    counting = active(pattern, given).manifest.provides
    own = set(situation.host.observations)
    return Fitting(
        pattern=pattern,
        missing=missing,
        package=proposal.package,
        tests=proposal.tests,
        edits=edited.results,
        answers=answers,
        promises={key: one.ears for key, one in counting.items()},
        left_out=can_be_answered(situation.host, inactive(pattern, given)),
        observations=tuple(one for one in proposal.observations if one not in own),
    )


def _no_python(ports: Ports, host: Host) -> Iterator[Missing]:
    """What `exec` would say of a host that none of this machine's interpreters can run."""
    try:
        ports.environments.refuse(host.manifest)
    except CannotAnswer as error:
        yield Missing("python", str(error), error.remedy)


def _missing(host: Host, proposal: Proposal, edited: Edited) -> tuple[Missing, ...]:
    """All that a story would be blocked by; without an application there is nothing to extend."""
    cannot = edited.cannot if host.apps else ()
    facts = (app_found(host), *(uneditable(host, one) for one in cannot))
    found = [Missing(one.name, one.because, one.unblock) for one in facts if not one.holds]
    return (*found, *proposal.missing)
