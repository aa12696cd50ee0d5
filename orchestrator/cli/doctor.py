"""`doctor`: say what the machine lacks, and what to do about it."""

from __future__ import annotations

import click

from orchestrator.cli.door import answer, json_option, working_directory
from orchestrator.core.errors import CannotAnswer

EPILOG = "\b\nExample:\n  orchestrator doctor\n  orchestrator doctor --offline --json\n"


@click.command(epilog=EPILOG)
@click.option("--offline", is_flag=True, help="Do not try to reach the package index.")
@json_option
def doctor(*, offline: bool, as_json: bool) -> None:
    """Check git, uv, Python, the repository, the cache and the network.

    Exit code 4 if something that every transition needs is missing; warnings do not count.
    """
    from orchestrator import compose
    from orchestrator.app.keeping.doctor import diagnose

    found = diagnose(compose.machine(working_directory()), network=not offline)
    width = max(len(one.subject) for one in found)
    lines = []
    for one in found:
        lines.append(f"{one.health:<5} {one.subject:<{width}}  {one.found}\n")
        if one.remedy:
            lines.append(f"      {'':<{width}}  try: {one.remedy}\n")
    failed = [one for one in found if one.health == "fail"]
    document = {
        "checks": [
            {
                "subject": one.subject,
                "health": one.health,
                "found": one.found,
                "remedy": one.remedy or None,
            }
            for one in found
        ]
    }
    answer(
        "doctor",
        document,
        "".join(lines),
        as_json=as_json,
        code=CannotAnswer.code if failed else 0,
        line="; ".join(one.found for one in failed),
    )
