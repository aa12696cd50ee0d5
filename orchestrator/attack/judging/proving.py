"""What a probe is, how it says no, and where all probes are kept."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from orchestrator.attack.wire import Reply

if TYPE_CHECKING:
    from orchestrator.attack.rig import Rig

    Attack = Callable[[Rig], None]

_SHOWN = 160


class Failure(Exception):
    """The property does not hold; the text says in a plain sentence what was seen."""


class NotPossible(Exception):
    """The property cannot be looked at here; the text says why."""


@dataclass(frozen=True)
class Probe:
    """An attack and the properties it proves; `quiet` ones run alone, `last` ones at the end."""

    ids: tuple[str, ...]
    attack: Attack
    quiet: bool = False
    last: bool = False


PROBES: dict[str, Probe] = {}


def proves(*ids: str, quiet: bool = False, last: bool = False) -> Callable[[Attack], Attack]:
    """Register a probe for these properties; each may have one probe only.

    A probe of several properties runs once, and they stand or fall together.
    """

    def register(attack: Attack) -> Attack:
        probe = Probe(ids, attack, quiet, last)
        for one in ids:
            if one in PROBES:
                raise ValueError(f"two probes prove {one}")
            PROBES[one] = probe
        return attack

    return register


def expect(reply: Reply, status: int | Collection[int], what: str, code: str = "") -> Reply:
    """Fail unless the reply has the status (and the code); `what` names what was sent."""
    allowed = {status} if isinstance(status, int) else set(status)
    if reply.status not in allowed:
        wanted = " or ".join(map(str, sorted(allowed)))
        raise Failure(f"{what} was answered {reply.status}, not {wanted}{_said(reply)}")
    if code and reply.code != code:
        raise Failure(f"{what} was answered with the code {reply.code!r}, not {code!r}")
    return reply


def check(holds: bool, sentence: str) -> None:
    """Fail with the sentence unless it holds."""
    if not holds:
        raise Failure(sentence)


def there(reply: Reply, what: str) -> Reply:
    """Raise NotPossible where the module has no such route, so that nothing can be seen."""
    if reply.status == 404 and reply.code == "not_found":
        raise NotPossible(f"the module has no {what}")
    return reply


def same_answer(one: Reply, other: Reply, what: str) -> None:
    """Fail unless two replies cannot be told apart: status, header names, body but for ids."""
    first, second = fingerprint(one), fingerprint(other)
    for name in first:
        check(first[name] == second[name], f"{what} differ in {name}")


def fingerprint(reply: Reply) -> Mapping[str, object]:
    """All of a reply that may not depend on a secret; request id, times and dates are left out."""
    return {
        "status": reply.status,
        "header names": sorted(name.lower() for name, _ in reply.headers),
        "body": _without_ids(reply),
    }


def _without_ids(reply: Reply) -> object:
    try:
        document = json.loads(reply.body)
    except ValueError:
        return reply.body
    if not isinstance(document, dict):
        return document
    return {key: value for key, value in document.items() if key not in ("request_id", "meta")}


def _said(reply: Reply) -> str:
    text = reply.body[:_SHOWN].decode("utf-8", "replace").strip()
    return f": {text}" if text and reply.status >= 300 else ""
