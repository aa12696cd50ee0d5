"""A person's yes: asked for on a terminal, or given by naming the digest of what was read."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TypeVar

import click

from orchestrator.cli.output import put
from orchestrator.core.errors import CannotAnswer, UsageProblem

F = TypeVar("F", bound=Callable[..., object])


def consent_options(command: F) -> F:
    """Add `--yes` and `--digest`."""
    digest = click.option("--digest", default="", help="The SHA-256 of what you have read.")
    return click.option("--yes", is_flag=True, help="Do not ask; needs --digest.")(digest(command))


def consent(there: str, text: str, *, yes: bool, digest: str) -> str:
    """The digest that a person agrees to, after reading `text`; `there` is the one of now.

    Raises UsageProblem for `--yes` without a digest, CannotAnswer where nobody can be asked or the
    answer is no.
    """
    if yes and not digest:
        raise UsageProblem(
            "--yes says what you have read only together with its digest",
            remedy=f"repeat it with --digest {there} once you have read that",
        )
    if yes:
        return digest
    if not (sys.stdin is not None and sys.stdin.isatty()):
        raise CannotAnswer(
            "there is nobody to ask: this is no terminal",
            remedy=f"read it, then repeat the command with --yes --digest {there}",
        )
    put(f"{text}\n", error=True)
    put("Have you read it, and do you trust it? [y/N] ", error=True)
    if sys.stdin.readline().strip().casefold() not in ("y", "yes"):
        raise CannotAnswer("it is not trusted: you did not say yes", remedy="read it first")
    return digest or there
