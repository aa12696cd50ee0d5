"""Rules on the manifest: promises, documents, dependencies and examples."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

from orchestrator.core.pattern.active import active
from orchestrator.core.pattern_lint.subject import MANIFEST, Remark, Subject
from orchestrator.core.story.ears_lint import lint as lint_ears
from orchestrator.core.story.requirement import PROVIDES_KEY, Requirement, read_requirement

_OLD = timedelta(days=365)
_FLOOR = re.compile(r"[0-9]+(\.[0-9]+)*")


def promises(subject: Subject) -> Iterator[Remark]:
    """Each promise has a key and an EARS sentence, and names properties that there are."""
    for key, one in subject.pattern.manifest.provides.items():
        line = subject.line("_pattern", "provides", key)
        if not PROVIDES_KEY.fullmatch(key):
            yield Remark("key", MANIFEST, line, f"`{key}` is no key", "write one like `login.ok`")
        read = read_requirement(f"X-001: {one.ears}")
        if isinstance(read, Requirement):
            problems: tuple[tuple[str, str], ...] = tuple(
                (problem.message, problem.fix) for problem in lint_ears((read,))
            )
        else:
            problems = ((read.message, read.fix),)
        for message, fix in problems:
            yield Remark("ears", MANIFEST, line, f"{key}: {message}", fix)
        for property_ in one.properties:
            if property_ not in subject.properties:
                yield Remark(
                    "property",
                    MANIFEST,
                    line,
                    f"{key}: unknown property {property_}",
                    "name one that `orchestrator attack` knows, or leave it out",
                )


def documents(subject: Subject) -> Iterator[Remark]:
    """Each document was read in the last year, and is fetched over https."""
    for number, one in enumerate(subject.pattern.manifest.documents):
        line = subject.line("_pattern", "documents", number)
        if one.checked_on > subject.today:
            yield Remark("document", MANIFEST, line, f"{one.title} was checked in the future")
        elif subject.today - one.checked_on > _OLD:
            yield Remark(
                "document",
                MANIFEST,
                line,
                f"{one.title} was last checked on {one.checked_on}",
                "read it again and write the day",
            )
        if not one.url.startswith("https://"):
            yield Remark("document", MANIFEST, line, f"{one.title} has no https URL")


def dependencies(subject: Subject) -> Iterator[Remark]:
    """Each dependency says why it is there, and from which version on it works."""
    for number, one in enumerate(subject.pattern.manifest.dependencies):
        line = subject.line("_pattern", "dependencies", number)
        if not _FLOOR.fullmatch(one.floor):
            yield Remark(
                "floor",
                MANIFEST,
                line,
                f"{one.name} has no plain floor ({one.floor!r})",
                'write the oldest version that works, such as floor: "2.12"',
            )
        if not one.why:
            yield Remark("floor", MANIFEST, line, f"{one.name}: nobody says why", "add `why: …`")


def examples(subject: Subject) -> Iterator[Remark]:
    """There are examples, and each promise counts in one of them."""
    manifest = subject.pattern.manifest
    if not manifest.examples:
        yield Remark(
            "examples",
            MANIFEST,
            subject.line("_pattern"),
            "there are no examples",
            "add `examples: [{}]`, and one set of answers for every fork",
        )
    counting = {
        key
        for one in subject.examples
        for key in active(subject.pattern, one.answers).manifest.provides
    }
    for key in manifest.provides:
        if key not in counting:
            yield Remark(
                "examples",
                MANIFEST,
                subject.line("_pattern", "provides", key),
                f"{key} counts in no example",
                "add the answers that bring it in",
            )
