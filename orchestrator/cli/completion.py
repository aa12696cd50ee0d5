"""`completion`: print the script that completes commands and options in a shell."""

from __future__ import annotations

import click

from orchestrator.cli.door import answer, json_option

EPILOG = """\b
Examples:
  orchestrator completion bash >> ~/.bashrc
  orchestrator completion zsh > ~/.zfunc/_orchestrator
  orchestrator completion fish > ~/.config/fish/completions/orchestrator.fish
"""


@click.command(epilog=EPILOG)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@json_option
def completion(*, shell: str, as_json: bool) -> None:
    """Print the completion script for SHELL."""
    from click.shell_completion import get_completion_class

    from orchestrator.cli.main import orchestrator

    made = get_completion_class(shell)
    if made is None:
        raise click.UsageError(f"click knows no completion for {shell}")
    program = made(orchestrator, {}, "orchestrator", "_ORCHESTRATOR_COMPLETE")
    try:
        script = program.source()
    except RuntimeError:
        script = program.source_template % program.source_vars()
    answer("completion", {"shell": shell, "script": script}, script, as_json=as_json)
