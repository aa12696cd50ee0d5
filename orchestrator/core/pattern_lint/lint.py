"""What is wrong with a pattern as its author left it: rules on manifest, templates and renders."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from orchestrator.core.pattern_lint.manifest_rules import (
    dependencies,
    documents,
    examples,
    promises,
)
from orchestrator.core.pattern_lint.render_rules import claimed_and_proven, clean, marked_and_named
from orchestrator.core.pattern_lint.subject import Remark, Subject
from orchestrator.core.pattern_lint.template_rules import labels, names, variables

_RULES: tuple[Callable[[Subject], Iterator[Remark]], ...] = (
    promises,
    documents,
    dependencies,
    examples,
    names,
    variables,
    labels,
    claimed_and_proven,
    clean,
    marked_and_named,
)


def lint(subject: Subject) -> tuple[Remark, ...]:
    """Everything that is wrong, the manifest first; a pattern without examples is judged by its
    defaults."""
    return tuple(dict.fromkeys(one for rule in _RULES for one in rule(subject)))
