"""Attack the module that a story made, as it stands in the working tree; records nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from orchestrator.app.measuring.serving import served
from orchestrator.app.situation import prepare, rules
from orchestrator.app.situation.situate import survey_commit
from orchestrator.app.trust.regate import newest_transition, scope_at
from orchestrator.attack.judging.catalogue import catalogue
from orchestrator.attack.judging.results import BadResult, Result, read_result
from orchestrator.attack.orders import order_text, read_order
from orchestrator.core.errors import CannotAnswer, UsageProblem
from orchestrator.core.gate.check import Command, Completed, Scope
from orchestrator.core.story.story import parse_story
from orchestrator.core.text.nearest import did_you_mean
from orchestrator.ports.every import Ports

PATTERN = "jwt-auth"
_CHECK = "attack"
_LONGEST = 3600


@dataclass(frozen=True)
class Wanted:
    """Which properties, how many probes at once, and whether slow ones take part."""

    only: tuple[str, ...] = ()
    full: bool = False
    lanes: int = 2


def attack_story(ports: Ports, story: str | None, wanted: Wanted) -> tuple[str, Result]:
    """Start the working tree's application and attack it; the story's name and every answer.

    Without a name it is the only story that made such a module. Raises CannotAnswer.
    """
    name = story or _only_story(ports)
    scope, requirements = _scope(ports, name)
    command = _command(ports, scope, wanted)
    ports.progress.step("environment with what is added")
    manifest = survey_commit(ports, ports.repository.head()).manifest
    environment = ports.environments.prepare(ports.root, manifest, requirements)
    ports.progress.step("attack")
    run = ports.runner.run(command, tree=ports.root, python=environment.python)
    return name, _result(run)


def refuse_unknown(only: Sequence[str]) -> None:
    """Raise UsageProblem for a word that is neither a property nor a family."""
    book = catalogue()
    for word in book.unknown(only):
        family = word.partition("-")[0].upper()
        ids = [one.id for one in book.properties if one.family == family]
        raise UsageProblem(
            f"there is no property or family {word}",
            remedy=did_you_mean(
                word, [family, *ids] if ids else sorted({one.family for one in book.properties})
            ),
        )


def _only_story(ports: Ports) -> str:
    head = ports.repository.head()
    folder = rules.settings(ports, head).stories
    names = [one.removesuffix(".md") for one in ports.work_tree.names(folder) if one[-3:] == ".md"]
    made = [name for name in names if _made_by_pattern(ports, name)]
    if len(made) == 1:
        return made[0]
    raise CannotAnswer(
        f"{'no story' if not made else 'more than one story'} here made such a module",
        remedy="name one: --story ID" if made else "run a story with `orchestrator exec` first",
    )


def _made_by_pattern(ports: Ports, story: str) -> bool:
    try:
        record = newest_transition(ports, story).record
    except CannotAnswer:
        return False
    return any(one.name == PATTERN for one in record.patterns)


def _scope(ports: Ports, story: str) -> tuple[Scope, tuple[str, ...]]:
    head = ports.repository.head()
    record = newest_transition(ports, story).record
    path, raw = prepare.read_story(ports, rules.settings(ports, head), story)
    host = survey_commit(ports, head)
    told = parse_story(path, raw)
    scope, _ = scope_at(record, ports.repository.tracked(head), told, ())
    main = record.patterns[-1].name if record.patterns else ""
    added = tuple(one.requirement for one in record.dependencies)
    return replace(scope, served=served(main, host, record.answers)), added


def _command(ports: Ports, scope: Scope, wanted: Wanted) -> Command:
    """The gate's own command, with another order in it."""
    found = ports.checks.load(_CHECK).commands(scope)
    if not found:
        raise CannotAnswer(
            "the story made nothing that the attack knows how to start",
            remedy=f"attack a story that used the pattern {PATTERN}",
        )
    (name, text), *rest = found[0].files
    ids = tuple(one.id for one in catalogue().chosen(wanted.only))
    order = replace(
        read_order(text), ids=ids, full=wanted.full, lanes=wanted.lanes, budget=_LONGEST
    )
    files = ((name, order_text(order)), *rest)
    return replace(found[0], files=files, timeout=_LONGEST + 60)


def _result(run: Completed) -> Result:
    ids = read_order(run.command.files[0][1]).ids
    said = run.trouble or run.stderr.decode("utf-8", "replace").strip()[-300:]
    if run.exit_code != 0 or not run.outputs:
        raise CannotAnswer(
            f"the attack ended without an answer: {said}",
            remedy="see that the application starts from the repository's root",
        )
    try:
        return read_result(next(iter(run.outputs.values())), ids)
    except BadResult as problem:
        raise CannotAnswer(
            f"the attack's answer cannot be read: {problem}", remedy="run it again"
        ) from problem
