"""Copier, the one place that runs it: a folder and answers in, files out, or why not."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_REFUSED = re.compile(r"Validation error for question '(\w+)': (.*)")
# Copier makes of every error in the rule of an answer what that rule says.
_HIDDEN = re.compile(r"(access to attribute .* is unsafe)|Range too big")
_TOO_LARGE = 27
# The first of these names on the way down the causes says what happened.
_REASONS = {
    "SecurityError": "unsafe",
    "MemoryError": "memory",
    "RecursionError": "depth",
    "ForbiddenPathError": "path",
    "UndefinedError": "variable",
}
_LONGEST = 400


@dataclass(frozen=True)
class Failed:
    """Why nothing was rendered: a reason in one word, the sentence, and a question if it is one."""

    reason: str
    text: str
    question: str = ""


def copy(source: Path, target: Path, answers: Mapping[str, Any]) -> None:
    """Render a template folder without the user's own settings for copier, which could change
    defaults and trust. Raises whatever copier raises."""
    from copier import Settings, run_copy

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        run_copy(
            str(source),
            target,
            data=dict(answers),
            defaults=True,
            quiet=True,
            settings=Settings(),
            unsafe=False,
        )


def why(error: BaseException) -> Failed:
    """What an exception of copier means, in our words."""
    reason = " ".join(str(error).split())[:_LONGEST] or type(error).__name__
    refused = _REFUSED.fullmatch(reason)
    if refused and (hidden := _HIDDEN.search(refused[2])):
        return Failed("unsafe" if hidden[1] else "time", reason)
    if refused:
        return Failed("answer", refused[2], refused[1])
    for one in _causes(error):
        if isinstance(one, OSError) and one.errno == _TOO_LARGE:
            return Failed("size", "a file grows too large")
        if isinstance(one, OverflowError) and "Range" in str(one):
            return Failed("time", reason)
        for kind in type(one).__mro__:
            if kind.__name__ in _REASONS:
                return Failed(_REASONS[kind.__name__], reason)
    return Failed("render", reason)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    for _ in range(20):
        if error is None:
            return
        yield error
        error = error.__cause__ or error.__context__
