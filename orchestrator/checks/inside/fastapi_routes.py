"""The routes of a FastAPI or Starlette application and their guards; calls none of them.

Runs in the host's interpreter beside `list_routes.py`. A dependency that takes nothing of the
request cannot tell one caller from another, so it is no guard; a security scheme with
`auto_error=False` refuses nobody; any other dependency that nobody knows makes a route `unknown`.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

guards: Any = importlib.import_module("guards")
_PARAMS = ("path_params", "query_params", "header_params", "cookie_params", "body_params")
_REQUESTS = ("request_param_name", "websocket_param_name", "http_connection_param_name",
             "security_scopes_param_name")  # fmt: skip
_PLAIN = ("starlette.middleware.", "fastapi.middleware.")
_DEEPEST = 20


@dataclass
class Entry:
    """A path with what answers it; without methods it only hides what comes after it."""

    path: str
    methods: tuple[str, ...]
    target: Any
    guards: list[Any] = field(default_factory=list)
    matches_itself: bool = False


def read(app: Any) -> list[dict[str, str]]:
    """Each route and method that can be asked for, with what a request to it meets."""
    outer = []
    while not hasattr(app, "routes") and hasattr(app, "app"):
        outer += _foreign(app)
        app = app.app
    if not hasattr(app, "routes"):
        return [_line("*", "/{path:path}", [guards.Guard("unknown", guards.name_of(app))], app)]
    entries = list(_entries(app, "", outer, 0))
    return list(_met(entries))


def _met(entries: list[Entry]) -> Iterator[dict[str, str]]:
    """One line for each path and method: the first entry that takes it is what answers."""
    done = set()
    for place, entry in enumerate(entries):
        for method in entry.methods:
            if (method, entry.path) in done:
                continue
            done.add((method, entry.path))
            first = _first(entries[:place], method, entry) or entry
            line = _line(method, entry.path, first.guards, first.target)
            if first is not entry:
                line["instead_of"] = guards.name_of(entry.target)
            yield line


def _first(earlier: list[Entry], method: str, entry: Entry) -> Entry | None:
    """The earlier entry that takes the requests of a later one, if there is one."""
    sample = _sample(entry.path)
    for one in earlier:
        takes = not one.methods or method in one.methods or one.methods == ("*",)
        if takes and method != "WS" and not one.matches_itself and _regex(one.path).match(sample):
            return one
    return None


def _line(method: str, path: str, before: list[Any], target: Any) -> dict[str, str]:
    place = guards.name_of(target)
    package = place.partition(".web.")[0]
    if guards.generated(package):
        own = guards.table(package).get((method, path))
        if own is not None:
            return _told(method, path, guards.line_guards(own), guards.name_of(own.handler))
    return _told(method, path, before, place)


def _told(method: str, path: str, before: list[Any], place: str) -> dict[str, str]:
    return {"method": method, "path": path, "protection": guards.protection(before), "place": place}


def _entries(app: Any, prefix: str, outer: list[Any], depth: int) -> Iterator[Entry]:
    """What an application answers, in the order in which it tries."""
    before = [*outer, *_middleware(app)]
    overrides = getattr(app, "dependency_overrides", None) or {}
    late = list(getattr(getattr(app, "router", app), "_low_priority_routes", ()))
    for route in [*getattr(app, "routes", ()), *late]:
        for one in _effective(route):
            yield from _entries_of(one, prefix, before, overrides, depth)
    if prefix:
        yield Entry(prefix + "/{path:path}", (), app)


def _effective(route: Any) -> list[Any]:
    """The routes of a router that newer releases include as it is."""
    if not hasattr(route, "effective_route_contexts"):
        return [route]
    late: Any = getattr(route, "effective_low_priority_routes", list)()
    found = [*route.effective_route_contexts(), *late]
    return [one.starlette_route or one for one in found]


def _entries_of(
    route: Any, prefix: str, before: list[Any], overrides: Any, depth: int
) -> Iterator[Entry]:
    kind = _kind(route)
    own = getattr(route, "dependant", None)
    mine = [*before, *(_guards(own, overrides, 0) if own is not None else [])]
    path = prefix + str(getattr(route, "path", ""))
    if kind == "mount":
        yield from _mounted(route, path, mine, depth)
    elif kind == "frontend":
        for inner in getattr(route, "original_route", route).routes:
            base = prefix + getattr(route, "frontend_prefix", "") + inner.path.rstrip("/")
            yield Entry(base + "/{path:path}", ("GET",), inner.app, mine)
    elif kind == "host":
        host = f"{prefix}//{route.host}"
        yield from _entries(route.app, host, before, depth + 1)
    elif kind == "websocket":
        mine += guards.wrappers(route.endpoint)
        yield Entry(path, ("WS",), route.endpoint, mine)
    elif kind == "route":
        mine += guards.wrappers(route.endpoint)
        own_matching = "matches" in _vars_of_class(getattr(route, "original_route", route))
        yield Entry(path, _methods(route), route.endpoint, mine, own_matching)
    else:
        yield _custom(route, path, mine)


def _mounted(route: Any, path: str, before: list[Any], depth: int) -> Iterator[Entry]:
    app = route.app
    while not hasattr(app, "routes") and hasattr(app, "app"):
        before = [*before, *_foreign(app)]
        app = app.app
    if hasattr(app, "routes") and depth < _DEEPEST:
        yield from _entries(app, path, before, depth + 1)
        return
    files = type(app).__module__ == "starlette.staticfiles"
    unknown = [] if files else [guards.Guard("unknown", f"application {guards.name_of(app)}")]
    methods = ("GET",) if files else ("*",)
    yield Entry(path + "/{path:path}", methods, app, [*before, *unknown])


def _custom(route: Any, path: str, before: list[Any]) -> Entry:
    """A kind of route of the host's own, or the one that answers the rest of the module's paths."""
    package = type(route).__module__.partition(".web.")[0]
    if guards.generated(package):
        return Entry(path, ("*",), type(route), before, matches_itself=True)
    unknown = guards.Guard("unknown", f"route {guards.name_of(route)}")
    return Entry(path or "/{path:path}", ("*",), route, [*before, unknown], matches_itself=True)


def _kind(route: Any) -> str:
    """What a route is, by the classes of the framework that it is made of."""
    original = getattr(route, "original_route", None)
    names = {f"{one.__module__}.{one.__name__}" for one in type(original or route).__mro__}
    for name, kind in (
        ("starlette.routing.Mount", "mount"),
        ("starlette.routing.Host", "host"),
        ("starlette.routing.WebSocketRoute", "websocket"),
        ("starlette.routing.Route", "route"),
        ("fastapi.routing._FrontendRouteGroup", "frontend"),
    ):
        if name in names:
            return kind
    return "custom"


def _methods(route: Any) -> tuple[str, ...]:
    """The methods of a route; a HEAD that comes with every GET is left out."""
    named = getattr(route, "methods", None)
    if not named:
        known = ("get", "post", "put", "patch", "delete", "head", "options")
        named = [one.upper() for one in known if hasattr(route.endpoint, one)] or ["*"]
    return tuple(sorted(one for one in named if one != "HEAD" or "GET" not in named))


def _vars_of_class(route: Any) -> set[str]:
    """What the host's own classes of a route define."""
    own = [one for one in type(route).__mro__
           if one.__module__.split(".")[0] not in ("starlette", "fastapi", "builtins")]  # fmt: skip
    return {name for one in own for name in vars(one)}


