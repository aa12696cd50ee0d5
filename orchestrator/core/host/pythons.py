"""Which Pythons a host's requirement admits, by their minor versions; pure."""

from __future__ import annotations

import re

_KNOWN = frozenset(range(100))
_CLAUSE = re.compile(r"(?P<op>[<>=~^!]*)\s*v?3(?:\.(?P<minor>\d+))?(?:\.(?P<rest>[\d*]+))?")


def minors(text: str) -> frozenset[int] | None:
    """The minor versions of Python 3 of which some release is admitted, `>=3.9,<3.12` as 9 to 11.

    Specifiers (PEP 440) and Poetry's `^3.9` and `~3.9` are read; None for what is not understood.
    """
    admitted = _KNOWN
    for clause in filter(None, (one.strip() for one in text.split(","))):
        one = _admitted(clause)
        if one is None:
            return None
        admitted &= one
    return admitted


def _admitted(clause: str) -> frozenset[int] | None:
    found = _CLAUSE.fullmatch(clause)
    if clause in ("*", "<4", "<4.0", "<4.0.0") or clause.startswith("!="):
        return _KNOWN
    if found is None:
        return None
    minor, rest = int(found["minor"] or 0), found["rest"]
    within = rest is not None and rest.strip("0.*") != ""
    at_least = frozenset(one for one in _KNOWN if one >= minor)
    match found["op"]:
        case ">=" | ">" | "^":
            return at_least
        case "~=" if rest is None:
            return at_least
        case "<":
            return _KNOWN - at_least | ({minor} if within else frozenset())
        case "<=":
            return _KNOWN - at_least | {minor}
        case "==" | "===" | "" | "~" | "~=":
            return frozenset({minor}) if found["minor"] else _KNOWN
    return None
