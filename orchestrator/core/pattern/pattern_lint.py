"""What is wrong with a pattern as its author left it: rules on manifest, templates and renders."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from orchestrator.core.gate.marked import marked, names_of_tests
from orchestrator.core.gate.trace import labels as labels_of
from orchestrator.core.pattern.active import active, questions_named
from orchestrator.core.pattern.pattern import Pattern
from orchestrator.core.story.ears_lint import lint as lint_ears
from orchestrator.core.story.requirement import PROVIDES_KEY, Requirement, read_requirement
from orchestrator.core.text.yaml_text import YamlText

MANIFEST = "copier.yml"
FILLED_IN = frozenset(
    {"package_path", "package_import", "tests_path", "tests_are_package", "project", "claims"}
    | {"marks", "host_app_import", "host_app_attribute", "host_env_example", "alembic"}
    | {"host_database_variable", "host_database_default", "host_database_kind"}
    | {"alembic_versions", "alembic_heads"}
)
"""The computed questions that the tool answers."""
_OLD = timedelta(days=365)
_FLOOR = re.compile(r"[0-9]+(\.[0-9]+)*")
_LEFT_OVER = re.compile(r"\{\{|\{%|%\}|\{#")
_BLANK_END = re.compile(r"[ \t]$", re.MULTILINE)


@dataclass(frozen=True)
class Remark:
    """One thing to mend: the rule it breaks, where, and what to do."""

    rule: str
    path: str
    line: int
    message: str
    fix: str = ""

    @property
    def where(self) -> str:
        """`path:line`, or the path alone where no line is known."""
        return f"{self.path}:{self.line}" if self.line else self.path


@dataclass(frozen=True)
class TemplateFacts:
    """What Jinja's parser says of a pattern: every problem, and every name that is used."""

    problems: tuple[tuple[str, str], ...]
    used: frozenset[str]


@dataclass(frozen=True)
class Example:
    """One render of a pattern: the answers, and the text of its own files."""

    answers: Mapping[str, Any]
    texts: Mapping[str, str]


@dataclass(frozen=True)
class Subject:
    """All that a lint looks at. `promised` are the keys of the patterns that this one requires;
    `properties` the ids of all properties that the attack knows."""

    pattern: Pattern
    document: YamlText
    templates: Mapping[str, str]
    facts: TemplateFacts
    examples: Sequence[Example]
    promised: Collection[str]
    properties: Collection[str]
    today: date = field(default=date.min)


def label(key: str) -> str:
    """The one requirement that stands for a key while a pattern is tried."""
    return f"X-{key}"


def labels(own: Iterable[str], promised: Iterable[str]) -> dict[str, dict[str, str]]:
    """Claims of a pattern's own keys, and marks of every key that its tests may prove."""
    mine = tuple(own)
    return {
        "claims": {key: f"# @req {label(key)}" for key in mine},
        "marks": {key: f'@pytest.mark.requirement("{label(key)}")' for key in (*promised, *mine)},
    }


def lint(subject: Subject) -> tuple[Remark, ...]:
    """Everything that is wrong, the manifest first; a pattern without examples is judged by its
    defaults."""
    return tuple(dict.fromkeys(one for rule in _RULES for one in rule(subject)))


def _line(subject: Subject, *path: str | int) -> int:
    where: tuple[str | int, ...] = path
    while where and where not in subject.document.lines:
        where = where[:-1]
    return subject.document.lines.get(where, 1)


def _promises(subject: Subject) -> Iterator[Remark]:
    for key, one in subject.pattern.manifest.provides.items():
        line = _line(subject, "_pattern", "provides", key)
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


def _documents(subject: Subject) -> Iterator[Remark]:
    for number, one in enumerate(subject.pattern.manifest.documents):
        line = _line(subject, "_pattern", "documents", number)
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


def _dependencies(subject: Subject) -> Iterator[Remark]:
    for number, one in enumerate(subject.pattern.manifest.dependencies):
        line = _line(subject, "_pattern", "dependencies", number)
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


def _examples(subject: Subject) -> Iterator[Remark]:
    manifest = subject.pattern.manifest
    if not manifest.examples:
        yield Remark(
            "examples",
            MANIFEST,
            _line(subject, "_pattern"),
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
                _line(subject, "_pattern", "provides", key),
                f"{key} counts in no example",
                "add the answers that bring it in",
            )


def _names(subject: Subject) -> Iterator[Remark]:
    for path in subject.templates:
        if path != MANIFEST and path.startswith("template/") and not path.endswith(".jinja"):
            yield Remark("suffix", path, 0, "a template ends in .jinja", f"rename it {path}.jinja")