def _guards(dependant: Any, overrides: Any, depth: int) -> list[Any]:
    """The guards below a node of the tree of dependencies."""
    if depth > _DEEPEST:
        return [guards.Guard("unknown", "dependencies that never end")]
    return [one for each in dependant.dependencies for one in _guard(each, overrides, depth)]


def _guard(given: Any, overrides: Any, depth: int) -> list[Any]:
    node = _overridden(given, overrides)
    known = guards.module_guard(guards.plain(node.call))
    if known is not None:
        return [known]
    if _is_scheme(node.call):
        strict = getattr(node.call, "auto_error", True)
        return [guards.Guard("unknown", guards.name_of(node.call))] if strict else []
    below = _guards(node, overrides, depth + 1)
    scopes = getattr(given, "own_oauth_scopes", None) or getattr(given, "security_scopes", None)
    if scopes and not any(one.kind == "roles" for one in below):
        return [*below, guards.Guard("roles", roles=tuple(sorted(set(scopes))))]
    if any(one.kind != "unknown" for one in below):
        return below
    if any(_is_scheme(one.call) and getattr(one.call, "auto_error", True) for one in _all(node)):
        return [guards.Guard("user")]
    if _takes_of_request(node):
        return [guards.Guard("unknown", guards.name_of(node.call))]
    return below


def _overridden(node: Any, overrides: Any) -> Any:
    """A dependency, or the one that takes its place in this application."""
    instead = overrides.get(node.call)
    if instead is None:
        return node
    made = sys.modules["fastapi.dependencies.utils"].get_dependant
    return made(path=getattr(node, "path", None) or "/", call=instead)


def _all(node: Any) -> Iterator[Any]:
    for one in node.dependencies:
        yield one
        yield from _all(one)


def _is_scheme(call: Any) -> bool:
    classes = type(guards.plain(call)).__mro__
    return any(f"{c.__module__}.{c.__name__}" == "fastapi.security.base.SecurityBase"
               for c in classes)  # fmt: skip


def _takes_of_request(node: Any) -> bool:
    return any(getattr(node, name, None) for name in (*_PARAMS, *_REQUESTS))


def _middleware(app: Any) -> list[Any]:
    """Middleware that is neither the framework's own nor the generated module's."""
    found = []
    for entry in getattr(app, "user_middleware", ()):
        options = getattr(entry, "kwargs", None) or getattr(entry, "options", None) or {}
        found += _foreign_class(entry.cls, options.get("dispatch"))
    return found


def _foreign(wrapper: Any) -> list[Any]:
    return _foreign_class(type(wrapper), getattr(wrapper, "dispatch_func", None))


def _foreign_class(cls: Any, dispatch: Any) -> list[Any]:
    named = dispatch or cls
    home = str(getattr(cls, "__module__", ""))
    if dispatch is None and home.startswith(_PLAIN):
        return []
    package = home.rpartition(".")[0]
    if dispatch is None and f"{package}.visits" in sys.modules and home.endswith(".middleware"):
        return []
    return [guards.Guard("unknown", f"middleware {guards.name_of(named)}")]


def _regex(path: str) -> Any:
    return sys.modules["starlette.routing"].compile_path(path)[0]


def _sample(path: str) -> str:
    """A path that a pattern takes, as plain as can be."""
    parts = []
    for part in path.split("{"):
        name, closed, rest = part.partition("}")
        value = {"uuid": "0" * 8 + "-0000" * 3 + "-" + "0" * 12}.get(name.partition(":")[2], "1")
        parts.append(value + rest if closed else part)
    return "".join(parts)
