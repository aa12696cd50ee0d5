"""`recover`: finish or undo what a killed run left."""

from __future__ import annotations

import click

from orchestrator.cli.door import answer, json_option, ports

EPILOG = "\b\nExample:\n  orchestrator recover\n  orchestrator recover --json\n"


@click.command(epilog=EPILOG)
@json_option
def recover(*, as_json: bool) -> None:
    """Finish or undo a publish that was killed, and remove its leftovers.

    Afterwards files, index and branch are fully old or fully new. A file that you changed since is
    never touched: it is named as a CONFLICT, with code 4. Repeating the command does no harm.
    """
    from orchestrator.app.keeping.recover import recover as finish_or_undo

    done = finish_or_undo(ports())
    answer("recover", {"acted": done.acted, "text": done.text}, done.text, as_json=as_json)
