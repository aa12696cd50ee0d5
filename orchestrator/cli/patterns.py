"""`patterns`: list and explain them, bring others in, and say which of them are trusted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from orchestrator.cli import shown_patterns as shown
from orchestrator.cli.authoring import lint, named, test
from orchestrator.cli.consent import consent, consent_options
from orchestrator.cli.door import answer, json_option, ports, working_directory

if TYPE_CHECKING:
    from orchestrator.core.pattern.pattern import Pattern

EPILOG = """\b
Examples:
  orchestrator patterns
  orchestrator patterns jwt-auth
  orchestrator patterns add https://example.org/patterns.git --ref v1.2.0 --path templates/greeting
  orchestrator patterns trust greeting
  orchestrator patterns lint templates/greeting
  orchestrator patterns test templates/greeting --example 0
"""


class _PatternsGroup(click.Group):
    """A group whose first word is a subcommand, or else the pattern that `show` explains."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        words = [one for one in args if not one.startswith("-")]
        if not args or (args[0] not in self.commands and args[0] not in ("--help", "-h")):
            args = ["show" if words else "list", *args]
        return super().parse_args(ctx, args)

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click's own
        return ["[NAME] [--json]", "|", "COMMAND [ARGS]..."]


@click.group(cls=_PatternsGroup, epilog=EPILOG)
def patterns() -> None:
    """List the patterns, explain one, or bring in one from elsewhere and trust it."""


patterns.add_command(lint)
patterns.add_command(test)


@patterns.command("list")
@json_option
def list_patterns(*, as_json: bool) -> None:
    """List the patterns (the word `list` may be left out)."""
    from orchestrator import compose

    known = compose.shelf(working_directory())[0].all()
    lines = [shown.pattern_line(one) for one in known] or ["no patterns"]
    document = {"patterns": [shown.pattern_document(one) for one in known]}
    answer("patterns", document, shown.text_of(lines), as_json=as_json)


@patterns.command("show")
@click.argument("name")
@json_option
def show(*, name: str, as_json: bool) -> None:
    """Explain one: its answers, promises, risks and advice (the word `show` may be left out)."""
    from orchestrator import compose
    from orchestrator.app.patterns.catalogue import pattern_named

    pattern = pattern_named(compose.shelf(working_directory())[0].all(), name)
    text = shown.text_of(shown.pattern_lines(pattern, compose.trusted_patterns()))
    answer("patterns", {"patterns": [shown.pattern_document(pattern)]}, text, as_json=as_json)


@patterns.command("add")
@click.argument("url")
@click.option("--ref", default="", help="A tag, a branch or a commit; its commit is pinned.")
@click.option("--path", default="", help="The folder of the pattern in that repository.")
@json_option
def add(*, url: str, ref: str, path: str, as_json: bool) -> None:
    """Fetch a pattern from URL, show what it would do, and pin it; it is not trusted by that."""
    from orchestrator.app.patterns import pinned

    pattern = pinned.add(ports(), url, ref, path)
    answer("patterns", _document(pattern), _told(pattern, "pinned"), as_json=as_json)


@patterns.command("fetch")
@json_option
def fetch(*, as_json: bool) -> None:
    """Fetch every pinned pattern that is not here yet; afterwards nothing needs the network."""
    from orchestrator.app.patterns import pinned

    found = pinned.fetch(ports())
    lines = [shown.pattern_line(one) for one in found] or ["orchestrator.yaml pins no pattern"]
    document = {"patterns": [shown.pattern_document(one) for one in found]}
    answer("patterns", document, shown.text_of(lines), as_json=as_json)


@patterns.command("update")
@click.argument("name")
@click.option("--ref", default="", help="A tag, a branch or a commit; else HEAD.")
@json_option
def update(*, name: str, ref: str, as_json: bool) -> None:
    """Pin NAME to another commit and show what differs; it must be trusted again."""
    from orchestrator.app.patterns import pinned

    moved = pinned.update(ports(), name, ref)
    if moved.same:
        text = f"{name} is at that commit already"
    else:
        text = shown.safe(moved.diff) + _told(moved.after, "moved")
    document = {**_document(moved.after), "moved": not moved.same, "diff": moved.diff}
    answer("patterns", document, text, as_json=as_json)


@patterns.command("remove")
@click.argument("name")
@click.option("--force", is_flag=True, help="Also when a story uses it.")
@json_option
def remove(*, name: str, force: bool, as_json: bool) -> None:
    """Take NAME out of `orchestrator.yaml`; refused while the newest record of a story uses it."""
    from orchestrator.app.patterns import pinned

    removed = pinned.remove(ports(), name, force=force)
    used = f"; used by {', '.join(removed.used_by)}" if removed.used_by else ""
    document = {"removed": removed.source.model_dump(), "used_by": list(removed.used_by)}
    answer("patterns", document, f"removed {removed.source}{used}", as_json=as_json)


@patterns.command("trust")
@click.argument("name")
@consent_options
@json_option
def trust(*, name: str, yes: bool, digest: str, as_json: bool) -> None:
    """Trust NAME as it is now: its digest is written down outside the repository.

    On a terminal it shows what the pattern would do and asks. Elsewhere `--yes --digest` says so.
    """
    from orchestrator.app.patterns import pinned

    house = ports()
    pattern = named(name)
    if not pattern.trusted or digest not in ("", pattern.digest):
        agreed = consent(
            pattern.digest, shown.text_of(shown.what_it_would_do(pattern)), yes=yes, digest=digest
        )
        pinned.trust(house, pattern, agreed)
    text = f"{name} is trusted; its digest stands in {house.trust.place}"
    document = {"name": name, "digest": pattern.digest, "trusted": True}
    answer("trust", document, text, as_json=as_json)


@patterns.command("untrust")
@click.argument("name")
@json_option
def untrust(*, name: str, as_json: bool) -> None:
    """Trust NAME no longer."""
    from orchestrator.app.patterns import pinned

    pattern = named(name)
    did = pinned.untrust(ports(), pattern)
    text = f"{name} is not trusted{'' if did else '; it was not before'}"
    document = {"name": name, "digest": pattern.digest, "trusted": False}
    answer("trust", document, text, as_json=as_json)


def _document(pattern: Pattern) -> dict[str, object]:
    return {"patterns": [shown.pattern_document(pattern)]}


def _told(pattern: Pattern, did: str) -> str:
    """What the pattern would do, and what is left for a person."""
    lines = [*shown.what_it_would_do(pattern), f"{did} in orchestrator.yaml; commit that file"]
    if not pattern.trusted:
        lines.append(f"not trusted: read it, then `orchestrator patterns trust {pattern.name}`")
    return shown.text_of(lines)