def _variables(subject: Subject) -> Iterator[Remark]:
    for reason, text in subject.facts.problems:
        yield Remark(reason, text.partition(":")[0], 0, text)
    used = subject.facts.used | questions_named(subject.pattern)
    for question in subject.pattern.questions:
        line = _line(subject, question.name)
        if question.computed and question.name not in FILLED_IN and question.default is None:
            yield Remark(
                "answer",
                MANIFEST,
                line,
                f"nobody answers `{question.name}`",
                "give it a default that is computed from other answers",
            )
        if question.name not in used:
            yield Remark(
                "answer",
                MANIFEST,
                line,
                f"nothing depends on `{question.name}`",
                "use it or remove the question",
            )


def _labels(subject: Subject) -> Iterator[Remark]:
    asked = labels_of(subject.templates.values())
    own = subject.pattern.manifest.provides
    for key in sorted(set(asked["claims"]) - set(own)):
        yield Remark(
            "claim",
            MANIFEST,
            _line(subject, "_pattern", "provides"),
            f"a template claims {key}, which the pattern does not promise",
        )
    for key in sorted(set(asked["marks"]) - {*own, *subject.promised}):
        yield Remark(
            "proof",
            MANIFEST,
            _line(subject, "_pattern", "provides"),
            f"a test proves {key}, which nobody promises",
        )


def _claimed_and_proven(subject: Subject) -> Iterator[Remark]:
    """Each promise that counts is claimed by code, and proven by two tests or more; no other is."""
    for example in subject.examples:
        kept = active(subject.pattern, example.answers).manifest.provides
        tests = {path: text for path, text in _python(example) if _is_tests(path)}
        code = "\n".join(text for path, text in _python(example) if not _is_tests(path))
        proofs = Counter(
            id_ for text in tests.values() for ids in _marks(text).values() for id_ in ids
        )
        for key in subject.pattern.manifest.provides:
            line = _line(subject, "_pattern", "provides", key)
            claim = re.search(rf"^\s*# @req {re.escape(label(key))}$", code, re.MULTILINE)
            shown = f"{key}, with the answers {dict(example.answers)}"
            if key in kept and not claim:
                yield Remark(
                    "claim",
                    MANIFEST,
                    line,
                    f"no code claims {shown}",
                    f'write {{{{ claims["{key}"] }}}} above the code that keeps it',
                )
            if key in kept and proofs[label(key)] < 2:
                yield Remark(
                    "proof",
                    MANIFEST,
                    line,
                    f"{proofs[label(key)]} tests prove {shown}; two are needed",
                    "write one that fails when it is broken, and its positive twin",
                )
            if key not in kept and (claim or proofs[label(key)]):
                yield Remark("claim", MANIFEST, line, f"left out, yet claimed or proven: {shown}")


def _clean(subject: Subject) -> Iterator[Remark]:
    for example in subject.examples:
        names: Counter[str] = Counter()
        for path, text in example.texts.items():
            yield from _clean_text(path, text)
        for path, text in _python(example):
            if _is_tests(path):
                names.update(_test_names(text))
                for test, ids in _marks(text).items():
                    if not ids:
                        yield Remark(
                            "mark",
                            path,
                            0,
                            f"{test} proves no promise",
                            "mark it: one that fails without a mark closes nothing",
                        )
        for name, times in names.items():
            if times > 1:
                yield Remark("name", "tests", 0, f"{times} tests are called {name}")


def _clean_text(path: str, text: str) -> Iterator[Remark]:
    if _LEFT_OVER.search(text):
        yield Remark("text", path, 0, "what Jinja reads is left in the result")
    if "\r" in text or _BLANK_END.search(text):
        yield Remark("text", path, 0, "a line ends in blanks or in a carriage return")
    if text and (not text.endswith("\n") or text.endswith("\n\n")):
        yield Remark("text", path, 0, "the text does not end in exactly one line end")


def _python(example: Example) -> Iterator[tuple[str, str]]:
    return ((path, text) for path, text in example.texts.items() if path.endswith(".py"))


def _is_tests(path: str) -> bool:
    return path.startswith("tests/")


def _marks(text: str) -> Mapping[str, frozenset[str]]:
    try:
        return marked(text)
    except (SyntaxError, ValueError, RecursionError):
        return {}


def _test_names(text: str) -> list[str]:
    try:
        return names_of_tests(text)
    except (SyntaxError, ValueError, RecursionError):
        return []


_RULES: tuple[Callable[[Subject], Iterator[Remark]], ...] = (
    _promises,
    _documents,
    _dependencies,
    _examples,
    _names,
    _variables,
    _labels,
    _claimed_and_proven,
    _clean,
)
