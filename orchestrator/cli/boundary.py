"""The error boundary: the one place where a problem becomes text and an exit code."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Sequence

import click

from orchestrator.cli.main import orchestrator
from orchestrator.cli.output import failure_text, put, readable_streams
from orchestrator.cli.signals import stop_politely
from orchestrator.core.errors import CannotAnswer, OrchestratorError

PROGRAM = "orchestrator"
_COMPLETION_VARIABLE = "_ORCHESTRATOR_COMPLETE"
_OF_THE_MACHINE = {
    errno.ENOSPC: "free some space",
    errno.EDQUOT: "free some space, or raise the quota",
    errno.EROFS: "work on a writable file system",
    errno.EACCES: "give yourself the permission, or work elsewhere",
    errno.EPERM: "give yourself the permission, or work elsewhere",
    errno.EIO: "check the disk",
    errno.EMFILE: "raise the limit of open files (ulimit -n)",
    errno.ENFILE: "close some programs",
    errno.ENOMEM: "close some programs",
}


def run(argv: Sequence[str]) -> int:
    """Run one command and return its exit code; nothing escapes but an exit."""
    as_json = "--json" in argv
    readable_streams()
    stop = stop_politely()
    try:
        return _invoke(argv)
    except click.UsageError as error:
        return _usage(error, as_json=as_json)
    except click.ClickException as error:
        return _say(2, "usage", error.format_message(), "", as_json=as_json)
    except OrchestratorError as error:
        return _say(error.code, error.kind, error.problem, error.remedy, as_json=as_json)
    except (KeyboardInterrupt, click.Abort):
        return _interrupted(as_json=as_json)
    except Exception as error:
        return _interrupted(as_json=as_json) if stop.asked else _unforeseen(error, as_json=as_json)


def _invoke(argv: Sequence[str]) -> int:
    instruction = os.environ.get(_COMPLETION_VARIABLE)
    if instruction:
        from click.shell_completion import shell_complete

        return shell_complete(orchestrator, {}, PROGRAM, _COMPLETION_VARIABLE, instruction)
    try:
        with orchestrator.make_context(PROGRAM, list(argv)) as ctx:
            orchestrator.invoke(ctx)
    except click.exceptions.Exit as end:
        return end.exit_code
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0
    return 0


def _usage(error: click.UsageError, *, as_json: bool) -> int:
    if as_json:
        put(failure_text(error.exit_code, "usage", error.format_message(), ""))
    error.show()
    return error.exit_code


def _say(code: int, kind: str, problem: str, remedy: str, *, as_json: bool) -> int:
    if as_json:
        put(failure_text(code, kind, problem, remedy))
    put(f"{problem}\ntry: {remedy}\n" if remedy else f"{problem}\n", error=True)
    return code


def _interrupted(*, as_json: bool) -> int:
    return _say(130, "interrupted", "interrupted; nothing is half-done", "", as_json=as_json)


def _unforeseen(error: Exception, *, as_json: bool) -> int:
    if isinstance(error, OSError):
        return _machine(error, as_json=as_json)
    return _bug(error, as_json=as_json)


def _machine(error: OSError, *, as_json: bool) -> int:
    remedy = _OF_THE_MACHINE.get(error.errno or 0)
    if remedy is None:
        return _bug(error, as_json=as_json)
    where = f": {error.filename}" if error.filename else ""
    problem = f"the system refused: {error.strerror}{where}"
    return _say(CannotAnswer.code, CannotAnswer.kind, problem, remedy, as_json=as_json)


def _bug(error: Exception, *, as_json: bool) -> int:
    from orchestrator.cli.buglog import write_bug_log

    place = write_bug_log(error, sys.argv[1:])
    problem = f"a bug of orchestrator ({type(error).__name__}); details are in {place}"
    return _say(3, "bug", problem, "report it with that file", as_json=as_json)
