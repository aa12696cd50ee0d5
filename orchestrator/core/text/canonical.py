"""Canonical JSON (RFC 8785) and SHA-256 names; refuses what has more than one spelling."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any, NoReturn

import rfc8785

from orchestrator.core.errors import IntegrityBroken

LARGEST = 2**53 - 1
DEEPEST = 64


def sha256(content: bytes) -> str:
    """The SHA-256 of some bytes in lower-case hex."""
    return hashlib.sha256(content).hexdigest()


def canonical(value: object) -> bytes:
    """The one byte form of plain data: null, booleans, integers, strings, lists, string-keyed maps.

    Raises ValueError for a float, an integer beyond 2^53 - 1, a lone surrogate, a key that is not
    a string, another type, or nesting deeper than 64.
    """
    _refuse_odd(value, 0)
    return rfc8785.dumps(value)  # type: ignore[arg-type]


def load_canonical(raw: bytes) -> Any:
    """Read canonical bytes back. Raises IntegrityBroken unless they are exactly canonical."""
    try:
        value = json.loads(
            raw.decode("utf-8"),
            object_pairs_hook=_without_twins,
            parse_float=_no_float,
            parse_constant=_no_float,
        )
        again = canonical(value)
    except (ValueError, RecursionError) as error:
        reason = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise IntegrityBroken(f"not canonical JSON: {reason}") from error
    if again != raw:
        raise IntegrityBroken("not canonical JSON: the same data has another canonical form")
    return value


def _refuse_odd(value: object, depth: int) -> None:
    if depth > DEEPEST:
        raise ValueError(f"nested deeper than {DEEPEST}")
    match value:
        case None | bool():
            return
        case int():
            if abs(value) > LARGEST:
                raise ValueError("an integer is beyond 2^53 - 1")
        case str():
            _refuse_surrogate(value)
        case list() | tuple():
            _refuse_all(value, depth)
        case Mapping():
            for key in value:
                if not isinstance(key, str):
                    raise ValueError(f"a key is not a string: {key!r}")
                _refuse_surrogate(key)
            _refuse_all(value.values(), depth)
        case _:
            raise ValueError(f"not plain data: {type(value).__name__}")


def _refuse_all(values: Iterable[object], depth: int) -> None:
    for value in values:
        _refuse_odd(value, depth + 1)


def _refuse_surrogate(text: str) -> None:
    if any("\ud800" <= letter <= "\udfff" for letter in text):
        raise ValueError("a string holds a lone surrogate")


def _without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key appears twice")
    return found


def _no_float(text: str) -> NoReturn:
    raise ValueError(f"not an integer: {text[:40]}")
