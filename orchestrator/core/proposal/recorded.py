"""What a record may truthfully say of a file that a story edited or wrote; pure.

A record is made by whoever may commit, and its digests prove only that it fits itself. These are
the bounds that hold whoever wrote it.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from orchestrator.core.change.pristine import Original
from orchestrator.core.gate.routes import LOCK_FILE
from orchestrator.core.pattern.pattern import AlembicMetadata, CallAfterApp, IgnoreLines, Pattern
from orchestrator.core.proposal.host_edits import filled, requirements
from orchestrator.core.text.encoded import text_of

_WORD = re.compile(r"\w+")
_BLANK = re.compile(rb"[\s\0]")
# What an edit writes around a pattern's words: imports, tables of manifests, linters' settings.
_FORM = frozenset(
    {"from", "import", "as", "metadata", "dependencies", "install_requires", "packages", "project"}
    | {"tool", "poetry", "version", "extras", "options", "flake8", "ruff", "lint", "extend", "per"}
    | {"file", "ignores", "py"}
)
_RULE = re.compile(r"[A-Z]{1,6}\d{1,4}")
_CONFIGURATIONS = frozenset(
    {".gitignore", "pyproject.toml", "setup.cfg", "tox.ini", "pipfile", ".flake8", "ruff.toml"}
    | {".ruff.toml"}
)
_MAY_BE_NEW = frozenset({".gitignore", LOCK_FILE})


def impossible_edit(path: str, original: Original) -> str:
    """Why no edit of a pattern's can have done this to a host's file; empty if one can.

    An edit concerns modules, manifests, `.gitignore` and linters' settings, makes no module, and
    takes nothing away.
    """
    name = path.rpartition("/")[2].lower()
    if path == LOCK_FILE:
        return ""
    texts = name.endswith((".txt", ".in"))
    if not (name in _CONFIGURATIONS or texts or name.endswith(".py")):
        return "is no file that a pattern edits"
    if original.before is None:
        return "" if name in _MAY_BE_NEW else "was there before it was edited"
    return "" if _only_adds(original.before, original.after) else "lost lines by its edit"


def _only_adds(before: bytes, after: bytes) -> bool:
    """Say whether one text is the other with something added, however lines are laid out."""
    rest = iter(_BLANK.sub(b"", after))
    return all(byte in rest for byte in _BLANK.sub(b"", before))


@dataclass(frozen=True)
class Vocabulary:
    """What the edits of patterns can bring into a file: words, and calls with the application's
    name, whatever that is."""

    words: frozenset[str]
    calls: tuple[re.Pattern[str], ...]


def vocabulary(
    patterns: Iterable[Pattern], answers: Mapping[str, Any], paths: Iterable[str]
) -> Vocabulary:
    """What the edits of these patterns can bring with these answers; `paths` are those of
    which a linter is told."""
    chosen = tuple(patterns)
    texts, calls = [*requirements(chosen), *paths], []
    for edit in (one for pattern in chosen for one in pattern.manifest.edits):
        match edit:
            case CallAfterApp():
                name = filled(edit.import_, answers).partition(":")[2]
                texts += [filled(edit.import_, answers), f"{name}_module"]
                calls.append(_call(filled(edit.call, answers), name))
            case IgnoreLines():
                texts += edit.lines
            case AlembicMetadata():
                texts += [filled(edit.import_, answers), edit.as_]
    words = frozenset(word for text in texts for word in _WORD.findall(text))
    return Vocabulary(words | _FORM, tuple(calls))


def _call(text: str, name: str) -> re.Pattern[str]:
    given = re.escape(text).replace(re.escape("{app}"), r"[\w.]+")
    return re.compile(rf"\b{given}".replace(re.escape(name), rf"{re.escape(name)}(?:_module)?", 1))


def foreign_words(original: Original, known: Vocabulary) -> tuple[str, ...]:
    """The words that an edit is said to have brought, and that none of the patterns' edits has."""
    try:
        before, after = text_of(original.before or b""), text_of(original.after)
    except UnicodeDecodeError:
        return ("",)
    for call in known.calls:
        after = call.sub(" ", after)
        before = call.sub(" ", before)
    brought = Counter(_WORD.findall(after)) - Counter(_WORD.findall(before))
    odd = (one for one in brought if one not in known.words and not _RULE.fullmatch(one))
    return tuple(sorted(odd))


def says_the_same(path: str, one: bytes, other: bytes) -> bool:
    """Say whether two texts differ in layout alone.

    Python is compared by its syntax, imports in any order, docstrings by their words; other text by
    what is not white space.
    """
    if one == other:
        return True
    if path.endswith(".py"):
        first, second = _syntax(one), _syntax(other)
        return first is not None and first == second
    return b"".join(one.split()) == b"".join(other.split())


def _syntax(source: bytes) -> tuple[object, ...] | None:
    try:
        tree = ast.parse(source)
        imported = sorted(_imported(tree))
        return (imported, ast.dump(_Laid().visit(tree)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _imported(tree: ast.Module) -> Iterable[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (f"{one.name} as {one.asname}" for one in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            yield from (f"{module}:{one.name} as {one.asname}" for one in node.names)


class _Laid(ast.NodeTransformer):
    """A tree without what a formatter may change: imports are gone, texts that stand alone are
    words."""

    def visit_Import(self, _node: ast.Import) -> None:
        return None

    def visit_ImportFrom(self, _node: ast.ImportFrom) -> None:
        return None

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        if isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            return ast.Expr(ast.Constant(" ".join(node.value.value.split())))
        return self.generic_visit(node)
