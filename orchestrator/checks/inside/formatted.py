"""Say which files ruff's formatter would change, with the host's layout settings and no others.

Taken from the nearest configuration above each file: line length, indent width and style, quotes,
trailing commas, line ends, docstring code. Where the host has no ruff, what black is told counts,
else the line length of flake8. Excludes, rules and everything else stay the gate's.
Syntax of Python 3.14, which the gate's other tools need not know, is never asked for.
"""

from __future__ import annotations

import configparser
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

_TOP = ("line-length", "indent-width", "target-version")
_NEWEST = 13
_FORMAT = (
    "quote-style",
    "indent-style",
    "skip-magic-trailing-comma",
    "line-ending",
    "docstring-code-format",
    "docstring-code-line-length",
)


def main() -> int:
    report, *files = sys.argv[1:]
    same: list[str] = []
    changed: list[str] = []
    trouble: list[str] = []
    for options, group in _groups(files).items():
        if _ruff(options, *group)[0] == 0:
            same += group
            continue
        for path in group:
            code, said = _ruff(options, path)
            if code == 0:
                same.append(path)
            elif code == 1:
                changed.append(path)
            else:
                trouble.append(f"{path}: {said}")
    result = {"same": same, "changed": changed, "trouble": trouble}
    Path(report).write_text(json.dumps(result, sort_keys=True), encoding="utf-8")
    return 0


def _groups(files: list[str]) -> dict[tuple[str, ...], list[str]]:
    found: dict[tuple[str, ...], list[str]] = {}
    for path in files:
        found.setdefault(_options(Path(path).parent), []).append(path)
    return found


def _ruff(options: tuple[str, ...], *paths: str) -> tuple[int, str]:
    words = [sys.executable, "-I", "-m", "ruff", "format", "--isolated", "--no-cache", "--check"]
    done = subprocess.run(
        [*words, *options, "--", *paths], capture_output=True, text=True, check=False
    )
    return done.returncode, (done.stderr or done.stdout).strip().partition("\n")[0]


def _options(folder: Path) -> tuple[str, ...]:
    for place in (folder, *folder.parents):
        for name in (".ruff.toml", "ruff.toml", "pyproject.toml"):
            data = _toml(place / name)
            ruff = data.get("tool", {}).get("ruff") if name == "pyproject.toml" else data
            if isinstance(ruff, dict) and (ruff or name != "pyproject.toml") and data:
                return _ruff_words(_oldest_python(data) | ruff)
    for place in (folder, *folder.parents):
        black = _toml(place / "pyproject.toml").get("tool", {}).get("black")
        if isinstance(black, dict):
            return _black_words(black)
    return _flake8_words(folder)


def _oldest_python(data: dict[str, Any]) -> dict[str, Any]:
    """What ruff works out from `requires-python` when no target version is set."""
    wanted = data.get("project", {}).get("requires-python", "")
    found = re.search(r">=?\s*3\.(\d+)", wanted) if isinstance(wanted, str) else None
    return {"target-version": f"py3{found[1]}"} if found else {}


def _ruff_words(ruff: dict[str, Any]) -> tuple[str, ...]:
    layout = ruff.get("format", {})
    named = {name: ruff[name] for name in _TOP if name in ruff}
    minor = re.fullmatch(r"py3(\d+)", str(named.get("target-version", "")))
    if minor and int(minor[1]) > _NEWEST:
        named["target-version"] = f"py3{_NEWEST}"
    if isinstance(layout, dict):
        named |= {f"format.{name}": layout[name] for name in _FORMAT if name in layout}
    return tuple(
        word for name, value in named.items() for word in ("--config", f"{name}={_as_toml(value)}")
    )


def _black_words(black: dict[str, Any]) -> tuple[str, ...]:
    words: list[str] = []
    if isinstance(black.get("line-length"), int):
        words += ["--config", f"line-length={black['line-length']}"]
    if black.get("skip-string-normalization") is True:
        words += ["--config", "format.quote-style='preserve'"]
    if black.get("skip-magic-trailing-comma") is True:
        words += ["--config", "format.skip-magic-trailing-comma=true"]
    return tuple(words)


def _flake8_words(folder: Path) -> tuple[str, ...]:
    """Without a formatter of the host's, no line is longer than flake8 lets it be."""
    for place in (folder, *folder.parents):
        for name in (".flake8", "setup.cfg", "tox.ini"):
            options = _ini(place / name, "flake8")
            if options is not None:
                length = options.get("max-line-length", options.get("max_line_length", "79"))
                return ("--config", f"line-length={length}") if length.isdigit() else ()
    return ()


def _ini(file: Path, section: str) -> dict[str, str] | None:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(file.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, configparser.Error):
        return None
    return dict(parser[section]) if parser.has_section(section) else None


def _as_toml(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value)


def _toml(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError):
        return {}


if __name__ == "__main__":
    sys.exit(main())
