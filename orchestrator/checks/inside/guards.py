"""What stands before a route, as far as its code tells; a guard that nobody knows is `unknown`.

Runs in the host's interpreter beside `list_routes.py`; standard library only.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

_RANK = {"unknown": 1, "user": 2, "roles": 3}
# Decorators of these modules carry a view, count it or describe it, and refuse nobody.
_CARRIERS = ("flask_restful", "flask_restx", "flask_smorest", "flask_cors", "flasgger", "apiflask",
             "contextlib", "functools", "asgiref", "flask.ctx")  # fmt: skip
# Decorators that let only a person pass, by the module and the function that wraps the view.
_PERSONS = {
    ("flask_login.utils", "login_required"),
    ("flask_login.utils", "fresh_login_required"),
    ("flask_jwt_extended.view_decorators", "jwt_required"),
    ("flask_httpauth", "HTTPAuth.login_required"),
    ("flask_security.decorators", "auth_required"),
    ("flask_security.decorators", "login_required"),
}
# The same with roles or scopes, and the variable that holds them.
_ROLES = {
    ("starlette.authentication", "requires"): "scopes_list",
    ("flask_security.decorators", "roles_required"): "roles",
    ("flask_security.decorators", "roles_accepted"): "roles",
}


@dataclass(frozen=True)
class Guard:
    """One thing before a route: its class, the roles it asks for, what it is called."""

    kind: str
    name: str = ""
    roles: tuple[str, ...] = ()


def protection(guards: Iterable[Guard]) -> str:
    """All guards of a route in one line; the strongest class gives it its first word."""
    every = sorted(set(guards), key=lambda one: (one.kind, one.roles, one.name))
    kind = max((one.kind for one in every), key=lambda one: _RANK[one], default="public")
    if kind == "roles":
        wanted = [", ".join(one.roles) for one in every if one.kind == kind]
        return "roles: " + " and ".join(f"[{roles}]" for roles in dict.fromkeys(wanted))
    if kind == "unknown":
        return "unknown: " + ", ".join(dict.fromkeys(one.name for one in every))
    return kind


def name_of(thing: Any) -> str:
    """`module:name` of a function, a class, or the class of an object."""
    thing = plain(thing)
    if not hasattr(thing, "__qualname__"):
        thing = type(thing)
    where = getattr(thing, "__module__", None) or "?"
    return f"{where}:{thing.__qualname__}".replace(".<locals>", "").replace(" ", "_")


def plain(thing: Any) -> Any:
    """The function within partial objects and bound methods."""
    while isinstance(thing, functools.partial):
        thing = thing.func
    return getattr(thing, "__func__", thing)


def wrappers(view: Any) -> Iterator[Guard]:
    """The guards among the decorators of a function, from the outside in."""
    seen: set[int] = set()
    while id(view) not in seen:
        seen.add(id(view))
        view = plain(view)
        inner = getattr(view, "__wrapped__", None)
        if inner is None:
            inner = _captured_view(view)
        if inner is None:
            return
        guard = _guard_of_wrapper(view)
        if guard is not None:
            yield guard
        view = inner


def closure(function: Any) -> dict[str, Any]:
    """The variables that a function captured, by name."""
    names = getattr(getattr(function, "__code__", None), "co_freevars", ())
    cells = getattr(function, "__closure__", None) or ()
    found = {}
    for name, cell in zip(names, cells):  # noqa: B905  the oldest Python of a host lacks strict=
        try:
            found[name] = cell.cell_contents
        except ValueError:
            continue
    return found


def generated(package: str) -> bool:
    """Say whether a package is the module of the pattern `jwt-auth`."""
    return bool(package) and all(
        f"{package}.{name}" in sys.modules for name in ("sessions.access", "web.route", "parts")
    )


def module_guard(function: Any) -> Guard | None:
    """What a dependency or decorator of the generated module asks for."""
    home = str(getattr(function, "__globals__", {}).get("__name__", ""))
    package, _, last = home.rpartition(".")
    if last not in ("dependencies", "decorators") or not generated(package):
        return None
    maker = _maker(function)
    if maker == "require_user":
        return Guard("user")
    if maker == "require_roles":
        return Guard("roles", roles=_texts(_captured(function, "roles")))
    return None


def table(package: str) -> dict[tuple[str, str], Any]:
    """The lines of the generated module's own table of routes, by method and path."""
    routes = getattr(sys.modules.get(f"{package}.web.routes"), "ROUTES", ())
    return {(one.method, one.path): one for one in routes}


def line_guards(line: Any) -> list[Guard]:
    """What the handler of a line of that table asks for before anything else: read in its code."""
    named = _named(line.handler, 2)
    if not line.bearer or line.optional or "principal" not in named:
        return []
    if "demand_roles" in named and "ADMIN" in named:
        return [Guard("roles", roles=_texts(named["ADMIN"]))]
    return [Guard("user")]


def _named(function: Any, depth: int) -> dict[str, Any]:
    """The names that a function uses, and those of its own module's functions that it calls."""
    home = getattr(function, "__globals__", {})
    names = getattr(getattr(function, "__code__", None), "co_names", ())
    found = {name: home.get(name) for name in names}
    for one in list(found.values()):
        if depth and getattr(one, "__globals__", None) is home:
            found = {**_named(one, depth - 1), **found}
    return found


def _guard_of_wrapper(wrapper: Any) -> Guard | None:
    known = module_guard(wrapper)
    if known is not None:
        return known
    home, maker = str(getattr(wrapper, "__globals__", {}).get("__name__", "")), _maker(wrapper)
    if (home, maker) in _ROLES:
        captured = _captured(wrapper, _ROLES[(home, maker)])
        return Guard("roles", roles=_texts(captured))
    if (home, maker) in _PERSONS:
        optional = _captured(wrapper, "optional")
        roles = _texts(_captured(wrapper, "role"))
        name = f"decorator {home}:{maker}"
        if optional:
            return Guard("unknown", f"{name} (optional)")
        return Guard("roles", roles=roles) if roles else Guard("user")
    if home.startswith(_CARRIERS):
        return None
    return Guard("unknown", f"decorator {home or '?'}:{maker or '?'}")


def _maker(function: Any) -> str:
    """The outermost function in which one was made, as the code itself says."""
    code = getattr(function, "__code__", None)
    whole = getattr(code, "co_qualname", None) or getattr(function, "__qualname__", "")
    return str(whole).split(".<locals>", 1)[0]


def _captured_view(function: Any) -> Any:
    """The one function that a wrapper without `functools.wraps` has captured."""
    if "<locals>" not in str(getattr(getattr(function, "__code__", None), "co_qualname", "")):
        return None
    found = [one for one in closure(function).values() if hasattr(plain(one), "__code__")]
    return found[0] if len(found) == 1 else None


def _captured(function: Any, name: str) -> Any:
    """A variable that a function captured, or that one of the functions it captured did."""
    own = closure(function)
    if name in own:
        return own[name]
    inner = (closure(plain(one)) for one in own.values() if hasattr(plain(one), "__code__"))
    return next((one[name] for one in inner if name in one), None)


def _texts(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    several = value if isinstance(value, (list, tuple, set, frozenset)) else [value]
    return tuple(sorted({str(one) for one in several}))
