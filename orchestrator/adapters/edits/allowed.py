"""Say in the host's linter configuration what files of ours do not follow, for their folders."""

from __future__ import annotations

import configparser
import json
import re
import tomllib
from collections.abc import Mapping
from typing import Any

from orchestrator.core.change.changes import File
from orchestrator.core.host.edits import (
    AllowedFindings,
    EditCannot,
    EditDone,
    EditResult,
    EditThere,
)

_RUFF_TABLE = "lint.extend-per-file-ignores"
_FLAKE8_KEY = "per-file-ignores"
_WIDEST = 100


def allow_findings(edit: AllowedFindings, existing: Mapping[str, File]) -> EditResult:
    """Done, already there, or cannot, with the lines that a person should paste."""
    file = existing.get(edit.path)
    if file is None:
        return EditCannot(edit.path, "the file is not there", _paste(edit))
    try:
        text = file.content.decode("utf-8")
        after = _in_ruff(text, edit) if edit.tool == "ruff" else _in_flake8(text, edit)
    except (UnicodeDecodeError, _Odd) as error:
        because = str(error) if isinstance(error, _Odd) else "the file is not UTF-8"
        return EditCannot(edit.path, because, _paste(edit))
    if after is None:
        return EditThere(edit.path)
    return EditDone(edit.path, File(after.encode(), file.executable))


class _Odd(Exception):
    """The configuration is written in a way that cannot be extended."""


def _table(edit: AllowedFindings) -> str:
    return f"tool.ruff.{_RUFF_TABLE}" if edit.path.endswith("pyproject.toml") else _RUFF_TABLE


def _paste(edit: AllowedFindings) -> str:
    if edit.tool == "ruff":
        lines = [f"[{_table(edit)}]", *map(_toml_line, edit.allowed)]
    else:
        lines = ["[flake8]", f"{_FLAKE8_KEY} =", *map(_ini_line, edit.allowed)]
    return "\n".join(lines) + "\n"


def _toml_line(allowed: tuple[str, tuple[str, ...]]) -> str:
    pattern, rules = allowed
    line = f"{json.dumps(pattern)} = {json.dumps(rules)}"
    if len(line) <= _WIDEST:
        return line
    listed = (f"    {json.dumps(one)}," for one in rules)
    return "\n".join([f"{json.dumps(pattern)} = [", *listed, "]"])


def _ini_line(allowed: tuple[str, tuple[str, ...]]) -> str:
    pattern, rules = allowed
    return f"    {pattern}: {','.join(rules)}"


def _in_ruff(text: str, edit: AllowedFindings) -> str | None:
    header = f"[{_table(edit)}]"
    there = _allowed_there(_loaded(text), edit)
    wanted = [one for one in edit.allowed if not set(one[1]) <= set(there.get(one[0], ()))]
    if not wanted:
        return None
    if {pattern for pattern, _ in wanted} & there.keys():
        raise _Odd("it allows other rules for the same folder")
    end = "\r\n" if "\r\n" in text else "\n"
    body = "\n".join(map(_toml_line, wanted)).replace("\n", end)
    lines = text.split(end)
    at = next((n for n, line in enumerate(lines) if line.strip() == header), None)
    if at is not None:
        after = end.join([*lines[: at + 1], body, *lines[at + 1 :]])
    else:
        gap = "" if text.endswith(end) or not text else end
        after = f"{text}{gap}{end if text.strip() else ''}{header}{end}{body}{end}"
    if _allowed_there(_loaded(after), edit).keys() >= {pattern for pattern, _ in wanted}:
        return after
    raise _Odd("its rules are written in a way that cannot be extended")


def _loaded(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise _Odd("its rules are written in a way that cannot be extended") from error


def _allowed_there(data: dict[str, Any], edit: AllowedFindings) -> dict[str, list[str]]:
    here: Any = data
    for name in _table(edit).split("."):
        here = here.get(name, {}) if isinstance(here, dict) else {}
    return here if isinstance(here, dict) else {}


def _in_flake8(text: str, edit: AllowedFindings) -> str | None:
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read_string(text)
        there = parser.get("flake8", _FLAKE8_KEY, fallback=None)
    except configparser.Error as error:
        raise _Odd("it cannot be read") from error
    wanted = [one for one in edit.allowed if one[0] not in (there or "")]
    if not wanted:
        return None
    end = "\r\n" if "\r\n" in text else "\n"
    lines = text.split(end)
    start = next(n for n, line in enumerate(lines) if line.strip() == "[flake8]")
    new = [_ini_line(one) for one in wanted]
    if there is None:
        at, new = start + 1, [f"{_FLAKE8_KEY} =", *new]
    else:
        key = re.compile(rf"{_FLAKE8_KEY}\s*[=:]")
        at = next((n for n, line in enumerate(lines) if n > start and key.match(line)), -2) + 1
        if at < 0 or (lines[at - 1].partition("=")[2].strip() and "," in lines[at - 1]):
            raise _Odd(f"its {_FLAKE8_KEY} is written in an unusual way")
    return end.join([*lines[:at], *new, *lines[at:]])
