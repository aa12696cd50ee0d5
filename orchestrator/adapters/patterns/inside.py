"""The program that renders one pattern from elsewhere, started in a confined process of its own.

`python -I inside.py ORDER`: the order is a JSON file with the module path, the folders, the answers
and the limits. It writes `result.json` beside the folder of the files, and ends with 0.
"""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path
from typing import Any


def _limit(order: dict[str, Any]) -> None:
    limits = order["limits"]
    for kind, value in (
        (resource.RLIMIT_CPU, limits["cpu"]),
        (resource.RLIMIT_AS, limits["memory"]),
        (resource.RLIMIT_FSIZE, limits["file"]),
        (resource.RLIMIT_NOFILE, 64),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NPROC, 0),
    ):
        try:
            resource.setrlimit(kind, (value, value))
        except (OSError, ValueError):
            # A system that knows no such limit, or whose own is lower: the rest still holds.
            continue


def _read(order: dict[str, Any]) -> dict[str, Any]:
    """Every problem of the templates, and every name that they use; nothing is rendered."""
    from orchestrator.adapters.patterns import template_rules

    template_rules.restrict_jinja()
    files, settings = _pattern(order)
    texts = list(template_rules.texts_of(files, settings))
    problems = list(template_rules.problems(texts, order["known"]))
    return {
        "reason": "",
        "text": "",
        "problems": [(one.reason, one.text) for one in problems],
        "used": sorted(template_rules.names_used(texts)),
    }


def _pattern(order: dict[str, Any]) -> tuple[dict[str, bytes], dict[str, Any]]:
    source = Path(order["source"])
    files = {
        path.relative_to(source).as_posix(): path.read_bytes()
        for path in source.rglob("*")
        if path.is_file()
    }
    return files, json.loads(files["copier.yml"])


def _render(order: dict[str, Any]) -> dict[str, Any]:
    from orchestrator.adapters.patterns import template_rules
    from orchestrator.adapters.patterns.copying import Failed, copy, why

    template_rules.restrict_jinja()
    files, settings = _pattern(order)
    try:
        texts = template_rules.texts_of(files, settings)
        failed = next(template_rules.problems(texts, order["known"]), None)
        if failed is None:
            copy(Path(order["source"]), Path(order["target"]), order["answers"])
            failed = Failed("", "")
    except Exception as error:
        failed = why(error)
    return {"reason": failed.reason, "text": failed.text, "question": failed.question}


def main() -> int:
    """Render or read as the order says, within its limits."""
    order: dict[str, Any] = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    sys.path[:] = order["path"]
    _limit(order)
    result = json.dumps(_read(order) if order["only_read"] else _render(order))
    Path(order["result"]).write_text(result, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
