"""The fixtures of a host's tests that matter to new tests beside them."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from orchestrator.adapters.memory.apps import Function
from orchestrator.adapters.memory.looking import functions, last_name, listed, place_of
from orchestrator.adapters.memory.source import Module, Source, keyword
from orchestrator.core.host.host import Observation

_CLIENTS = ("TestClient", "AsyncClient", "test_client", "FlaskClient")
_NAMES = ("client", "app", "test_client", "async_client", "ac")


def client_fixtures(source: Source) -> Iterator[Observation]:
    """Fixtures that make the application or a client of it; the new tests have nearer ones."""
    found = [(module, node) for module, node in _fixtures(source) if _is_client(node)]
    if found:
        named = listed(f"{node.name} ({place_of(module, node)})" for module, node in found)
        because = f"the host's fixtures stay: {named}; the new tests bring their own"
        yield Observation("test client", "stay apart", because, place_of(*found[0]))


def everywhere_fixtures(source: Source) -> Iterator[Observation]:
    """Fixtures that pytest runs for every test below their folder, so for new ones too."""
    for module, node in _fixtures(source):
        if module.path.endswith("conftest.py") and _is_automatic(node):
            because = f"{node.name} runs by itself (autouse), for the new tests beside it as well"
            yield Observation("test fixtures", "note", because, place_of(module, node))


def _fixtures(source: Source) -> Iterator[tuple[Module, Function]]:
    for module, node in functions(source.tests):
        if any(last_name(_called(one)) == "fixture" for one in node.decorator_list):
            yield module, node


def _called(node: ast.expr) -> ast.expr:
    return node.func if isinstance(node, ast.Call) else node


def _is_automatic(node: Function) -> bool:
    given = (keyword(one, "autouse") for one in node.decorator_list if isinstance(one, ast.Call))
    return any(isinstance(one, ast.Constant) and one.value is True for one in given)


def _is_client(node: Function) -> bool:
    made = (last_name(one.func) for one in ast.walk(node) if isinstance(one, ast.Call))
    return node.name in _NAMES or any(name in _CLIENTS for name in made)
