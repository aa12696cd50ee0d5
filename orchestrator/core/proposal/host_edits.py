"""The changes of a host's own files that patterns ask for; pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from orchestrator.core.host.edits import (
    AddDependencies,
    AppCall,
    ComparedTables,
    Edit,
    IgnoredPaths,
)
from orchestrator.core.host.host import AppObject, Host
from orchestrator.core.pattern.pattern import (
    AlembicMetadata,
    CallAfterApp,
    HostEdit,
    IgnoreLines,
    Pattern,
)

_VARIABLE = re.compile(r"\{\{\s*(\w+)\s*\}\}")


def filled(text: str, answers: Mapping[str, Any]) -> str:
    """A text of a manifest with its `{{ answers }}` filled in."""
    return _VARIABLE.sub(lambda found: str(answers.get(found[1], found[0])), text)


def host_edits(host: Host, chosen: Sequence[Pattern], answers: Mapping[str, Any]) -> Iterator[Edit]:
    """The call after the application is made, what migrations compare, what git ignores, and the
    dependencies. A pattern installs what it requires, so only the last one's calls are made."""
    wanted = [edit for pattern in chosen for edit in pattern.manifest.edits]
    for app in host.apps[:1]:
        for edit in chosen[-1].manifest.edits:
            if isinstance(edit, CallAfterApp):
                yield _call(edit, app, answers)
    yield from _compared(host, wanted, answers)
    lines = [line for edit in wanted if isinstance(edit, IgnoreLines) for line in edit.lines]
    if lines:
        yield IgnoredPaths(tuple(dict.fromkeys(lines)))
    needed = requirements(chosen)
    if needed:
        manifest = host.manifest
        path = manifest.path if manifest else "requirements.txt"
        style = manifest.style if manifest else "requirements"
        yield AddDependencies(path, style, needed)


def _call(edit: CallAfterApp, app: AppObject, answers: Mapping[str, Any]) -> AppCall:
    module, _, name = filled(edit.import_, answers).partition(":")
    factory = app.kind == "factory"
    at_end = factory and app.framework == "flask"
    call = filled(edit.call, answers)
    return AppCall(app.place, app.name, factory, module, name, call, at_end)


def _compared(
    host: Host, wanted: Iterable[HostEdit], answers: Mapping[str, Any]
) -> Iterator[ComparedTables]:
    """What Alembic has to know, where it makes revisions from tables."""
    migrations = host.migrations
    for edit in wanted:
        if isinstance(edit, AlembicMetadata) and migrations and migrations.compares:
            module, _, name = filled(edit.import_, answers).partition(":")
            yield ComparedTables(migrations.script.path, module, name, edit.as_)


def requirements(chosen: Iterable[Pattern]) -> tuple[str, ...]:
    """The dependencies of patterns as requirements, each name once."""
    return tuple(_requirements(chosen))


def _requirements(chosen: Iterable[Pattern]) -> Iterator[str]:
    seen = set()
    for one in (one for pattern in chosen for one in pattern.manifest.dependencies):
        extras = f"[{','.join(one.extras)}]" if one.extras else ""
        floor = f">={one.floor}" if one.floor[:1].isdigit() else one.floor
        if one.name.lower() not in seen:
            seen.add(one.name.lower())
            yield f"{one.name}{extras}{floor}"
