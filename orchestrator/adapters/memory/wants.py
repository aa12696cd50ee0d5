"""What a host wants from its environment when it is imported, and how it reads `.env` files."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from orchestrator.adapters.memory.layout import module_name
from orchestrator.adapters.memory.source import Module, Source, dotted, keyword
from orchestrator.core.host.host import Place

_READERS = ("decouple", "environs", "starlette")
_OPEN = ("ignore", "allow")
_SETTINGS = "BaseSettings"
_DATABASE = "SQLALCHEMY_DATABASE_URI"
_LATER = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


def needs_settings(served: Module, factory: str, root: str, source: Source) -> bool:
    """Say whether importing a module may fail for want of an environment variable.

    Only the module and what it imports of the host's own count, `root` is where they import from;
    of functions only the `factory`, which makes the application then ("" when nothing is called).
    """
    configs = settings_classes(source)
    return any(
        _requires_environment(module, configs, factory) for module in _reached(served, root, source)
    )


def closed_env_file(source: Source) -> tuple[str, Place] | None:
    """The host's first settings class that reads `.env` and refuses names it does not know.

    None for pydantic 1, which leaves foreign names alone.
    """
    if any(map(is_of_pydantic_1, source.code)):
        return None
    known = {node.name: (module, node) for module, node in _classes(source)}
    configs = Configs({name: node for name, (_, node) in known.items()})
    for name, (module, node) in sorted(known.items(), key=lambda one: _order(*one[1])):
        if configs.is_settings(name) and configs.closed(name):
            return name, Place(module.path, node.lineno)
    return None


def is_of_pydantic_1(module: Module) -> bool:
    """Say whether a module takes its settings from pydantic itself, which pydantic 2 refuses."""
    named = {(name, given) for name, given, level in module.imports if not level}
    return ("pydantic", _SETTINGS) in named and ("pydantic_settings", _SETTINGS) not in named


def settings_classes(source: Source) -> Configs:
    """The classes of the host's code, to ask which of them are settings."""
    return Configs({node.name: node for _, node in _classes(source)})


def _classes(source: Source) -> Iterator[tuple[Module, ast.ClassDef]]:
    for module in source.code:
        for node in module.nodes:
            if isinstance(node, ast.ClassDef):
                yield module, node


def _order(module: Module, node: ast.ClassDef) -> tuple[str, int]:
    return module.path, node.lineno


def _reached(start: Module, root: str, source: Source) -> Iterator[Module]:
    """A module and every module of the host that importing it imports."""
    by_name = {
        module_name(one.path, root): one
        for one in source.code
        if not root or one.path.startswith(f"{root}/")
    }
    waiting, seen = [start], {start.path}
    while waiting:
        module = waiting.pop()
        yield module
        for name in _imported(module, root):
            found = by_name.get(name)
            if found is not None and found.path not in seen:
                seen.add(found.path)
                waiting.append(found)


def _imported(module: Module, root: str) -> Iterator[str]:
    """Every dotted name that an import may load: the packages, the module, and what it gives.

    Flask's `from_object("config.Development")` is one as well.
    """
    here = module_name(module.path, root).split(".") if _below(module.path, root) else []
    if not module.path.endswith("__init__.py"):
        here = here[:-1]
    for name, given, level in module.imports:
        before = here[: len(here) - level + 1] if level else []
        parts = [*before, *filter(None, name.split(".")), *filter(None, [given])]
        yield from (".".join(parts[:size]) for size in range(1, len(parts) + 1))
    for parts in _objects(module):
        yield from (".".join(parts[:size]) for size in range(1, len(parts) + 1))


def _objects(module: Module) -> Iterator[list[str]]:
    for node in module.nodes:
        if isinstance(node, ast.Call) and dotted(node.func).endswith(".from_object") and node.args:
            given = node.args[0]
            if isinstance(given, ast.Constant) and isinstance(given.value, str):
                yield given.value.split(".")


def _below(path: str, root: str) -> bool:
    return not root or PurePosixPath(path).is_relative_to(root)


def _requires_environment(module: Module, configs: Configs, factory: str) -> bool:
    reads = {name.split(".")[0] for name, _, _ in module.imports}.intersection(_READERS)
    for node in _at_start(module.tree.body, factory):
        if isinstance(node, ast.Assign) and any(map(_is_database, node.targets)):
            wanted = _may_be_unset(node.value)
        elif isinstance(node, ast.Subscript):
            wanted = dotted(node.value).endswith("environ") and isinstance(node.ctx, ast.Load)
        elif isinstance(node, ast.Call):
            wanted = bool(reads) and _asks(node)
        else:
            wanted = isinstance(node, ast.ClassDef) and _has_required(node, configs)
        if wanted:
            return True
    return False


