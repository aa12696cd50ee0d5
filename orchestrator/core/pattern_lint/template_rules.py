"""Rules on the templates: their names, the questions that they use, what they claim and prove."""

from __future__ import annotations

from collections.abc import Iterator

from orchestrator.core.gate.trace import labels as labels_of
from orchestrator.core.pattern.active import questions_named
from orchestrator.core.pattern_lint.subject import MANIFEST, Remark, Subject

# The computed questions that the tool answers.
_FILLED_IN = frozenset(
    {"package_path", "package_import", "tests_path", "tests_are_package", "project", "claims"}
    | {"marks", "host_app_import", "host_app_attribute", "host_env_example", "alembic"}
    | {"host_database_variable", "host_database_default", "host_database_kind"}
    | {"alembic_versions", "alembic_heads"}
)


def names(subject: Subject) -> Iterator[Remark]:
    """Each template has the suffix of one."""
    for path in subject.templates:
        if path != MANIFEST and path.startswith("template/") and not path.endswith(".jinja"):
            yield Remark("suffix", path, 0, "a template ends in .jinja", f"rename it {path}.jinja")


def variables(subject: Subject) -> Iterator[Remark]:
    """Each template parses, and each question is answered and asked for."""
    for reason, text in subject.facts.problems:
        yield Remark(reason, text.partition(":")[0], 0, text)
    used = subject.facts.used | questions_named(subject.pattern)
    for question in subject.pattern.questions:
        line = subject.line(question.name)
        if question.computed and question.name not in _FILLED_IN and question.default is None:
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


def labels(subject: Subject) -> Iterator[Remark]:
    """Templates claim and prove only what somebody promises."""
    asked = labels_of(subject.templates.values())
    own = subject.pattern.manifest.provides
    for key in sorted(set(asked["claims"]) - set(own)):
        yield Remark(
            "claim",
            MANIFEST,
            subject.line("_pattern", "provides"),
            f"a template claims {key}, which the pattern does not promise",
        )
    for key in sorted(set(asked["marks"]) - {*own, *subject.promised}):
        yield Remark(
            "proof",
            MANIFEST,
            subject.line("_pattern", "provides"),
            f"a test proves {key}, which nobody promises",
        )
