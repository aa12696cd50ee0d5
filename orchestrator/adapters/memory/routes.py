"""List the routes a host already answers, with the prefixes of its routers, from syntax alone."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeGuard

from orchestrator.adapters.memory.apps import assignments
from orchestrator.adapters.memory.source import Module, dotted, keyword
from orchestrator.core.host.host import Place

_METHODS = frozenset(
    {"get", "post", "put", "patch", "delete", "head", "options", "route", "api_route", "websocket"}
)
_ADDERS = frozenset({"add_url_rule", "add_api_route", "add_route", "add_api_websocket_route"})
_ROUTERS = {"APIRouter": "prefix", "Blueprint": "url_prefix"}
_INCLUDES = {"include_router": "prefix", "register_blueprint": "url_prefix", "mount": ""}
_DEPTH = 5

Owner = tuple[str, str]
Index = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class _Route:
    owner: Owner
    path: str
    place: Place


@dataclass(frozen=True)
class _Included:
    """A router inside another one; a blueprint's own prefix gives way to one given here."""

    child: Owner
    parent: Owner
    prefix: str
    instead: bool
    place: Place


def find_routes(modules: Iterable[Module]) -> tuple[tuple[str, Place], ...]:
    """Every route path that can be read, sorted; a part that cannot be read stands as `{…}`.

    A router whose routes cannot be read stands for itself, with its prefix.
    """
    every = tuple(modules)
    index = _index(every)
    constants = _constants(every)
    prefixes: dict[Owner, str] = {}
    routes: list[_Route] = []
    included: list[_Included] = []
    for module in every:
        prefixes.update(_router_prefixes(module, constants))
        if not _has_routes(module):
            continue
        names = _imports(module, index)
        routes += _routes(module, names, constants)
        included += _inclusions(module, names, constants)
    routes += _unread(routes, included)
    found = {
        (_joined(prefix, route.path) or "/", route.place)
        for route in routes
        for prefix in _whole_prefixes(route.owner, prefixes, included, _DEPTH)
    }
    return tuple(sorted(found, key=lambda one: (one[0], one[1].path, one[1].line)))


def _unread(routes: list[_Route], included: list[_Included]) -> Iterator[_Route]:
    """What stands for the routers that are included with a prefix, but whose routes are made by a
    function of the host's, or otherwise out of sight."""
    known = {one.owner for one in routes} | {one.parent for one in included}
    for one in included:
        if one.child not in known and one.prefix.strip("/") and "{" not in one.prefix:
            yield _Route(one.child, "", one.place)


def _whole_prefixes(
    owner: Owner, prefixes: dict[Owner, str], included: list[_Included], depth: int
) -> tuple[str, ...]:
    own = prefixes.get(owner, "")
    parents = [one for one in included if one.child == owner]
    if not parents or not depth:
        return (own,)
    return tuple(
        _joined(before, one.prefix if one.instead else one.prefix + own)
        for one in parents
        for before in _whole_prefixes(one.parent, prefixes, included, depth - 1)
    )


def _joined(before: str, path: str) -> str:
    """Both in a row, without a second slash between them."""
    return before + (path[1:] if before.endswith("/") and path.startswith("/") else path)


def _index(modules: tuple[Module, ...]) -> Index:
    """The paths of all modules by their last component."""
    index: dict[str, list[str]] = {}
    for module in modules:
        index.setdefault(module.path.rpartition("/")[2], []).append(module.path)
    return index


def _has_routes(module: Module) -> bool:
    return any(
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in _METHODS | _ADDERS | _INCLUDES.keys()
        for node in module.nodes
    )


def _imports(module: Module, index: Index) -> dict[str, str]:
    """Names that a module imports from the host's own modules: spelling to `path:name`."""
    found: dict[str, str] = {}
    for node in module.nodes:
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                spelled = alias.asname or alias.name
                found[spelled] = f"{'.' * node.level}{node.module or ''}:{alias.name}"
        elif isinstance(node, ast.Import):
            found.update({alias.asname or alias.name: f"{alias.name}:" for alias in node.names})
    return {name: _resolved(target, module, index) for name, target in found.items()}


