"""The routes of a Flask application and their guards; calls no view.

Runs in the host's interpreter beside `list_routes.py`. What a view checks in its own body cannot be
seen, so a view without a guard in front of it is `public`.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from typing import Any

guards: Any = importlib.import_module("guards")
_DISPATCHER = "werkzeug.middleware.dispatcher"
_PLAIN = ("werkzeug.middleware.proxy_fix", "werkzeug.middleware.profiler",
          "werkzeug.middleware.lint", "werkzeug.middleware.shared_data", _DISPATCHER)  # fmt: skip
_INNER = ("app", "wsgi_app", "application", "_app", "_wsgi_app")
_SAMPLES = {
    "IntegerConverter": 1,
    "FloatConverter": 1.0,
    "UUIDConverter": "00000000-0000-0000-0000-000000000000",
}


def read(app: Any) -> list[dict[str, str]]:
    """Each route and method that can be asked for, with what a request to it meets."""
    outer, beside, app = _unwrapped(app)
    inner, more, _ = _unwrapped(getattr(app, "wsgi_app", None))
    before = [*outer, *inner]
    lines = [*beside, *more]
    if not hasattr(app, "url_map"):
        unknown = guards.Guard("unknown", f"application {guards.name_of(app)}")
        return [*lines, _told("*", "/<path:path>", [*before, unknown], guards.name_of(app))]
    for rule in app.url_map.iter_rules():
        lines += [*_lines(app, rule, before), *_behind(app, rule, before)]
    return list({(one["method"], one["path"]): one for one in reversed(lines)}.values())


def _lines(app: Any, rule: Any, before: list[Any]) -> Iterator[dict[str, str]]:
    host = getattr(rule, "host", None) or getattr(rule, "subdomain", None)
    path = f"//{host}{rule.rule}" if host else rule.rule
    if getattr(rule, "websocket", False):
        yield _line(app, rule, "WS", path, before)
        return
    for method in _methods(rule):
        effective = _effective(app, rule, method)
        line = _line(app, effective, method, path, before)
        if effective is not rule:
            line["instead_of"] = guards.name_of(app.view_functions.get(rule.endpoint))
        yield line


def _behind(app: Any, rule: Any, before: list[Any]) -> Iterator[dict[str, str]]:
    """The routes of the generated module's table that its rule for any other path answers."""
    package = guards.name_of(app.view_functions.get(rule.endpoint)).partition(".web.")[0]
    if _methods(rule) == ["*"] and guards.generated(package):
        for (method, path), own in guards.table(package).items():
            if _taking(app, path, method) is rule:
                mine = [*before, *guards.line_guards(own)]
                yield _told(method, path, mine, guards.name_of(own.handler))


def _line(app: Any, rule: Any, method: str, path: str, before: list[Any]) -> dict[str, str]:
    view = app.view_functions.get(rule.endpoint)
    place = guards.name_of(view)
    package = place.partition(".web.")[0]
    if guards.generated(package):
        own = guards.table(package).get((method, _braces(rule.rule)))
        if own is None:
            return _told(method, path, before, place)
        return _told(method, path, [*before, *guards.line_guards(own)], guards.name_of(own.handler))
    mine = [*before, *_hooks(app, rule.endpoint), *_of_view(app, view, method)]
    return _told(method, path, mine, _handler_place(view, method))


def _told(method: str, path: str, before: list[Any], place: str) -> dict[str, str]:
    return {"method": method, "path": path, "protection": guards.protection(before), "place": place}


def _of_view(app: Any, view: Any, method: str) -> list[Any]:
    """The guards of a view: its decorators, and for a class those of the method."""
    found = list(guards.wrappers(view)) if not hasattr(view, "view_class") else []
    if hasattr(view, "view_class"):
        for decorator in getattr(view.view_class, "decorators", ()) or ():
            found += _as_applied(decorator)
        handler = getattr(view.view_class, method.lower(), None)
        found += guards.wrappers(handler or getattr(view.view_class, "dispatch_request", None))
    off = app.config.get("LOGIN_DISABLED") and any(one.kind == "user" for one in found)
    return [one for one in found if one.kind != "user"] if off else found


