"""`survey`: what fits this repository, what would be changed, what it must bring."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from textwrap import indent
from typing import TYPE_CHECKING

import click

from orchestrator.cli.door import answer, json_option, ports

if TYPE_CHECKING:
    from orchestrator.app.finding.surveying import Fitting, Surveyed
    from orchestrator.core.host.edits import EditResult
    from orchestrator.core.host.host import Observation

EPILOG = """\b
Examples:
  orchestrator survey
  orchestrator survey --framework flask --json
\b
Exit codes: 0 a pattern fits as things are, 1 none does (what would help is named)."""


@click.command(epilog=EPILOG)
@click.option("--framework", help="Look only at applications made with this web framework.")
@json_option
def survey(*, framework: str | None, as_json: bool) -> None:
    """Say what fits this repository before any story is written.

    What was found, with file and line and what is decided about it; which patterns fit, what each
    would add and change, which requirements it could meet, and what the repository must bring.
    The committed tree is read, nothing of it is run, and nothing is written.
    """
    from orchestrator.app.finding.surveying import survey as look

    found = look(ports(), framework)
    answer(
        "survey",
        _document(found),
        "\n".join(_lines(found)),
        as_json=as_json,
        code=0 if found.fits else 1,
        line="\n".join(_help(found)),
    )


def _lines(found: Surveyed) -> Iterator[str]:
    host = found.host
    frameworks = ", ".join(host.frameworks) or "no web framework"
    yield f"repository: {host.project} ({host.language or 'no Python'}; {frameworks})"
    for app in host.apps[:1]:
        yield f"application: {app.kind} {app.name} at {app.place}"
    manifest = host.manifest
    yield f"manifest: {f'{manifest.path} ({manifest.style})' if manifest else 'none'}"
    yield f"tests: {' '.join(host.test_command).replace('{python}', 'python') or 'none'}"
    yield ""
    yield "found:" if found.observations else "found: nothing that matters here"
    yield from (_observed(one) for one in found.observations)
    for one in found.patterns:
        yield ""
        yield from _fitting(one)


def _observed(one: Observation) -> str:
    place = f" ({one.place})" if one.place else ""
    return f"  {one.subject}: {one.decision}, {one.because}{place}"


def _fitting(one: Fitting) -> Iterator[str]:
    manifest = one.pattern.manifest
    word = "fits" if one.fits else "does not fit"
    yield f"pattern {one.pattern.name} {manifest.version} ({manifest.id}): {word}"
    for missing in one.missing:
        yield f"  missing {missing.input}: {missing.because}"
        yield indent(f"try: {missing.unblock}", "    ")
    if one.package:
        yield f"  would add: the package {one.package}, tests in {one.tests}"
    yield from (f"  {_edit(result)}" for _, result in one.edits)
    yield from (_observed(seen) for seen in one.observations)
    chosen = ", ".join(f"{name}={_word(value)}" for name, (value, _) in one.answers.items())
    if chosen:
        yield f"  answers: {chosen}"
    if one.promises:
        yield f"  could meet {len(one.promises)} requirements: {', '.join(one.promises)}"
    for remedy in dict.fromkeys(one.left_out.values()):
        keys = ", ".join(key for key, told in one.left_out.items() if told == remedy)
        yield f"  and, {_answered(remedy)}: {keys}"


def _answered(remedy: str) -> str:
    if remedy.startswith("answer "):
        return f"with {remedy}"
    return f"in {remedy.removeprefix('it takes ')}"


def _edit(result: EditResult) -> str:
    from orchestrator.core.host.edits import EditCannot, EditDone

    if isinstance(result, EditCannot):
        return f"cannot edit: {result.path}: {result.because}"
    return f"{'would edit' if isinstance(result, EditDone) else 'need not edit'}: {result.path}"


def _word(value: object) -> str:
    from orchestrator.report.phrases import value_text

    return value_text(value)


def _help(found: Surveyed) -> Iterator[str]:
    """Why nothing fits, one line for each reason that differs, and what would help."""
    seen = dict.fromkeys(
        (one.because, one.unblock) for fit in found.patterns for one in fit.missing
    )
    if not found.patterns:
        yield "there is no pattern\ntry: `orchestrator patterns add` brings one in"
    for because, unblock in seen:
        yield f"{because}\ntry: {unblock}"


def _document(found: Surveyed) -> Mapping[str, object]:
    from orchestrator.report.json import observed

    host = found.host
    app = host.apps[0] if host.apps else None
    return {
        "head": found.head,
        "fits": found.fits,
        "project": host.project,
        "language": host.language or None,
        "frameworks": list(host.frameworks),
        "application": app and {"kind": app.kind, "name": app.name, "place": str(app.place)},
        "manifest": host.manifest and {"path": host.manifest.path, "style": host.manifest.style},
        "test_command": list(host.test_command),
        "observations": [observed(one) for one in found.observations],
        "patterns": [_pattern(one) for one in found.patterns],
    }


def _pattern(one: Fitting) -> Mapping[str, object]:
    from orchestrator.report.json import edit_document, observed

    return {
        "name": one.pattern.name,
        "id": one.pattern.manifest.id,
        "version": one.pattern.manifest.version,
        "fits": one.fits,
        "package": one.package or None,
        "tests": one.tests or None,
        "missing": [
            {"input": missing.input, "because": missing.because, "unblock": missing.unblock}
            for missing in one.missing
        ],
        "edits": [edit_document(result) for _, result in one.edits],
        "answers": {
            name: {"value": value, "origin": origin}
            for name, (value, origin) in one.answers.items()
        },
        "requirements": [{"key": key, "ears": ears} for key, ears in one.promises.items()],
        "with_other_answers": [
            {"key": key, "answer": remedy} for key, remedy in one.left_out.items()
        ],
        "observations": [observed(seen) for seen in one.observations],
    }
