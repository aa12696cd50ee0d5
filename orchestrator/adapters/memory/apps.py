"""Find the web application in a host: objects, factories, and the one to extend."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from orchestrator.adapters.memory.source import Module, bound_names, dotted

FRAMEWORKS = {"fastapi": ("fastapi", "FastAPI"), "flask": ("flask", "Flask")}
Function = ast.FunctionDef | ast.AsyncFunctionDef
Derived = Mapping[str, frozenset[tuple[str, str]]]
"""By framework, the application classes of the host's own: the module, dotted, and the name."""

_USUAL_NAMES = ("app", "application", "api")
_USUAL_MODULES = ("main", "app", "application", "asgi", "wsgi", "server", "__init__")


@dataclass(frozen=True)
class Found:
    """One application: where it is made, and under which name a module serves it."""

    kind: str
    name: str
    framework: str
    module: Module
    line: int
    mounted: bool = False


def find_apps(modules: Iterable[Module]) -> tuple[Found, ...]:
    """Every application that is made at module level or in a factory, best one first."""
    every = tuple(modules)
    derived = _derived(every)
    found = [app for module in every for app in _apps_of(module, derived)]
    mounted = {one for app in found for one in _mounted_from_elsewhere(app.module)}
    seen = [replace(app, mounted=True) if _is_among(app, mounted) else app for app in found]
    return tuple(sorted(seen, key=_preference))


def served_by(app: Found, modules: Iterable[Module]) -> tuple[Module, str] | None:
    """The module and variable that hold the application when the host runs, if there is one."""
    if app.kind == "object":
        return app.module, app.name
    for module in modules:
        for name, value, _ in assignments(module.tree.body):
            if isinstance(value, ast.Call) and dotted(value.func).split(".")[-1] == app.name:
                return module, name
    return None


def _preference(app: Found) -> tuple[object, ...]:
    stem = app.module.path.rsplit("/", 1)[-1].removesuffix(".py")
    return (
        app.mounted,
        app.name not in _USUAL_NAMES and app.kind == "object",
        app.module.path.count("/") if stem in _USUAL_MODULES else app.module.path.count("/") + 2,
        app.kind == "object",
        app.module.path,
        app.line,
    )


def _apps_of(module: Module, derived: Derived) -> Iterator[Found]:
    for framework, (library, cls) in FRAMEWORKS.items():
        spellings = _spellings(module.nodes, library, cls)
        spellings |= _imported_classes(module, derived.get(framework, frozenset()))
        if not spellings:
            continue
        mounted = _mounted_names(module.tree)
        for name, value, line in assignments(module.tree.body):
            if _makes(value, spellings):
                yield Found("object", name, framework, module, line, name in mounted)
        for function in _functions(module.tree):
            line = _made_in(function, spellings)
            if line:
                yield Found("factory", function.name, framework, module, line)


def _derived(modules: Iterable[Module]) -> Derived:
    """The application classes that a host makes of a framework's: their modules and names."""
    found: dict[str, set[tuple[str, str]]] = {}
    for module in modules:
        for framework, names in FRAMEWORKS.items():
            for name in _spellings(module.nodes, *names).intersection(_class_names(module)):
                found.setdefault(framework, set()).add((_dotted_path(module), name))
    return {framework: frozenset(places) for framework, places in found.items()}


def _class_names(module: Module) -> frozenset[str]:
    return frozenset(node.name for node in module.nodes if isinstance(node, ast.ClassDef))


def _imported_classes(module: Module, places: frozenset[tuple[str, str]]) -> frozenset[str]:
    """How a module spells those classes of the host's other modules that it imports."""
    names = {name for _, name in places}
    return frozenset(
        one.asname or one.name
        for node in (module.nodes if places else ())
        if isinstance(node, ast.ImportFrom)
        for one in node.names
        if one.name in names and _leads_to(node.module or "", one.name, places)
    )


def _leads_to(where: str, name: str, places: Iterable[tuple[str, str]]) -> bool:
    """Say whether a class of that name is in the module that is spelled so, or in one below it."""
    return any(
        name == known and (f".{path}".endswith(f".{where}") or f"{where}." in f"{path}.")
        for path, known in places
    )


def _dotted_path(module: Module) -> str:
    return module.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def class_spellings(tree: ast.Module) -> frozenset[str]:
    """How a module spells the application classes of every framework."""
    return spellings_in(tuple(ast.walk(tree)))


