"""Fill the docstrings of Python text again, where their lines are longer than a limit."""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Iterator

_MARKED = re.compile(r"\s*([-*>|]|\d+[.)]\s|:\w|\w+:\s*$)|.*::\s*$")
_QUOTES = '"""'


def filled(text: str, limit: int) -> str:
    """The text with every docstring inside `limit` columns, as far as its words allow.

    Only paragraphs of plain prose with a line that is too long are filled; what looks like a list,
    code or a table stays, and so does a docstring that is written in another way than usual.
    """
    lines = text.splitlines(keepends=True)
    for node in reversed([*_docstrings(ast.parse(text))]):
        start, end = node.lineno - 1, node.end_lineno or node.lineno
        before = lines[start:end]
        indent = before[0][: -len(before[0].lstrip())]
        if all(len(line.rstrip("\r\n")) <= limit for line in before):
            continue
        whole = "".join(before).rstrip("\r\n").removeprefix(indent)
        if not whole.startswith(_QUOTES) or not whole.endswith(_QUOTES) or len(whole) < 7:
            continue
        body = _body(whole[3:-3], indent, limit)
        newline = "\r\n" if before[-1].endswith("\r\n") else "\n"
        lines[start:end] = [f"{line}{newline}" for line in body]
    return "".join(lines)


def _docstrings(tree: ast.Module) -> Iterator[ast.Expr]:
    """Every docstring, in the order of the text."""
    owners = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    found = [
        one.body[0]
        for one in ast.walk(tree)
        if isinstance(one, owners) and one.body and ast.get_docstring(one, clean=False) is not None
    ]
    first = (node for node in found if isinstance(node, ast.Expr))
    yield from sorted(first, key=lambda node: node.lineno)


def _body(content: str, indent: str, limit: int) -> list[str]:
    """The lines of a docstring with its quotes, filled."""
    raw = content.replace("\r\n", "\n").split("\n")
    closed_apart = len(raw) > 1 and not raw[-1].strip()
    written = [line.rstrip() for line in (raw[:-1] if closed_apart else raw)]
    written[0] = f"{indent}{_QUOTES}{written[0]}"
    lines: list[str] = []
    for paragraph in _paragraphs(written):
        lines += _filled(paragraph, indent, limit)
    if closed_apart or len(lines) > 1 or len(lines[-1]) + 3 > limit:
        return [*lines, f"{indent}{_QUOTES}"]
    return [f"{lines[0]}{_QUOTES}"]


def _paragraphs(lines: list[str]) -> Iterator[list[str]]:
    here: list[str] = []
    for line in lines:
        if line.strip():
            here.append(line)
        else:
            yield from ([here] if here else [])
            yield [""]
            here = []
    yield from ([here] if here else [])


def _filled(paragraph: list[str], indent: str, limit: int) -> list[str]:
    is_prose = all(
        line.startswith(indent)
        and not line.removeprefix(indent).startswith((" ", "\t"))
        and not _MARKED.match(line)
        for line in paragraph
    )
    if not is_prose or all(len(line) <= limit for line in paragraph):
        return paragraph
    return textwrap.wrap(
        " ".join(line.strip() for line in paragraph),
        width=limit,
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