def _at_start(nodes: Iterable[ast.AST], factory: str) -> Iterator[ast.AST]:
    """Everything that runs when a module is imported: no body of a function but the factory's."""
    for node in nodes:
        yield node
        if not isinstance(node, _LATER) or getattr(node, "name", None) == factory:
            yield from _at_start(ast.iter_child_nodes(node), factory)


def _is_database(target: ast.expr) -> bool:
    """Say whether it is what Flask-SQLAlchemy refuses to start without."""
    if isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Constant):
        return target.slice.value == _DATABASE
    return dotted(target) == _DATABASE


def _may_be_unset(value: ast.expr) -> bool:
    """Say whether it is a variable of the environment without a default."""
    if not isinstance(value, ast.Call) or len(value.args) != 1 or value.keywords:
        return False
    return dotted(value.func).endswith(("environ.get", "getenv"))


def _asks(call: ast.Call) -> bool:
    """Say whether a call looks like `config("NAME")` or `env.str("NAME")`, without a default."""
    named = bool(call.args) and isinstance(call.args[0], ast.Constant)
    given = keyword(call, "default") is not None or len(call.args) > 1
    return named and not given and dotted(call.func).split(".")[0] in ("config", "env")


def _has_required(node: ast.ClassDef, configs: Configs) -> bool:
    return configs.is_settings(node.name) and any(
        isinstance(one, ast.AnnAssign)
        and (one.value is None or (isinstance(one.value, ast.Call) and _is_required(one.value)))
        and not dotted(one.target).startswith(("_", "model_config"))
        for one in node.body
    )


def _is_required(call: ast.Call) -> bool:
    if dotted(call.func).split(".")[-1] != "Field":
        return False
    given = {one.arg for one in call.keywords} & {"default", "default_factory"}
    first = call.args[0] if call.args else None
    is_ellipsis = isinstance(first, ast.Constant) and first.value is ...
    return is_ellipsis or (first is None and not given)


@dataclass(frozen=True)
class Configs:
    """Settings classes by name, with what they and their bases say about `.env` files."""

    known: dict[str, ast.ClassDef]

    def is_settings(self, name: str, depth: int = 5) -> bool:
        """Say whether a class derives from pydantic's settings, through others if need be."""
        node = self.known.get(name)
        if node is None or not depth:
            return False
        bases = [dotted(one).split(".")[-1] for one in node.bases]
        return _SETTINGS in bases or any(self.is_settings(one, depth - 1) for one in bases)

    def closed(self, name: str) -> bool:
        """Say whether a class reads `.env` and does not ignore what it does not know there."""
        extra = self.said(name, "extra")
        return _names_dot_env(self.said(name, "env_file")) and _last_word(extra) not in _OPEN

    def said(self, name: str, option: str, depth: int = 5) -> ast.expr | None:
        """What a class or the nearest of its bases says for an option of its configuration."""
        node = self.known.get(name)
        if node is None or not depth:
            return None
        own = next((value for key, value in _options(node) if key == option), None)
        if own is not None:
            return own
        bases = (dotted(one).split(".")[-1] for one in node.bases)
        said = (self.said(base, option, depth - 1) for base in bases)
        return next((one for one in said if one is not None), None)


def _options(node: ast.ClassDef) -> Iterator[tuple[str | None, ast.expr]]:
    """What a class says in its keywords, in `model_config`, or in an inner `Config`."""
    yield from ((one.arg, one.value) for one in node.keywords)
    for one in node.body:
        if isinstance(one, ast.ClassDef) and one.name == "Config":
            yield from _assigned(one)
            continue
        for name, value in _assigned_by(one):
            if name == "model_config" and isinstance(value, ast.Call):
                yield from ((given.arg, given.value) for given in value.keywords)
            elif name == "model_config" and isinstance(value, ast.Dict):
                pairs = zip(value.keys, value.values, strict=True)
                yield from ((str(k.value), v) for k, v in pairs if isinstance(k, ast.Constant))


def _assigned(node: ast.ClassDef) -> Iterator[tuple[str, ast.expr]]:
    for one in node.body:
        yield from _assigned_by(one)


def _assigned_by(node: ast.stmt) -> Iterator[tuple[str, ast.expr]]:
    if isinstance(node, ast.Assign):
        yield from ((one.id, node.value) for one in node.targets if isinstance(one, ast.Name))
    elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value:
        yield node.target.id, node.value


def _names_dot_env(value: ast.expr | None) -> bool:
    """Say whether an expression may be the path of a `.env`; what cannot be read may be."""
    if value is None:
        return False
    texts = [one.value for one in ast.walk(value) if isinstance(one, ast.Constant)]
    if texts == [None]:
        return False
    names = [str(text).rpartition("/")[2] for text in texts if isinstance(text, str)]
    return not names or ".env" in names


def _last_word(value: ast.expr | None) -> str:
    if isinstance(value, ast.Constant):
        return str(value.value)
    return dotted(value).split(".")[-1]
