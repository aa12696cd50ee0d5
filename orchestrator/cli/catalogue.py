"""`skills`: what the tool can do here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from orchestrator.cli.door import answer, json_option, working_directory

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from orchestrator.app.catalogue import SkillEntry

SKILLS_EPILOG = "\b\nExample:\n  orchestrator skills\n  orchestrator skills code-development\n"


@click.command(epilog=SKILLS_EPILOG)
@click.argument("name", required=False)
@json_option
def skills(*, name: str | None, as_json: bool) -> None:
    """List the skills, or explain one with its inputs."""
    from orchestrator import compose
    from orchestrator.app.catalogue import skill_entries

    found = skill_entries(compose.shelf(working_directory())[1], name)
    lines = [f"{one.name}  {one.description}" for one in found]
    if name is not None:
        lines = [line for one in found for line in _skill_lines(one)]
    document = {
        "skills": [
            {
                "name": one.name,
                "title": one.title,
                "description": one.description,
                "inputs": dict(one.inputs),
            }
            for one in found
        ]
    }
    answer("skills", document, "\n".join(lines) or "no skills", as_json=as_json)


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
