"""How patterns are shown: as lines for people, whose control characters are named, and as data."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from orchestrator.core.pattern.pattern import (
        Dependency,
        Document,
        Pattern,
        PatternRisk,
        PatternSource,
    )

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
    from orchestrator.report.phrases import value_text

    manifest = pattern.manifest
    yield pattern_line(pattern)
    yield manifest.usage
    if not pattern.trusted:
        yield (
            f"not trusted: read it, then `orchestrator patterns trust {pattern.name}` writes its "
            f"digest to {trust}"
        )
    if pattern.origin is not None:
        yield _from(pattern.origin)
    if manifest.requires:
        yield f"requires: {', '.join(manifest.requires)}"
    yield f"digest: {pattern.digest}"
    yield "answers:"
    for question in pattern.asked:
        listed = " | ".join(map(value_text, question.choices))
        choices = f" ({listed})" if listed else ""
        text = f"  {question.name}={value_text(question.default)}{choices}  {question.help}"
        yield text.rstrip()
    yield "provides:"
    for key, one in manifest.provides.items():
        yield f"  [{key}] {one.ears}{_condition(one.when)}"
    yield from _titled("depends on:", map(_dependency, manifest.dependencies))
    yield from _titled("risks:", map(_risk, manifest.risks))
    advice = (f"  {one.text} [{one.source}]" for one in manifest.recommendations)
    yield from _titled("advice:", advice)
    yield from _titled("documents:", map(_document, manifest.documents))


def _document(one: Document) -> str:
    return f"  {one.title}, {one.url}, checked on {one.checked_on}"


def _dependency(one: Dependency) -> str:
    return f"  {one.name}{_floor(one.floor)}  {one.why}{_condition(one.when)}"


def _risk(one: PatternRisk) -> str:
    told = f"{one.text} (owner {one.owner}; {one.mitigation})"
    return f"  {one.id}: {told}{_condition(one.when)}"


def _from(origin: PatternSource) -> str:
    return f"from: {origin.git} commit {origin.commit} {origin.path}".rstrip()


def _titled(title: str, lines: Iterable[str]) -> Iterator[str]:
    """The lines below their title; nothing without any."""
    for number, line in enumerate(lines):
        if number == 0:
            yield title
        yield line


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
        yield _from(pattern.origin)
    yield f"asks {len(pattern.asked)} questions: {', '.join(one.name for one in pattern.asked)}"
    yield f"writes {len(pattern.files)} files:"
    for path in pattern.files:
        yield f"  {path}"
    for name in manifest.executables:
        yield f"  may be executed: {name}"
    yield f"edits {len(manifest.edits)} files of yours:"
    for edit in manifest.edits:
        yield f"  {edit.model_dump_json(by_alias=True, exclude={'when'})}{_condition(edit.when)}"
    count = len(manifest.dependencies)
    yield f"adds {count} dependencies{':' if count else ''}"
    for dependency in manifest.dependencies:
        yield f"  {dependency.name}{_floor(dependency.floor)}{_condition(dependency.when)}"
    for secret in manifest.env:
        yield f"  a secret in .env: {secret.name}{_condition(secret.when)}"
    yield "Its code and its tests run in your gate and in your service."
    yield f"digest: {pattern.digest}"
