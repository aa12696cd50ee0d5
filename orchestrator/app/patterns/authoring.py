"""What a pattern's author asks: is it well made, and do its own tests pass where it is new."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from orchestrator.app.patterns.bench import Bench, lay_out, required_by
from orchestrator.attack.judging.catalogue import catalogue
from orchestrator.core.errors import CannotAnswer, UsageProblem
from orchestrator.core.gate.check import CheckResult, Completed, Outcome
from orchestrator.core.pattern.pattern import Pattern
from orchestrator.core.pattern_lint.lint import lint
from orchestrator.core.pattern_lint.subject import MANIFEST, Example, Remark, Subject
from orchestrator.core.text.yaml_text import read_yaml
from orchestrator.ports.every import Ports

CHECK = "tests"


@dataclass(frozen=True)
class Tried:
    """One example: its number, its answers, and what the gate's check `tests` said."""

    number: int
    answers: Mapping[str, Any]
    result: CheckResult


def lint_pattern(ports: Ports, pattern: Pattern) -> tuple[Remark, ...]:
    """Everything that is wrong with a pattern; nothing of it is run, so it needs no trust.

    Every example is rendered, apart and as a draft; one that does not render is a remark too.
    """
    texts = ports.sources.texts(pattern)
    benches, remarks = [], []
    for number, answers in enumerate(pattern.manifest.examples or ({},)):
        ports.progress.step(f"example {number}")
        try:
            benches.append((answers, lay_out(ports, pattern, answers)))
        except CannotAnswer as error:
            remarks.append(Remark("render", MANIFEST, 0, f"example {number}: {error.problem}"))
    subject = Subject(
        pattern=pattern,
        document=read_yaml(texts[MANIFEST].content, MANIFEST),
        templates={path: file.content.decode("utf-8", "replace") for path, file in texts.items()},
        facts=ports.renderer.facts(pattern),
        examples=[Example(answers, _texts(bench)) for answers, bench in benches],
        promised=[key for one in required_by(ports, pattern) for key in one.manifest.provides],
        properties=catalogue().ids,
        today=ports.clock.now().date(),
    )
    ruff = [one for _, bench in benches for one in _untidy(ports, bench)]
    return tuple(dict.fromkeys((*remarks, *lint(subject), *ruff)))


def chosen(pattern: Pattern, number: int | None) -> tuple[tuple[int, Mapping[str, Any]], ...]:
    """The examples with their numbers, or that one. Raises UsageProblem for another number."""
    examples = tuple(enumerate(pattern.manifest.examples or ({},)))
    if number is None:
        return examples
    if not 0 <= number < len(examples):
        raise UsageProblem(
            f"{pattern.name} has no example {number}",
            remedy=f"use a number from 0 to {len(examples) - 1}",
        )
    return (examples[number],)


def try_example(ports: Ports, pattern: Pattern, number: int, answers: Mapping[str, Any]) -> Tried:
    """Render one example into a small host and run its tests as the gate runs them.

    The pattern's code runs, so a person must have trusted it. Raises CannotAnswer when it does not
    render or no environment can be made.
    """
    if not pattern.trusted:
        raise CannotAnswer(
            f"the pattern {pattern.name} is not trusted, and its tests would run",
            remedy=f"read it, then name its digest: --yes --digest {pattern.digest}",
        )
    bench = lay_out(ports, pattern, answers)
    with ports.benches.folder(bench.files) as folder:
        ports.progress.step(f"environment of example {number}")
        environment = ports.environments.prepare(folder, None, bench.requirements)
        ports.progress.step(f"tests of example {number}")
        check = ports.checks.load(CHECK)
        runs: dict[str, Completed] = {}
        for command in check.commands(bench.scope):
            runs[command.name] = ports.runner.run(command, tree=folder, python=environment.python)
        return Tried(number, answers, check.parse(bench.scope, runs))


def all_passed(tried: tuple[Tried, ...]) -> bool:
    """Whether every example's tests ran and passed."""
    return all(one.result.outcome is Outcome.PASSED for one in tried)


def _texts(bench: Bench) -> dict[str, str]:
    return {path: file.content.decode("utf-8", "replace") for path, file in bench.own.items()}


def _untidy(ports: Ports, bench: Bench) -> tuple[Remark, ...]:
    """Ruff looks at the whole bench, to know what is imported from where; ours alone counts."""
    found = ports.renderer.untidy(bench.files)
    return tuple(one for one in found if one.path in bench.own)
