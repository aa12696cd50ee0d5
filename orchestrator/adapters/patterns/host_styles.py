"""What a host that has no ruff says to black, isort and flake8, in the words of ruff."""

from __future__ import annotations

import configparser
import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from orchestrator.adapters.files.work_tree import whole

_FLAKE8 = (".flake8", "setup.cfg", "tox.ini")
_ISORT_OWN = (".isort.cfg", "settings")
_ISORT_SHARED = (("setup.cfg", "isort"), ("tox.ini", "isort"))
_ISORT = {
    "force_single_line": bool,
    "force_sort_within_sections": bool,
    "combine_as_imports": bool,
    "order_by_type": bool,
    "lines_after_imports": int,
    "known_first_party": list,
    "known_third_party": list,
}
_LENGTHS = range(1, 321)
_RULE = re.compile(r"[A-Z]+[0-9]*")
# What flake8 leaves out as long as nobody says `ignore` or `select`.
_LEFT_OUT = ("E121", "E123", "E126", "E226", "E24", "E704", "W503", "W504")


@dataclass(frozen=True)
class Flake8:
    """The configuration of flake8: its file, the longest line, the rules that it leaves out, the
    longest line of a docstring or comment (0: no limit of its own), and the rules that it names as
    the only ones to report."""

    path: str
    length: int
    ignored: tuple[str, ...]
    doc_length: int = 0
    selected: tuple[str, ...] = ()

    def reports(self, rule: str) -> bool:
        """Say whether flake8 reports a rule: the longer of two names that fit it counts."""
        left_out = _longest(rule, self.ignored)
        return _longest(rule, self.selected) > left_out if self.selected else not left_out


def ruff_words(root: Path, near: str) -> list[str]:
    """Options that make ruff lay out code as black, isort and flake8 are told above a path."""
    words = ["--isolated"]
    black, isort, flake8 = _black(root, near), _isort(root, near), flake8_of(root, near)
    length = black.get("line-length", flake8.length if flake8 and not black else None)
    if isinstance(length, int) and length in _LENGTHS:
        words += ["--config", f"line-length={length}"]
    if black.get("skip-string-normalization") is True:
        words += ["--config", "format.quote-style='preserve'"]
    if black.get("skip-magic-trailing-comma") is True:
        words += ["--config", "format.skip-magic-trailing-comma=true"]
    for name, kind in _ISORT.items():
        value = _typed(isort.get(name), kind)
        if value is not None:
            words += ["--config", f"lint.isort.{name.replace('_', '-')}={json.dumps(value)}"]
    return words


def flake8_of(root: Path, near: str) -> Flake8 | None:
    """The nearest configuration of flake8 at or above a path."""
    for folder in _above(near):
        for name in _FLAKE8:
            options = _ini(root / folder / name, "flake8")
            if options is not None:
                said = {key.replace("_", "-"): value for key, value in options.items()}
                selected = tuple(_RULE.findall(said.get("select", "")))
                ignored = said.get("ignore", "" if selected else ",".join(_LEFT_OUT))
                return Flake8(
                    f"{folder}/{name}".lstrip("/"),
                    _number(said.get("max-line-length"), 79),
                    tuple(_RULE.findall(f"{ignored},{said.get('extend-ignore', '')}")),
                    _number(said.get("max-doc-length"), 0),
                    selected,
                )
    return None


def _longest(rule: str, names: Iterable[str]) -> int:
    return max((len(name) for name in names if rule.startswith(name)), default=0)


def _number(text: str | None, otherwise: int) -> int:
    return int(text) if text and re.fullmatch(r"[0-9]{1,6}", text) else otherwise


def _above(near: str) -> Iterator[str]:
    for folder in PurePosixPath(near).parents:
        yield "" if str(folder) == "." else str(folder)


def _black(root: Path, near: str) -> Mapping[str, Any]:
    return next((tool for tool in _tools(root, near, "black") if tool is not None), {})


def _isort(root: Path, near: str) -> Mapping[str, Any]:
    """What isort is told: of a folder's files the first, in its own order, that says anything."""
    for folder, tool in zip(_above(near), _tools(root, near, "isort"), strict=True):
        own, *shared = (
            _ini(root / folder / name, section) for name, section in (_ISORT_OWN, *_ISORT_SHARED)
        )
        said = next((one for one in (own, tool, *shared) if one is not None), None)
        if said is not None:
            return said
    return {}


def _tools(root: Path, near: str, name: str) -> Iterator[Mapping[str, Any] | None]:
    """What each `pyproject.toml` above a path says to a tool, None for nothing."""
    for folder in _above(near):
        tool = _toml(root / folder / "pyproject.toml").get("tool", {})
        found = tool.get(name) if isinstance(tool, dict) else None
        yield found if isinstance(found, dict) else None


def _typed(value: object, kind: type) -> object:
    if isinstance(value, str) and kind is bool:
        return {"true": True, "1": True, "false": False, "0": False}.get(value.lower())
    if isinstance(value, str) and kind is int:
        return int(value) if re.fullmatch(r"[0-9]{1,6}", value) else None
    if isinstance(value, str) and kind is list:
        return [one.strip() for one in re.split(r"[,\n]", value) if one.strip()]
    return value if isinstance(value, kind) else None


def _toml(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(whole(file).decode("utf-8-sig"))
    except (OSError, ValueError, RecursionError):
        return {}


def _ini(file: Path, section: str) -> dict[str, str] | None:
    """A section of an INI file, None without it."""
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read_string(whole(file).decode("utf-8-sig"))
    except (OSError, UnicodeDecodeError, configparser.Error):
        return None
    return dict(parser[section]) if parser.has_section(section) else None
