"""Lay a pattern out in a small host of its own, as a story would, so that it can be tried."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from orchestrator.core.change.changes import File
from orchestrator.core.errors import CannotAnswer
from orchestrator.core.gate.check import Scope
from orchestrator.core.pattern.active import active
from orchestrator.core.pattern.pattern import CallAfterApp, Dependency, IgnoreLines, Pattern
from orchestrator.core.pattern_lint.subject import labels
from orchestrator.ports.every import Ports

_CLASSES = {"fastapi": "FastAPI", "flask": "Flask"}


@dataclass(frozen=True)
class Bench:
    """A host with a pattern in it: all files, those of the pattern itself, and what they need."""

    files: Mapping[str, File]
    own: Mapping[str, File]
    scope: Scope
    requirements: tuple[str, ...]


def lay_out(ports: Ports, pattern: Pattern, answers: Mapping[str, Any]) -> Bench:
    """The pattern with these answers, and those that it requires, beside a small application.

    They are rendered as drafts, without trust. Raises CannotAnswer when a required pattern is
    missing or one does not render.
    """
    required = required_by(ports, pattern)
    chosen = {**answers, **_place(pattern)}
    promised = [key for one in required for key in one.manifest.provides]
    files: dict[str, File] = {}
    own: Mapping[str, File] = {}
    for one in (*required, pattern):
        given = {**chosen, **labels(one.manifest.provides, promised if one is pattern else ())}
        known = {question.name for question in one.questions}
        own = ports.renderer.draft(one, {key: given[key] for key in given if key in known})
        files.update(own)
    counting = [active(one, chosen) for one in (*required, pattern)]
    host = _host(counting, chosen)
    files.update({path: file for path, file in host.items() if path not in files})
    return Bench(files, own, _scope(files, own, chosen), _requirements(counting, chosen))


def required_by(ports: Ports, pattern: Pattern) -> tuple[Pattern, ...]:
    """The patterns that a pattern requires. Raises CannotAnswer for one that nobody has."""
    if not pattern.manifest.requires:
        return ()
    known = {one.manifest.id: one for one in ports.patterns.all()}
    for id_ in pattern.manifest.requires:
        if id_ not in known:
            raise CannotAnswer(
                f"{pattern.name} requires the pattern {id_}, which is not here",
                remedy="add that pattern first: `orchestrator patterns add`",
            )
    return tuple(known[id_] for id_ in pattern.manifest.requires)


def _place(pattern: Pattern) -> dict[str, Any]:
    """Where the pattern goes in the small host: in `src`, below the name that it asks for."""
    default = next((one.default for one in pattern.questions if one.name == "package_path"), None)
    last = str(default or pattern.name).rpartition("/")[2]
    name = re.sub(r"\W", "_", last) or "module"
    return {
        "package_path": f"src/{name}",
        "package_import": f"src.{name}",
        "tests_path": f"tests/{name}",
        "host_app_import": "src.main",
        "host_app_attribute": "app",
    }


def _host(patterns: Iterable[Pattern], answers: Mapping[str, Any]) -> dict[str, File]:
    """An application that calls what the patterns want called, and ignores what they want so."""
    imports: list[str] = []
    calls: list[str] = []
    ignored: list[str] = []
    for edit in (one for pattern in patterns for one in pattern.manifest.edits):
        if isinstance(edit, CallAfterApp):
            module, _, name = _filled(edit.import_, answers).partition(":")
            imports.append(f"from {module} import {name}\n")
            calls.append(f"{edit.call.replace('{app}', 'app')}\n")
        elif isinstance(edit, IgnoreLines):
            ignored.extend(f"{line}\n" for line in edit.lines)
    framework = _framework(patterns, answers)
    made = _CLASSES[framework]
    app = f"{made}(__name__)" if framework == "flask" else f"{made}()"
    text = (
        f'"""A host."""\n\nfrom {framework} import {made}\n\n'
        f"{''.join(sorted(imports))}\napp = {app}\n{''.join(calls)}"
    )
    return {
        "src/__init__.py": File(b""),
        "src/main.py": File(text.encode()),
        ".gitignore": File("".join(ignored).encode()),
    }


def _framework(patterns: Iterable[Pattern], answers: Mapping[str, Any]) -> str:
    offered = [str(answers.get("framework", ""))]
    offered += [name for pattern in patterns for name in pattern.manifest.frameworks]
    return next((name for name in offered if name in _CLASSES), "fastapi")


def _filled(text: str, answers: Mapping[str, Any]) -> str:
    return re.sub(r"\{\{ *(\w+) *\}\}", lambda found: str(answers.get(found[1], "")), text)


def _scope(files: Mapping[str, File], own: Mapping[str, File], answers: Mapping[str, Any]) -> Scope:
    python = sorted(path for path in files if path.endswith(".py") and path != "src/main.py")
    package, tests = f"{answers['package_path']}/", f"{answers['tests_path']}/"
    return Scope(
        package=str(answers["package_import"]),
        sources=tuple(path for path in python if path.startswith(package)),
        tests=tuple(path for path in python if path.startswith(tests)),
        changed=tuple(sorted(own)),
    )


def _requirements(patterns: Iterable[Pattern], answers: Mapping[str, Any]) -> tuple[str, ...]:
    wanted = {_line(one) for pattern in patterns for one in pattern.manifest.dependencies}
    return tuple(sorted({*wanted, _framework(patterns, answers)}))


def _line(one: Dependency) -> str:
    extras = f"[{','.join(one.extras)}]" if one.extras else ""
    return f"{one.name}{extras}{f'>={one.floor}' if one.floor[:1].isdigit() else one.floor}"
