"""What a lint of a pattern looks at, and what it says."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from orchestrator.core.pattern.pattern import Pattern
from orchestrator.core.text.yaml_text import YamlText

MANIFEST = "copier.yml"


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

    def line(self, *path: str | int) -> int:
        """Where something stands in the manifest, or what it belongs to."""
        where: tuple[str | int, ...] = path
        while where and where not in self.document.lines:
            where = where[:-1]
        return self.document.lines.get(where, 1)


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
