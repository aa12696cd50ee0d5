"""`skills`: list and explain them, and say which of the project's own are trusted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from orchestrator.cli.consent import consent, consent_options
from orchestrator.cli.door import answer, json_option, ports, working_directory
from orchestrator.cli.shown_patterns import text_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from orchestrator.app.patterns.catalogue import SkillEntry
    from orchestrator.core.proposal.skill_card import FoundSkill

EPILOG = """\b
Examples:
  orchestrator skills
  orchestrator skills code-development
  orchestrator skills trust my-skill
"""


class _SkillsGroup(click.Group):
    """A group whose first word is a subcommand, or else the skill that `show` explains."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args or (args[0] not in self.commands and args[0] not in ("--help", "-h")):
            args = ["show", *args]
        return super().parse_args(ctx, args)

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click's own
        return ["[NAME] [--json]", "|", "COMMAND [ARGS]..."]


@click.group(cls=_SkillsGroup, epilog=EPILOG)
def skills() -> None:
    """List the skills, explain one, or trust one of this repository's own."""


@skills.command("show")
@click.argument("name", required=False)
@json_option
def show(*, name: str | None, as_json: bool) -> None:
    """List the skills, or explain one with its inputs (the word `show` may be left out)."""
    from orchestrator import compose
    from orchestrator.app.patterns.catalogue import skill_entries

    shelf = compose.shelf(working_directory())[1]
    found = skill_entries(shelf, name)
    waiting = [one for one in shelf.own() if not one.trusted] if name is None else []
    lines = [f"{one.name}  {one.description}" for one in found]
    lines += [f"{one.name}  {one.card.description}  (not trusted)" for one in waiting]
    if name is not None:
        lines = [line for one in found for line in _skill_lines(one)]
    document = {
        "skills": [_document(one) for one in found],
        "untrusted": [{"name": one.name, "digest": one.digest} for one in waiting],
    }
    answer("skills", document, text_of(lines) or "no skills", as_json=as_json)


@skills.command("trust")
@click.argument("name")
@consent_options
@json_option
def trust(*, name: str, yes: bool, digest: str, as_json: bool) -> None:
    """Trust the skill NAME of this repository as it is now: from then on its Python is run.

    On a terminal it shows what there is and asks. Elsewhere `--yes --digest` says so.
    """
    from orchestrator.app.patterns.skills import own_skill
    from orchestrator.app.patterns.skills import trust as write_down

    house = ports()
    skill = own_skill(house, name)
    if not skill.trusted or digest not in ("", skill.digest):
        agreed = consent(skill.digest, text_of(_what_it_is(skill)), yes=yes, digest=digest)
        write_down(house, skill, agreed)
    text = f"{name} is trusted; its digest stands in {house.trust.place}"
    document = {"name": name, "digest": skill.digest, "trusted": True}
    answer("trust", document, text, as_json=as_json)


@skills.command("untrust")
@click.argument("name")
@json_option
def untrust(*, name: str, as_json: bool) -> None:
    """Trust the skill NAME no longer; it is not run any more."""
    from orchestrator.app.patterns.skills import own_skill

    house = ports()
    skill = own_skill(house, name)
    did = house.trust.remove(skill.digest)
    text = f"{name} is not trusted{'' if did else '; it was not before'}"
    document = {"name": name, "digest": skill.digest, "trusted": False}
    answer("trust", document, text, as_json=as_json)


def _what_it_is(skill: FoundSkill) -> Iterator[str]:
    yield f"{skill.name}: {skill.card.description}"
    yield f"files: {', '.join(skill.files)}"
    yield "Its skill.py runs in this tool, with all your rights."
    yield f"digest: {skill.digest}"


def _document(skill: SkillEntry) -> dict[str, object]:
    return {
        "name": skill.name,
        "title": skill.title,
        "description": skill.description,
        "inputs": dict(skill.inputs),
    }


def _skill_lines(skill: SkillEntry) -> Iterator[str]:
    yield f"{skill.name}: {skill.title}"
    yield skill.description
    yield "inputs:"
    for name, shown in skill.inputs.items():
        yield f"  {name}={_default(shown['default'])}  {shown['help']}{_choice(shown)}"


def _default(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)


def _choice(shown: Mapping[str, Any]) -> str:
    words = shown.get("choices")
    return f" ({' | '.join(words)})" if words else ""
