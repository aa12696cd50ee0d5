"""How patterns are shown: as lines for people, whose control characters are named, and as data."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from orchestrator.core.pattern.pattern import Pattern

ALWAYS = "always"


def safe(text: str) -> str:
    """A text by somebody else, with every sign that a terminal would obey written out."""
    return "".join(
        one if one in "\n\t" or unicodedata.category(one)[0] != "C" else f"\\x{ord(one):02x}"
        for one in text
    )


def text_of(lines: Iterable[str]) -> str:
    """Lines as one safe text."""
    return safe("\n".join(lines))


def pattern_line(pattern: Pattern) -> str:
    """One line: name, id, version, title, frameworks, and whether it is trusted."""
    manifest = pattern.manifest
    frameworks = ", ".join(manifest.frameworks)
    trust = "" if pattern.trusted else "  (not trusted)"
    return (
        f"{pattern.name}  {manifest.id} {manifest.version}  {manifest.title} [{frameworks}]{trust}"
    )


def pattern_lines(pattern: Pattern, trust: str) -> Iterator[str]:
    """Everything that a user may want to know; `trust` is the file of the trusted digests."""
    manifest = pattern.manifest
    yield pattern_line(pattern)
    yield manifest.usage
    if not pattern.trusted:
        yield (
            f"not trusted: read it, then `orchestrator patterns trust {pattern.name}` writes its "
            f"digest to {trust}"
        )
    if pattern.origin is not None:
        yield f"from: {pattern.origin.git} commit {pattern.origin.commit} {pattern.origin.path}"
    if manifest.requires:
        yield f"requires: {', '.join(manifest.requires)}"
    yield f"digest: {pattern.digest}"
    yield "answers:"
    for question in pattern.asked:
        choices = (
            f" ({' | '.join(str(one) for one in question.choices)})" if question.choices else ""
        )
        yield f"  {question.name}={question.default}{choices}  {question.help}"
    yield "provides:"
    for key, one in manifest.provides.items():
        yield f"  [{key}] {one.ears}{_condition(one.when)}"
    yield "depends on:"
    for dependency in manifest.dependencies:
        condition = _condition(dependency.when)
        yield f"  {dependency.name}{_floor(dependency.floor)}  {dependency.why}{condition}"
    yield "risks:"
    for risk in manifest.risks:
        told = f"{risk.text} (owner {risk.owner}; {risk.mitigation})"
        yield f"  {risk.id}: {told}{_condition(risk.when)}"
    yield "advice:"
    for advice in manifest.recommendations:
        yield f"  {advice.text} [{advice.source}]"
    yield "documents:"
    for document in manifest.documents:
        yield f"  {document.title}, {document.url}, checked on {document.checked_on}"


def _condition(when: str) -> str:
    return "" if when == ALWAYS else f"  [only if {when}]"


def _floor(floor: str) -> str:
    return f">={floor}" if floor[:1].isdigit() else floor


def pattern_document(pattern: Pattern) -> Mapping[str, object]:
    """A pattern as data."""
    return pattern.model_dump(mode="json", exclude={"files"})


def what_it_would_do(pattern: Pattern) -> Iterator[str]:
    """What a person reads before trusting: questions, files, edits, dependencies, digest."""
    manifest = pattern.manifest
    yield pattern_line(pattern)
    if pattern.origin is not None:
        yield f"from: {pattern.origin.git} commit {pattern.origin.commit} {pattern.origin.path}"
    yield f"asks {len(pattern.asked)} questions: {', '.join(one.name for one in pattern.asked)}"
    yield f"writes {len(pattern.files)} files:"
    for path in pattern.files:
        yield f"  {path}"
    for name in manifest.executables:
        yield f"  may be executed: {name}"
    yield f"edits {len(manifest.edits)} files of yours:"
    for edit in manifest.edits:
        yield f"  {edit.model_dump_json(by_alias=True, exclude={'when'})}{_condition(edit.when)}"
    yield f"adds {len(manifest.dependencies)} dependencies:"
    for dependency in manifest.dependencies:
        yield f"  {dependency.name}{_floor(dependency.floor)}{_condition(dependency.when)}"
    for secret in manifest.env:
        yield f"  a secret in .env: {secret.name}{_condition(secret.when)}"
    yield "Its code and its tests run in your gate and in your service."
    yield f"digest: {pattern.digest}"
