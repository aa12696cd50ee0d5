"""The routes of an application and their differences from the lock, as text and as data."""

from __future__ import annotations

from collections.abc import Sequence

from orchestrator.core.gate.routes import Difference, Route
from orchestrator.report.entry import plain


def routes_text(routes: Sequence[Route], startup: str = "") -> str:
    """One line for each route: method and path, protection, place."""
    rows = [
        (plain(f"{one.method} {one.path}"), plain(one.protection), plain(_place(one)))
        for one in routes
    ]
    widths = [max((len(row[at]) for row in rows), default=0) for at in (0, 1)]
    lines = [
        f"{what:<{widths[0]}}  {protection:<{widths[1]}}  {place}"
        for what, protection, place in rows
    ]
    if startup:
        lines.append(plain(f"what the startup adds was not seen: {startup}"))
    return "\n".join((*lines, ""))


def differences_text(differences: Sequence[Difference], *, locked: bool) -> str:
    """What is not as in the lock; each that somebody has to acknowledge begins with an `!`."""
    if not locked:
        return "there is no routes.lock: `orchestrator routes --acknowledge` writes it\n"
    if not differences:
        return "routes.lock is as it should be\n"
    lines = [f"{'!' if one.matters else ' '} {plain(one.sentence)}" for one in differences]
    return "\n".join((*lines, ""))


def routes_document(
    app: str,
    routes: Sequence[Route],
    differences: Sequence[Difference],
    *,
    locked: bool,
    startup: str,
) -> dict[str, object]:
    """The same as plain data."""
    return {
        "app": app,
        "locked": locked,
        "startup": startup,
        "routes": [_data(one) for one in routes],
        "differences": [
            {"kind": one.kind, "matters": one.matters, "says": one.sentence} for one in differences
        ],
    }


def _data(route: Route) -> dict[str, str]:
    return {
        "method": route.method,
        "path": route.path,
        "protection": route.protection,
        "place": route.place,
        "instead_of": route.instead_of,
    }


def _place(route: Route) -> str:
    return f"{route.place} (instead of {route.instead_of})" if route.instead_of else route.place
