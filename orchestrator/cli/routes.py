"""`routes`: list every route with its protection; acknowledge them, or check the lock."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from orchestrator.cli.door import answer, json_option, ports, progress_option, watched

if TYPE_CHECKING:
    from orchestrator.app.trust.routing import Census

EPILOG = (
    "\b\nExamples:\n"
    "  orchestrator routes\n"
    "  orchestrator routes --check\n"
    "  orchestrator routes --acknowledge && git diff routes.lock\n"
)


@click.command(epilog=EPILOG)
@click.option("--check", is_flag=True, help="Exit 1 with the difference unless the lock is right.")
@click.option("--acknowledge", is_flag=True, help="Write routes.lock anew and print its diff.")
@progress_option
@json_option
def routes(*, check: bool, acknowledge: bool, no_progress: bool, as_json: bool) -> None:
    """List every route of the working tree's application with its protection.

    Each is public, for a user, for roles, or unknown when something stands before it that nobody
    knows. The lock of a repository, `routes.lock`, is what was acknowledged. Exit code 1: with
    --check, the lock is missing or tells otherwise; 4: the application cannot be imported.
    """
    from orchestrator.app.trust import routing
    from orchestrator.report.routes import routes_document, routes_text

    if check and acknowledge:
        raise click.UsageError("--check and --acknowledge exclude each other")
    with watched(hidden=no_progress) as progress:
        house = ports(progress)
        found = routing.census(house)
        diff = routing.acknowledge(house, found) if acknowledge else ""
    told = (found.routes, found.differences)
    document = routes_document(found.app, *told, locked=found.locked, startup=found.startup)
    text = _text(found, diff, check=check, acknowledge=acknowledge)
    bad = check and not found.current
    answer(
        "routes",
        {**document, "diff": diff},
        text or routes_text(found.routes, found.startup),
        as_json=as_json,
        code=1 if bad else 0,
        line="routes.lock is missing" if not found.locked else "routes.lock is not as it should be",
    )


def _text(found: Census, diff: str, *, check: bool, acknowledge: bool) -> str:
    """What is printed in place of the list."""
    from orchestrator.report.routes import differences_text

    if acknowledge:
        return diff or "routes.lock is as it should be\n"
    if check:
        return differences_text(found.differences, locked=found.locked)
    return ""
