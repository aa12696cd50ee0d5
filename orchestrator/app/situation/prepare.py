"""Read everything that a transition depends on, before anything is decided."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from orchestrator.app.situation import rules
from orchestrator.app.situation.stored import as_stored
from orchestrator.core.errors import CannotAnswer, IntegrityBroken, UsageProblem
from orchestrator.core.pattern.answers import BadAnswer, read_answer
from orchestrator.core.pattern.pattern import Pattern
from orchestrator.core.places import EVIDENCE, LOG
from orchestrator.core.record.chain import CONFLICT, History, replay, sound
from orchestrator.core.settings import Settings
from orchestrator.core.story.request import COMMON_KEYS, Request
from orchestrator.core.story.story import Story, check_state, parse_story
from orchestrator.core.story.workflow import Work, Workflow
from orchestrator.core.text.nearest import did_you_mean
from orchestrator.core.text.value import plain_value
from orchestrator.ports.every import Ports
from orchestrator.ports.plugins import Skill

OPERATION = "operation_type"


@dataclass(frozen=True)
class Prepared:
    """What was read: the request, the committed world, and the skill with its inputs.

    `work` is what is to be done; `state` is what the log says, or the story's own while there is no
    log; `actor` the role that moves the story.
    """

    request: Request
    head: str
    settings: Settings
    workflow: Workflow
    story: Story
    story_path: str
    story_raw: bytes
    history: History
    state: str
    actor: str
    skill: Skill
    work: Work
    inputs: Mapping[str, Any]
    answers: Mapping[str, tuple[Any, str]]
    patterns: Mapping[str, Pattern]


def prepare(ports: Ports, request: Request) -> Prepared:
    """Read and validate. Raises UsageProblem, CannotAnswer or IntegrityBroken; writes nothing."""
    repository = ports.repository
    refuse_unfinished(ports)
    head = repository.head()
    settings = rules.settings(ports, head)
    workflow = rules.workflow(ports, head, settings)
    skill = ports.skills.load(request.skill)
    path, raw = read_story(ports, settings, request.story)
    for folder in (f"{LOG}/{request.story}", EVIDENCE):
        ports.work_tree.refuse_links(folder)
    story = parse_story(path, raw)
    _check_workflow(story, workflow)
    check_state(story, workflow.states)
    history = sound(replay(story.id, ports.log.entries(story.id)))
    patterns = {pattern.name: pattern for pattern in ports.patterns.all()}
    inputs, answers = _split(request, skill, story, patterns)
    work = _work(skill, inputs)
    return Prepared(
        request=request,
        head=head,
        settings=settings,
        workflow=workflow,
        story=story,
        story_path=path,
        story_raw=raw,
        history=history,
        state=state_of(story, history),
        actor=_actor(request, workflow, work),
        skill=skill,
        work=work,
        inputs=inputs,
        answers=answers,
        patterns=patterns,
    )


def _check_workflow(story: Story, workflow: Workflow) -> None:
    if story.workflow != workflow.name:
        raise CannotAnswer(
            f"{story.name} follows the workflow `{story.workflow}`, which this repository lacks",
            remedy=f"write `workflow: {workflow.name}`, or name a file in orchestrator.yaml",
        )


def refuse_unfinished(ports: Ports) -> None:
    """Raise CannotAnswer while a killed run or a merge waits to be finished."""
    left = ports.publisher.interrupted()
    if left is not None:
        raise CannotAnswer(left, remedy="run `orchestrator recover` first")
    unfinished = ports.repository.unfinished()
    if unfinished is not None:
        raise CannotAnswer(
            f"a {unfinished} is under way in this repository", remedy="finish or abort it first"
        )


def read_story(ports: Ports, settings: Settings, story: str) -> tuple[str, bytes]:
    """The path and bytes of a story. Raises CannotAnswer naming the nearest one that exists."""
    path = f"{settings.stories}/{story}.md"
    ports.work_tree.refuse_links(path)
    raw = ports.work_tree.read(path)
    if raw is None:
        known = [
            name.removesuffix(".md")
            for name in ports.work_tree.names(settings.stories)
            if name.endswith(".md")
        ]
        remedy = did_you_mean(story, known) if known else f"`orchestrator new {story}` writes one"
        raise CannotAnswer(f"there is no story {path}", remedy=remedy)
    return path, as_stored(ports, path, raw)


def state_of(story: Story, history: History) -> str:
    """The story's state: the log's, which its front matter must repeat."""
    if history.state == CONFLICT:
        raise IntegrityBroken(
            f"two branches of the log both move {story.id}",
            remedy="keep one of them: `orchestrator log` lists both heads",
        )
    if history.state is not None and history.state != story.state:
        raise IntegrityBroken(
            f"{story.id} says state {story.state}, but its log ends in {history.state}",
            remedy=f"restore `state: {history.state}`; a story moves only by `orchestrator exec`",
        )
    return story.state


def _split(
    request: Request, skill: Skill, story: Story, patterns: Mapping[str, Pattern]
) -> tuple[Mapping[str, Any], Mapping[str, tuple[Any, str]]]:
    """The skill's inputs, and the answers given so far: the command line's over the story's."""
    asked = {question.name for pattern in patterns.values() for question in pattern.asked}
    given = {name: plain_value(value) for name, value in request.inputs.items()}
    for name in given:
        if name not in skill.inputs and name not in asked:
            raise UsageProblem(
                f"unknown key `{name}` for the skill {skill.name}",
                remedy=did_you_mean(name, sorted({*COMMON_KEYS, *skill.inputs, *asked})),
            )
    inputs = skill.validate({k: v for k, v in given.items() if k in skill.inputs})
    _refuse_unknown_pattern(inputs.get("pattern"), patterns)
    _refuse_odd_answers(
        {k: v for k, v in given.items() if k not in skill.inputs}, patterns.values()
    )
    answers: dict[str, tuple[Any, str]] = {k: (v, "story") for k, v in story.answers.items()}
    answers.update({k: (v, "command line") for k, v in given.items() if k in asked})
    return inputs, answers


def _refuse_unknown_pattern(word: str | None, patterns: Mapping[str, Pattern]) -> None:
    ids = {pattern.manifest.id for pattern in patterns.values()}
    if word is not None and word not in patterns and word not in ids:
        raise UsageProblem(
            f"pattern={word}: there is no such pattern", remedy=did_you_mean(word, sorted(patterns))
        )


def _refuse_odd_answers(given: Mapping[str, Any], patterns: Iterable[Pattern]) -> None:
    """Raise UsageProblem for a word whose value is no answer to the question of that name."""
    for question in (one for pattern in patterns for one in pattern.asked):
        if question.name in given:
            read = read_answer(question, given[question.name])
            if isinstance(read, BadAnswer):
                raise UsageProblem(read.because, remedy=read.remedy)


def _work(skill: Skill, inputs: Mapping[str, Any]) -> Work:
    """What the skill is asked to do; its default operation is its usual work."""
    usual = skill.inputs.get(OPERATION, {}).get("default", "")
    asked = str(inputs.get(OPERATION, usual))
    return Work(skill.name, "" if asked == usual else asked)


def _actor(request: Request, workflow: Workflow, work: Work) -> str:
    moves = workflow.moves_of(work)
    if request.actor is None:
        return moves[0].owner if moves else workflow.owners[0]
    if request.actor not in workflow.owners:
        raise UsageProblem(
            f"unknown actor `{request.actor}`", remedy=did_you_mean(request.actor, workflow.owners)
        )
    return request.actor