def _resolved(target: str, module: Module, index: Index) -> str:
    """`path:name` of what an import names; the name is "" for a module, all "" when not ours."""
    where, name = target.split(":")
    tail = where.lstrip(".").replace(".", "/")
    for path, left in (
        (f"{tail}/{name}.py".lstrip("/"), ""),
        (f"{tail}.py", name),
        (f"{tail}/__init__.py".lstrip("/"), name),
    ):
        known = index.get(path.rpartition("/")[2], ())
        hits = [one for one in known if one == path or one.endswith(f"/{path}")]
        if hits and (name or not left):
            near = max(hits, key=lambda hit: (_shared(hit, module.path), -len(hit)))
            return f"{near}:{left}"
    return ""


def _shared(left: str, right: str) -> int:
    same = 0
    for one, two in zip(left.split("/"), right.split("/"), strict=False):
        if one != two:
            break
        same += 1
    return same


def _owner(spelling: str, module: Module, names: dict[str, str]) -> Owner:
    head, _, rest = spelling.partition(".")
    for known in (spelling.rpartition(".")[0], head):
        target = names.get(known, "")
        if target:
            path, name = target.split(":")
            return path, name or spelling.rpartition(".")[2]
    return module.path, rest or head


def _router_prefixes(module: Module, constants: dict[str, str]) -> Iterator[tuple[Owner, str]]:
    for name, value, _ in assignments(module.tree.body):
        if isinstance(value, ast.Call):
            key = _ROUTERS.get(dotted(value.func).split(".")[-1])
            if key:
                yield (module.path, name), _text(keyword(value, key), constants)


def _routes(module: Module, names: dict[str, str], constants: dict[str, str]) -> Iterator[_Route]:
    for call in _registrations(module):
        given = call.args[0] if call.args else keyword(call, "path") or keyword(call, "rule")
        if isinstance(call.func, ast.Attribute) and given is not None:
            owner = _owner(dotted(call.func.value), module, names)
            yield _Route(owner, _text(given, constants), Place(module.path, call.lineno))


def _registrations(module: Module) -> Iterator[ast.Call]:
    """Every call that names a route: a decorator's, and those of methods that add one."""
    for node in module.nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield from (one for one in node.decorator_list if _is_method(one, _METHODS))
        elif _is_method(node, _ADDERS):
            yield node


def _is_method(node: ast.AST, names: Collection[str]) -> TypeGuard[ast.Call]:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in names
    )


def _inclusions(
    module: Module, names: dict[str, str], constants: dict[str, str]
) -> Iterator[_Included]:
    for node in module.nodes:
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        if node.func.attr not in _INCLUDES or not node.args:
            continue
        mounts = node.func.attr == "mount"
        child = node.args[-1] if mounts else node.args[0]
        prefix = node.args[0] if mounts else keyword(node, _INCLUDES[node.func.attr])
        instead = prefix is not None and node.func.attr == "register_blueprint"
        if dotted(child):
            yield _Included(
                _owner(dotted(child), module, names),
                _owner(dotted(node.func.value), module, names),
                _text(prefix, constants),
                instead,
                Place(module.path, node.lineno),
            )


def _constants(modules: tuple[Module, ...]) -> dict[str, str]:
    """Names bound to one text constant in the whole host; a name with two values is left out."""
    values: dict[str, set[str]] = {}
    for module in modules:
        for node in module.nodes:
            if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(
                node.value, ast.Constant
            ):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                for target in targets:
                    if isinstance(target, ast.Name) and isinstance(node.value.value, str):
                        values.setdefault(target.id, set()).add(node.value.value)
    return {name: next(iter(texts)) for name, texts in values.items() if len(texts) == 1}


def _text(node: ast.expr | None, constants: dict[str, str]) -> str:
    if node is None:
        return ""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        parts = (one.value if isinstance(one, ast.FormattedValue) else one for one in node.values)
        return "".join(_text(part, constants) for part in parts)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _text(node.left, constants) + _text(node.right, constants)
    if isinstance(node, ast.Subscript) and dotted(node.value).split(".")[-1] == "config":
        return constants.get(_text(node.slice, {}), "{…}")
    return constants.get(dotted(node).split(".")[-1], "{…}")
