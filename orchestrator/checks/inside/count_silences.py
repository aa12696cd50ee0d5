"""Count the comments and marks that silence a tool or a test, by tokens, not by mere text."""

from __future__ import annotations

import ast
import io
import json
import re
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path

_COMMENTS = {
    "noqa": re.compile(r"#\s*(?:ruff:\s*|flake8[:=]\s*)?noqa\b", re.IGNORECASE),
    "nosec": re.compile(r"#\s*nosec\b", re.IGNORECASE),
    "type_ignore": re.compile(r"#\s*(?:type:\s*ignore|mypy:|pyright:)", re.IGNORECASE),
    "no_cover": re.compile(r"#\s*pragma:\s*no\s*(?:cover|branch|mutate)", re.IGNORECASE),
    "no_format": re.compile(r"#\s*fmt:\s*(?:off|skip)|#\s*yapf:\s*disable", re.IGNORECASE),
}
_MARKS = {
    "skip": ("skip", "skipif", "skipIf", "skipUnless", "importorskip", "SkipTest", "skipTest"),
    "xfail": ("xfail", "expectedFailure"),
}


def main() -> int:
    report, *files = sys.argv[1:]
    found: list[dict[str, object]] = []
    examined: list[str] = []
    for path in files:
        try:
            content = Path(path).read_bytes()
            rows = [*_comments(content), *_marks(content)]
        except (OSError, SyntaxError, ValueError, tokenize.TokenError, RecursionError):
            continue
        examined.append(path)
        found += [{"path": path, "line": line, "kind": kind} for line, kind in sorted(rows)]
    result = {"examined": examined, "found": found}
    Path(report).write_text(json.dumps(result, sort_keys=True), encoding="utf-8")
    return 0


def _comments(content: bytes) -> Iterator[tuple[int, str]]:
    for token in tokenize.tokenize(io.BytesIO(content).readline):
        if token.type == tokenize.COMMENT:
            for kind, pattern in _COMMENTS.items():
                if pattern.search(token.string):
                    yield token.start[0], kind


def _marks(content: bytes) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(content)):
        match node:
            case ast.Attribute(attr=name):
                owner, named = ast.unparse(node.value).split(".")[0], [name]
            case ast.ImportFrom(module=str(module)):
                owner, named = module.split(".")[0], [alias.name for alias in node.names]
            case _:
                continue
        for kind, names in _MARKS.items():
            if owner in ("pytest", "unittest", "self") and set(named) & set(names):
                yield node.lineno, kind


if __name__ == "__main__":
    sys.exit(main())
