"""The shapes of host repositories, read from tests/hosts: a folder, or one text of many files.

A text begins with a sentence and with lines of `key: value`:

base      the folder that it starts from; the files of the text are added to it or replace its own
at        the folder in which the host's developer runs lint and tests
lint      a command of the host's developer that must find nothing (as often as needed)
found     a subject that the survey must name, with the outcome and the place where they matter
bytes     a path, and what is odd in it: crlf, bom, open (the last line does not end)
level     the level of the gate, where it is not the basic one
words     what the first `exec` is told beside the usual words

Then come the files, each after a line `-- path --`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

HOSTS = Path(__file__).parents[1] / "hosts"
_FILE = re.compile(r"^-- (\S+) --\n", re.MULTILINE)
_SINGULAR = ("base", "at", "level", "words")
_KEYS = (*_SINGULAR, "lint", "found", "bytes")
# What the folders bring along, told here as their texts would tell it.
_FOLDERS: Mapping[str, tuple[str, ...]] = {
    "alembic_sqlite": ("found: migrations extend", "found: database setting adopt"),
    "factory_routers": ("lint: black --check .", "found: error pages stay apart"),
    "flask_factory_sqlalchemy": ("found: user model", "found: error pages stay apart"),
    "flask_single": ("level: comprehensive", "found: error pages stay apart"),
    "single_file": ("level: comprehensive", "found: application extend main.py"),
    "src_async_sqlalchemy": ("lint: ruff format --check .", "found: user model"),
}


class Unreadable(Exception):
    """A text that is no shape; says which and why."""


@dataclass(frozen=True)
class Shape:
    """A host repository, and what must be true of it before the tool comes."""

    name: str
    files: Mapping[str, bytes]
    at: str
    lint: tuple[tuple[str, ...], ...]
    found: tuple[tuple[str, str, str], ...]
    level: str
    words: tuple[str, ...]

    def plant(self, root: Path) -> None:
        """Write its files below a folder."""
        for path, content in self.files.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(content)

    @property
    def tests(self) -> list[str]:
        """The test modules of the host, seen from the folder where they are run."""
        here = f"{self.at}/" if self.at else ""
        modules = (one.removeprefix(here) for one in self.files if one.startswith(here))
        return sorted(one for one in modules if re.search(r"(^|/)test_\w+\.py$", one))


@cache
def shapes() -> tuple[Shape, ...]:
    """Every shape, by name. Raises Unreadable."""
    folders = [one for one in HOSTS.iterdir() if one.is_dir()]
    made = [_shape(one.name, _FOLDERS[one.name], _folder(one.name)) for one in folders]
    made += [_read(one) for one in HOSTS.glob("*.txt")]
    return tuple(sorted(made, key=lambda one: one.name))


def _read(path: Path) -> Shape:
    head, *rest = _FILE.split(path.read_text(encoding="utf-8"))
    lines = tuple(head.splitlines()[1:])
    texts = dict(zip(rest[::2], rest[1::2], strict=True))
    return _shape(path.stem, lines, {name: text.encode() for name, text in texts.items()})


def _shape(name: str, lines: tuple[str, ...], own: Mapping[str, bytes]) -> Shape:
    said: dict[str, list[str]] = {key: [] for key in _KEYS}
    for line in lines:
        key, colon, value = line.partition(": ")
        if not colon or key not in said:
            raise Unreadable(f"{name}: {line!r}")
        said[key].append(value)
    one = {key: (said[key] or [""])[0] for key in _SINGULAR}
    files = {**(_folder(one["base"]) if one["base"] else {}), **own}
    for line in said["bytes"]:
        path, *odd = line.split()
        files[path] = _odd(files[path], odd)
    return Shape(
        name,
        files,
        one["at"],
        tuple(tuple(line.split()) for line in said["lint"]),
        tuple(_found(line) for line in said["found"]),
        one["level"] or "basic",
        tuple(one["words"].split()),
    )


def _found(line: str) -> tuple[str, str, str]:
    """A subject, its outcome and its place; what does not matter is empty."""
    known = "adopt|map|extend|stay apart|choose another|refuse|note"
    told = re.fullmatch(rf"(.+?)(?: ({known})(?: (\S+))?)?", line)
    return ("", "", "") if told is None else (told[1], told[2] or "", told[3] or "")


def _odd(content: bytes, odd: list[str]) -> bytes:
    if "crlf" in odd:
        content = content.replace(b"\n", b"\r\n")
    if "open" in odd:
        content = content.rstrip(b"\r\n")
    return b"\xef\xbb\xbf" + content if "bom" in odd else content


def _folder(name: str) -> dict[str, bytes]:
    return dict(_files(HOSTS / name))


def _files(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            yield path.relative_to(folder).as_posix(), path.read_bytes()
