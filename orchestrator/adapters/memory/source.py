"""The Python files of a committed tree as syntax trees; nothing is ever imported or run."""

from __future__ import annotations

import ast
import gc
import re
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property

from orchestrator.core.text.encoded import text_of

_VENDORED = frozenset(
    {
        ".git",
        ".hg",
        ".nox",
        ".orchestrator",
        ".tox",
        ".venv",
        "__pycache__",
        "__pypackages__",
        "build",
        "dist",
        "env",
        "node_modules",
        "site-packages",
        "third_party",
        "vendor",
        "venv",
    }
)
_LARGEST_FILE = 1_000_000
_MOST_FILES = 5_000
_PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
_TEST_FILE = re.compile(r"(test_.*|.*_test|conftest|tests?)\.py")
_OF_MIGRATIONS = frozenset({("alembic", "op"), ("alembic", "context")})
_ASIDE = frozenset({"benchmarks", "bin", "docs", "docs_src", "example", "examples", "scripts"})


_KEPT = (
    ast.Call,
    ast.ClassDef,
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.Import,
    ast.ImportFrom,
    ast.Assign,
    ast.AnnAssign,
    ast.Subscript,
)


_ENDS = (ast.Name, ast.Constant, ast.expr_context, ast.operator, ast.cmpop, ast.alias)


@dataclass(frozen=True)
class Module:
    """One Python file that parses."""

    path: str
    tree: ast.Module = field(repr=False)

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """Every call, definition, import, assignment and subscript, walked once."""
        return tuple(node for node in _walked(self.tree) if isinstance(node, _KEPT))

    @cached_property
    def imports(self) -> tuple[tuple[str, str, int], ...]:
        """Every import as `(module, name, level)`; name "" for `import module`."""
        return tuple(_imported(self.nodes))

    @property
    def is_test(self) -> bool:
        """Say whether the file belongs to a test suite, by its name or its folders."""
        return is_test(self.path)

    @property
    def is_aside(self) -> bool:
        """Say whether the file lies in documentation, examples or scripts."""
        return bool(_ASIDE.intersection(self.path.split("/")[:-1]))

    @cached_property
    def is_migration(self) -> bool:
        """Say whether Alembic runs the file: a revision, or the `env.py` around them."""
        return any(
            (module, name) in _OF_MIGRATIONS and not level for module, name, level in self.imports
        )


@dataclass(frozen=True)
class Source:
    """What could be read: modules in path order, and the paths that could not, with the reason."""

    modules: tuple[Module, ...]
    paths: frozenset[str]
    unread: tuple[tuple[str, str], ...]
    read: Callable[[str], bytes] = field(repr=False)

    @cached_property
    def code(self) -> tuple[Module, ...]:
        """The modules of the application: no tests, no migrations, nothing that is set aside."""
        return tuple(
            one
            for one in self.modules
            if not one.is_test and not one.is_aside and not one.is_migration
        )

    @cached_property
    def tests(self) -> tuple[Module, ...]:
        """The modules of the test suite."""
        return tuple(one for one in self.modules if one.is_test)

    def text(self, path: str) -> str:
        """A file as text, "" when it is absent, too large, or in no encoding that it names."""
        if path not in self.paths:
            return ""
        content = self.read(path)
        if len(content) > _LARGEST_FILE:
            return ""
        try:
            return text_of(content)
        except UnicodeDecodeError:
            return ""


def is_test(path: str) -> bool:
    """Say whether a path belongs to a test suite."""
    parts = path.split("/")
    return bool({"test", "tests"}.intersection(parts[:-1])) or bool(
        parts and _TEST_FILE.fullmatch(parts[-1])
    )


def own_paths(files: Mapping[str, str]) -> frozenset[str]:
    """The plain files of a tree that are the host's own: no links, submodules, vendored folders,
    and nothing below a folder whose name is itself a template."""
    return frozenset(
        path
        for path, entry in files.items()
        if entry[:6] not in ("120000", "160000")
        and not _VENDORED.intersection(path.split("/")[:-1])
        and "{{" not in path
    )


def read_source(files: Mapping[str, str], read: Callable[[str], bytes]) -> Source:
    """Parse every Python file of a tree that is the host's own, up to a bound."""
    paths = own_paths(files)
    python = sorted(path for path in paths if path.endswith(".py"))
    modules: list[Module] = []
    unread: list[tuple[str, str]] = []
    with uncollected():
        for path in python[:_MOST_FILES]:
            tree = parsed(read(path))
            if isinstance(tree, str):
                unread.append((path, tree))
            else:
                modules.append(Module(path, tree))
    if len(python) > _MOST_FILES:
        unread.append((python[_MOST_FILES], f"only the first {_MOST_FILES} files were read"))
    return Source(tuple(modules), paths, tuple(unread), read)


@contextmanager
def uncollected() -> Iterator[None]:
    """No garbage collection while many trees grow: it would only walk them again and again."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def parsed(content: bytes) -> ast.Module | str:
    """The syntax tree of a file, or what is wrong with it, to follow its name; warns of nothing."""
    if len(content) > _LARGEST_FILE:
        return f"is larger than {_LARGEST_FILE} bytes"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(content)
    except SyntaxError as error:
        where = f" in line {error.lineno}" if error.lineno else ""
        return f"does not parse as Python {_PYTHON}: {error.msg}{where}"
    except (ValueError, RecursionError, MemoryError, UnicodeError):
        return "does not parse"


def _walked(tree: ast.Module) -> Iterator[ast.AST]:
    """Every node as `ast.walk` has it, in its order, without the names and constants at the ends,
    which are most of a tree."""
    waiting: list[ast.AST] = [tree]
    for node in waiting:
        yield node
        for name in node._fields:
            value = getattr(node, name, None)
            inner = value if isinstance(value, list) else (value,)
            waiting += [
                one for one in inner if isinstance(one, ast.AST) and not isinstance(one, _ENDS)
            ]


def _imported(nodes: Iterable[ast.AST]) -> Iterator[tuple[str, str, int]]:
    for node in nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, "", 0
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                yield node.module or "", alias.name, node.level


def bound_names(nodes: Iterable[ast.AST], module: str, names: Iterable[str]) -> dict[str, str]:
    """How a module's own code spells names of another module: spelling to the real name.

    `from fastapi import FastAPI as Api` gives `Api`, `import fastapi as web` gives `web.FastAPI`.
    """
    wanted = frozenset(names)
    found: dict[str, str] = {}
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and not node.level:
            if (node.module or "").split(".")[0] == module:
                found.update(
                    {alias.asname or alias.name: alias.name for alias in node.names}
                    if wanted
                    else {}
                )
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name == module:
                    prefix = alias.asname or alias.name
                    found.update({f"{prefix}.{name}": name for name in wanted})
    return {spelling: name for spelling, name in found.items() if name in wanted}


def dotted(node: ast.expr | None) -> str:
    """The dotted spelling of a name or attribute, "" for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        before = dotted(node.value)
        return f"{before}.{node.attr}" if before else ""
    return ""


def keyword(call: ast.Call, name: str) -> ast.expr | None:
    """The value of a keyword argument, if it is given."""
    return next((one.value for one in call.keywords if one.arg == name), None)
