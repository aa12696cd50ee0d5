"""What a host already does with every request and every error."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from orchestrator.adapters.memory.apps import spellings_in
from orchestrator.adapters.memory.looking import calls, imports, last_name, listed, place_of
from orchestrator.adapters.memory.source import Module, Source, dotted, keyword
from orchestrator.core.host.host import Observation, Place

_HANDLERS = (
    "exception_handler",
    "add_exception_handler",
    "errorhandler",
    "app_errorhandler",
    "register_error_handler",
)
_PARTS = ("Blueprint", "Router", "Broker")


def error_pages(source: Source) -> Iterator[Observation]:
    """The host's handlers of errors, with what they handle."""
    found = sorted(_handled(source), key=lambda one: (one[1].path, one[1].line))
    if found:
        named = listed(f"{what} ({place})" for what, place in found)
        because = (
            f"the host's own error pages stay: {named}; "
            "problem answers are for the new module's routes alone"
        )
        yield Observation("error pages", "stay apart", because, found[0][1])


def _handled(source: Source) -> Iterator[tuple[str, Place]]:
    for module, call in calls(source.code, *_HANDLERS):
        given = call.args[0] if call.args else next((one.value for one in call.keywords), None)
        yield _error(given), place_of(module, call)
    for module in source.code:
        spellings = spellings_in(module.nodes)
        for node in module.nodes:
            if isinstance(node, ast.Call) and dotted(node.func) in spellings:
                given = keyword(node, "exception_handlers")
                if isinstance(given, ast.Dict):
                    yield from ((_error(one), place_of(module, one)) for one in given.keys if one)
                elif given is not None:
                    yield _error(given), place_of(module, given)


def _error(node: ast.expr | None) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    return last_name(node) or "an error"


def middleware(source: Source) -> Iterator[Observation]:
    """What runs around every request of the host, and so around new routes."""
    names = ("add_middleware", "middleware", "before_request", "after_request")
    for module, call in calls(source.code, *names):
        if not _of_a_part(call.func, module):
            because = "the host's own middleware stays and runs around the new module"
            yield Observation("middleware", "note", because, place_of(module, call))
    for module in source.code:
        for node in module.nodes:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                for one in node.decorator_list:
                    hooks = isinstance(one, ast.Attribute) and one.attr in names[2:]
                    if hooks and not _of_a_part(one, module):
                        because = f"{node.name} of the host runs around the new routes too"
                        yield Observation("middleware", "note", because, place_of(module, one))


def forgery(source: Source) -> Iterator[Observation]:
    """Flask-WTF's guard, which wants a token of its own from every request that changes things."""
    for module, call in calls(source.code, "CSRFProtect"):
        if imports(module, "flask_wtf"):
            because = (
                "CSRFProtect refuses a POST without its token, to the new routes as well; exempt "
                "their blueprint once it is registered"
            )
            yield Observation("request forgery", "note", because, place_of(module, call))


def _of_a_part(hook: ast.expr, module: Module) -> bool:
    """Say whether a hook is one of a blueprint, a router or a broker, not of the application."""
    owner = dotted(hook.value) if isinstance(hook, ast.Attribute) else ""
    made = (node for node in module.nodes if isinstance(node, ast.Assign))
    return any(
        isinstance(node.value, ast.Call)
        and last_name(node.value.func).endswith(_PARTS)
        and owner in [dotted(one) for one in node.targets]
        for node in made
    )