def _as_applied(decorator: Any) -> list[Any]:
    """The guards that a decorator of a class of views puts around each of them."""

    def bare() -> None:
        """Be wrapped."""

    try:
        return list(guards.wrappers(decorator(bare)))
    except Exception:
        return [guards.Guard("unknown", f"decorator {guards.name_of(decorator)}")]


def _handler_place(view: Any, method: str) -> str:
    cls = getattr(view, "view_class", None)
    handler = getattr(cls, method.lower(), None) or getattr(cls, "dispatch_request", None)
    return str(guards.name_of(handler if cls is not None and handler is not None else view))


def _hooks(app: Any, endpoint: str) -> list[Any]:
    """Functions that run before the view and may answer in its place."""
    parts = endpoint.split(".")[:-1]
    scopes = [None, *(".".join(parts[: end + 1]) for end in range(len(parts)))]
    found = []
    for scope in scopes:
        for hook in app.before_request_funcs.get(scope, ()):
            name = guards.name_of(hook)
            if not guards.generated(name.partition(".web.")[0]):
                found.append(guards.Guard("unknown", f"guarded by before_request {name}"))
    return found


def _methods(rule: Any) -> list[str]:
    """The methods of a rule without those that Flask answers by itself."""
    named = set(rule.methods or ())
    if getattr(rule, "provide_automatic_options", False):
        named.discard("OPTIONS")
    if "GET" in named:
        named.discard("HEAD")
    return sorted(named) or ["*"]


def _effective(app: Any, rule: Any, method: str) -> Any:
    """The rule that takes a request to the path of another one."""
    try:
        values = {name: _sample(one) for name, one in rule._converters.items()}
        _, path = rule.build(values, append_unknown=False)
    except Exception:
        return rule
    found = _taking(app, path, method)
    return found if found and found.endpoint in app.view_functions else rule


def _taking(app: Any, path: str, method: str) -> Any:
    """The rule that takes a request, None without one."""
    host = app.config.get("SERVER_NAME") or "localhost"
    try:
        return app.url_map.bind(host).match(path, method=method, return_rule=True)[0]
    except Exception:
        return None


def _sample(converter: Any) -> Any:
    for cls in type(converter).__mro__:
        if cls.__name__ in _SAMPLES:
            return _SAMPLES[cls.__name__]
    return next(iter(getattr(converter, "items", ())), None) or "1"


def _braces(rule: str) -> str:
    return rule.replace("<", "{").replace(">", "}")


def _unwrapped(app: Any) -> tuple[list[Any], list[dict[str, str]], Any]:
    """The guards of WSGI middleware, the routes of what stands beside, and what is inside."""
    before: list[Any] = []
    beside: list[dict[str, str]] = []
    while app is not None and not hasattr(app, "url_map"):
        name = guards.name_of(app)
        home = name.partition(":")[0]
        if home not in _PLAIN and home.split(".")[0] != "flask" and not _of_module(home):
            before.append(guards.Guard("unknown", f"middleware {name}"))
        mounts = getattr(app, "mounts", None) if home == _DISPATCHER else None
        beside += [_mounted(prefix, one, before) for prefix, one in (mounts or {}).items()]
        inner = next((value for key in _INNER if callable(value := getattr(app, key, None))), None)
        if inner is None:
            break
        app = inner
    return before, beside, app


def _mounted(prefix: str, app: Any, before: list[Any]) -> dict[str, str]:
    name = guards.name_of(app)
    unknown = guards.Guard("unknown", f"application {name}")
    return _told("*", f"{prefix}/<path:path>", [*before, unknown], name)


def _of_module(home: str) -> bool:
    package = home.rpartition(".")[0]
    return home.endswith(".middleware") and f"{package}.visits" in sys.modules
