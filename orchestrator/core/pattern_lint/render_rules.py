"""Rules on what the examples render: promises claimed and proven, tests marked, clean text."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping

from orchestrator.core.gate.marked import marked, names_of_tests
from orchestrator.core.pattern.active import active
from orchestrator.core.pattern_lint.subject import MANIFEST, Example, Remark, Subject, label

_LEFT_OVER = re.compile(r"\{\{|\{%|%\}|\{#")
_BLANK_END = re.compile(r"[ \t]$", re.MULTILINE)


def claimed_and_proven(subject: Subject) -> Iterator[Remark]:
    """Each promise that counts is claimed by code, and proven by two tests or more; no other is."""
    for example in subject.examples:
        kept = active(subject.pattern, example.answers).manifest.provides
        tests = {path: text for path, text in _python(example) if _is_tests(path)}
        code = "\n".join(text for path, text in _python(example) if not _is_tests(path))
        proofs = Counter(
            id_ for text in tests.values() for ids in _marks(text).values() for id_ in ids
        )
        for key in subject.pattern.manifest.provides:
            line = subject.line("_pattern", "provides", key)
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


def clean(subject: Subject) -> Iterator[Remark]:
    """No text holds what only a template should, or ends in blanks."""
    for example in subject.examples:
        for path, text in example.texts.items():
            yield from _clean_text(path, text)


def marked_and_named(subject: Subject) -> Iterator[Remark]:
    """Each test proves something, and has a name of its own."""
    for example in subject.examples:
        names: Counter[str] = Counter()
        for path, text in _python(example):
            if _is_tests(path):
                names.update(_test_names(text))
                yield from _unmarked(path, text)
        for name, times in names.items():
            if times > 1:
                yield Remark("name", "tests", 0, f"{times} tests are called {name}")


def _unmarked(path: str, text: str) -> Iterator[Remark]:
    for test, ids in _marks(text).items():
        if not ids:
            told = f"{test} proves no promise"
            fix = "mark it: one that fails without a mark closes nothing"
            yield Remark("mark", path, 0, told, fix)


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
