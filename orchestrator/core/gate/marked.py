"""Which requirement each test of a module is marked with, read from its text."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator


def marked(text: str) -> dict[str, frozenset[str]]:
    """The requirements that each test is marked with: itself, by its class or by its module.

    Raises SyntaxError for a text that is no Python.
    """
    tree = ast.parse(text)
    return dict(_marked(tree.body, _ids(_pytestmark(tree.body))))


def names_of_tests(text: str) -> list[str]:
    """The names of all tests of a module, in their order; one that stands twice comes twice."""
    tree = ast.parse(text)
    return [name for name, _ in _marked(tree.body, frozenset())]


def _marked(
    body: Iterable[ast.stmt], outer: frozenset[str]
) -> Iterator[tuple[str, frozenset[str]]]:
    for node in body:
        if isinstance(node, ast.ClassDef) and node.name.startswith("Test"):
            own = (*node.decorator_list, *_pytestmark(node.body))
            yield from _marked(node.body, outer | _ids(own))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and _is_test(node.name):
            yield node.name, outer | _ids(node.decorator_list)


def _is_test(name: str) -> bool:
    return name.startswith("test_")


def _pytestmark(body: Iterable[ast.stmt]) -> list[ast.expr]:
    return [
        node.value
        for node in body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "pytestmark"
    ]


def _ids(nodes: Iterable[ast.AST]) -> frozenset[str]:
    calls = (call for node in nodes for call in ast.walk(node) if isinstance(call, ast.Call))
    ours = (call for call in calls if ast.unparse(call.func) == "pytest.mark.requirement")
    return frozenset(
        str(argument.value)
        for call in ours
        for argument in call.args
        if isinstance(argument, ast.Constant)
    )
