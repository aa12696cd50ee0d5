"""How the application with the new code is served, from what memory found; starts nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from orchestrator.core.gate.check import Served
from orchestrator.core.host.host import Host


def served(pattern: str, host: Host, answers: Mapping[str, Any]) -> Served:
    """The application of the host, under the answers of the pattern that was put into it.

    Answers that are tables are the tool's own, not choices, and are left out.
    """
    app = host.apps[0] if host.apps else None
    chosen = {name: one for name, one in answers.items() if not isinstance(one, Mapping)}
    framework = str(answers.get("framework") or (app.framework if app else ""))
    made = f"{app.module}:{app.name}" if app else ""
    return Served(
        pattern=pattern,
        app=host.served or made,
        framework=framework,
        factory=bool(app and app.kind == "factory" and not host.served),
        answers=tuple(
            (name, json.dumps(one, sort_keys=True)) for name, one in sorted(chosen.items())
        ),
    )