def spellings_in(nodes: Collection[ast.AST]) -> frozenset[str]:
    """The same for the nodes of a module."""
    return frozenset().union(*(_spellings(nodes, *names) for names in FRAMEWORKS.values()))


def _spellings(nodes: Iterable[ast.AST], library: str, cls: str) -> frozenset[str]:
    spellings = set(bound_names(nodes, library, [cls]))
    for node in nodes if spellings else ():
        if isinstance(node, ast.ClassDef) and any(dotted(one) in spellings for one in node.bases):
            spellings.add(node.name)
    return frozenset(spellings)


def assignments(body: list[ast.stmt]) -> Iterator[tuple[str, ast.expr, int]]:
    """Every `name = value` that runs when the module is imported, also below if, try and with."""
    for node in body:
        yield from ((name, value, node.lineno) for name, value in assigned(node))
        if isinstance(node, ast.If | ast.Try | ast.With | ast.For | ast.While):
            for name in ("body", "orelse", "finalbody"):
                yield from assignments(getattr(node, name, []))
            for handler in getattr(node, "handlers", []):
                yield from assignments(handler.body)


def assigned(node: ast.stmt) -> Iterator[tuple[str, ast.expr]]:
    """What one statement binds: names and their values, those of `a, b = x, y` one by one."""
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value:
        yield node.target.id, node.value
    elif isinstance(node, ast.Assign):
        for target in node.targets:
            yield from _bound(target, node.value)


def _bound(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    if isinstance(target, ast.Name):
        yield target.id, value
    elif isinstance(target, ast.Tuple | ast.List) and isinstance(value, ast.Tuple | ast.List):
        pairs = (*target.elts, *value.elts)
        if len(target.elts) == len(value.elts) and not any(
            isinstance(one, ast.Starred) for one in pairs
        ):
            for one, other in zip(target.elts, value.elts, strict=True):
                yield from _bound(one, other)


def _makes(value: ast.AST, spellings: frozenset[str]) -> bool:
    if isinstance(value, ast.Lambda):
        return False
    if isinstance(value, ast.Call) and dotted(value.func) in spellings:
        return True
    return any(_makes(inner, spellings) for inner in ast.iter_child_nodes(value))


def _functions(tree: ast.Module) -> Iterator[Function]:
    for node in tree.body:
        if isinstance(node, Function):
            yield node


def _made_in(function: Function, spellings: frozenset[str]) -> int:
    """The line where a function makes the application that it returns; 0 when it does not."""
    made: dict[str, int] = {}
    for name, value, line in assignments(function.body):
        if _makes(value, spellings):
            made[name] = line
    made.update(_declared(function, spellings))
    for node in ast.walk(function):
        if isinstance(node, ast.Return) and node.value is not None:
            if isinstance(node.value, ast.Name) and node.value.id in made:
                return made[node.value.id]
            if _makes(node.value, spellings):
                return node.lineno
    return 0


def _declared(function: Function, spellings: frozenset[str]) -> Iterator[tuple[str, int]]:
    """Every `app: FastAPI = …` of a function, whatever makes it."""
    declared = (node for node in function.body if isinstance(node, ast.AnnAssign) and node.value)
    for node in declared:
        if isinstance(node.target, ast.Name) and dotted(node.annotation) in spellings:
            yield node.target.id, node.lineno


def _mounted_names(tree: ast.Module) -> frozenset[str]:
    return frozenset(
        argument.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and dotted(node.func).endswith(".mount")
        for argument in [*node.args, *(one.value for one in node.keywords)]
        if isinstance(argument, ast.Name)
    )


def _mounted_from_elsewhere(module: Module) -> Iterator[tuple[str, str]]:
    """What a module imports and mounts: where it comes from, as it is spelled, and its name."""
    mounted = _mounted_names(module.tree)
    for node in module.nodes if mounted else ():
        if isinstance(node, ast.ImportFrom):
            for one in node.names:
                if (one.asname or one.name) in mounted:
                    yield node.module or "", one.name


def _is_among(app: Found, mounted: set[tuple[str, str]]) -> bool:
    path = _dotted_path(app.module)
    return any(
        name == app.name and f".{path}".endswith(f".{where}") for where, name in mounted if where
    )
