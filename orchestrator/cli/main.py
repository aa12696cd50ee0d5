"""The command group: imports a command's module when it is invoked and not before."""

from __future__ import annotations

from importlib import import_module
from typing import Any, cast

import click

from orchestrator.cli.table import COMMANDS, overview
from orchestrator.version import VERSION


class LazyGroup(click.Group):
    """A group whose commands come from the static table; an unknown one names the nearest."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click's signature
        return list(COMMANDS)

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002  click's signature
        cmd_name: str,
    ) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, attribute, _ = COMMANDS[cmd_name]
        return cast(click.Command, getattr(import_module(module), attribute))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if name not in COMMANDS and not name.startswith("-") and not ctx.resilient_parsing:
            raise click.UsageError(_unknown(name), ctx)
        return super().resolve_command(ctx, args)

    def get_help(self, ctx: click.Context) -> str:  # noqa: ARG002  click's signature
        return overview().rstrip()


def _unknown(name: str) -> str:
    from difflib import get_close_matches

    if "=" in name:
        return f"No such command {name!r}. Did you mean 'orchestrator exec {name}'?"
    near = get_close_matches(name.lower(), COMMANDS, n=1, cutoff=0.5)
    hint = f" Did you mean {near[0]!r}?" if near else f" Commands: {', '.join(COMMANDS)}."
    return f"No such command {name!r}.{hint}"


def _print_version(ctx: click.Context, _param: click.Parameter, value: Any) -> None:
    if value and not ctx.resilient_parsing:
        click.echo(f"orchestrator {VERSION}")
        ctx.exit()


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="Print the version.",
)
def orchestrator() -> None:
    """Move a story from request to code that can be trusted."""
