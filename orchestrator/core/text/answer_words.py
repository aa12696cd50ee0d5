"""Read the `key=value` words of an option, as `exec` reads its own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from orchestrator.core.errors import UsageProblem
from orchestrator.core.text.nearest import did_you_mean
from orchestrator.core.text.value import Malformed, plain_value, read_value


def read_words(words: Sequence[str], known: Iterable[str]) -> dict[str, Any]:
    """What the words answer, by name. Raises UsageProblem for a name that nobody asks for."""
    names = sorted(known)
    told: dict[str, Any] = {}
    for word in words:
        name, equals, text = word.partition("=")
        if not equals:
            raise UsageProblem(f"`{word}` is not a `key=value` word", remedy="write key=value")
        if name not in names:
            raise UsageProblem(f"there is no answer {name}", remedy=did_you_mean(name, names))
        try:
            told[name] = plain_value(read_value(text))
        except Malformed as problem:
            raise UsageProblem(f"{word}: {problem}", remedy=f"write {name}=value") from problem
    return told
