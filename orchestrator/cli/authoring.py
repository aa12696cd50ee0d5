"""`patterns lint` and `patterns test`: what a pattern's author asks before anybody else does."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from orchestrator.cli import shown_patterns as shown
from orchestrator.cli.consent import consent, consent_options
from orchestrator.cli.door import (
    answer,
    json_option,
    progress_option,
    watched,
    working_directory,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orchestrator.app.patterns.authoring import Tried
    from orchestrator.core.pattern.pattern import Pattern


@click.command("lint")
@click.argument("place", metavar="PATH|NAME")
@json_option
@progress_option
def lint(*, place: str, as_json: bool, no_progress: bool) -> None:
    """Say what is wrong with a pattern: manifest, promises, templates, examples.

    Nothing of it is run. Code 1 when there is something.
    """
    from orchestrator import compose
    from orchestrator.app.patterns.authoring import lint_pattern

    with watched(hidden=no_progress or as_json) as progress:
        house = compose.workshop(working_directory(), progress)
        pattern = at(place)
        remarks = lint_pattern(house, pattern)
    lines = [f"{one.where}: {one.rule}: {one.message}" for one in remarks]
    lines = [
        f"{line}\n  try: {one.fix}" if one.fix else line
        for line, one in zip(lines, remarks, strict=True)
    ]
    answer(
        "pattern-lint",
        {
            "pattern": pattern.name,
            "digest": pattern.digest,
            "remarks": [asdict(one) for one in remarks],
        },
        shown.text_of(lines) or f"nothing to mend in {pattern.name}",
        as_json=as_json,
        code=1 if remarks else 0,
        line=f"{len(remarks)} remarks on {pattern.name}",
    )


@click.command("test")
@click.argument("place", metavar="PATH|NAME")
@click.option("--example", type=int, help="Only the example of this number, from 0.")
@consent_options
@json_option
@progress_option
def test(
    *,
    place: str,
    example: int | None,
    yes: bool,
    digest: str,
    as_json: bool,
    no_progress: bool,
) -> None:
    """Render each example into a small host and run its tests as the gate does.

    Code 1 when one fails. The pattern's code runs: one that is not trusted asks first, for this
    one time.
    """
    from orchestrator import compose
    from orchestrator.app.patterns.authoring import all_passed, chosen, try_example

    pattern = at(place)
    examples = chosen(pattern, example)
    if not pattern.trusted:
        text = shown.text_of(shown.what_it_would_do(pattern))
        agreed = consent(pattern.digest, text, yes=yes, digest=digest)
        pattern = pattern.model_copy(update={"trusted": agreed == pattern.digest})
    with watched(hidden=no_progress or as_json) as progress:
        house = compose.workshop(working_directory(), progress)
        tried = tuple(try_example(house, pattern, number, one) for number, one in examples)
    passed = all_passed(tried)
    answer(
        "pattern-test",
        {
            "pattern": pattern.name,
            "digest": pattern.digest,
            "examples": [_tried(one) for one in tried],
        },
        shown.text_of(line for one in tried for line in _tried_lines(one)),
        as_json=as_json,
        code=0 if passed else 1,
        line=f"the tests of {pattern.name} do not pass",
    )


def _which(pattern: Pattern) -> dict[str, object]:
    return {"pattern": pattern.name, "digest": pattern.digest}


def _tried(one: Tried) -> dict[str, object]:
    result = one.result
    return {
        "example": one.number,
        "answers": dict(one.answers),
        "outcome": result.outcome.value,
        "reason": result.reason,
        "figures": [
            {"id": figure.id, "num": figure.num, "den": figure.den} for figure in result.figures
        ],
        "findings": [asdict(finding) for finding in result.findings],
    }


def _tried_lines(one: Tried) -> Iterator[str]:
    said = f"{one.result.outcome.value}: {one.result.reason}"
    yield f"example {one.number} {dict(one.answers)}: {said}"
    for finding in one.result.findings:
        yield f"  {finding.path}: {finding.message}"


def at(place: str) -> Pattern:
    """A pattern by its folder, which has a slash in it or is one, or by its name."""
    from pathlib import Path

    from orchestrator import compose

    folder = Path(place)
    if "/" in place or (folder / "copier.yml").is_file():
        return compose.pattern_at(working_directory(), folder)
    return named(place)


def named(name: str) -> Pattern:
    """A pattern by its name or id. Raises UsageProblem naming the nearest one."""
    from orchestrator import compose
    from orchestrator.app.patterns.catalogue import pattern_named

    return pattern_named(compose.shelf(working_directory())[0].all(), name)
