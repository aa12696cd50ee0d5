"""The axes of the matrix and its cells: what is rendered, with which Python and libraries."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from auth_patterns import TEMPLATES, pattern
from generated_environment import declared
from pairs import Row, rows

ANSWERS = ("framework", "limiter", "signing", "password_hash", "transport", "response_style",
           "registration")  # fmt: skip
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
AGES = ("oldest", "newest")
# pydantic is declared through pydantic-settings, which names this floor itself.
_OLDEST_PYDANTIC = "2.7"
# Newer Pythons need newer releases than the promised floors: no earlier one runs there.
_OLDEST_ON: Mapping[tuple[str, str], str] = {
    ("pydantic", "3.13"): "2.8",
    ("pydantic", "3.14"): "2.12",
    ("sqlalchemy", "3.12"): "2.0.16",  # earlier ones warn there, and warnings are errors here
    ("sqlalchemy", "3.13"): "2.0.31",
    ("sqlalchemy", "3.14"): "2.0.44",
}


@dataclass(frozen=True)
class Cell:
    """One cell: a value for each axis, and its number in the matrix."""

    number: int
    values: Row

    @property
    def name(self) -> str:
        """A name that says it all, to choose cells by."""
        return "-".join((f"{self.number:02}", *self.values.values()))

    @property
    def answers(self) -> dict[str, Any]:
        """The answers that the patterns are rendered with."""
        return {name: self.values[name] for name in ANSWERS if name in self.values}

    @property
    def requirements(self) -> list[str]:
        """The libraries to install: exactly the oldest where the cell asks for it."""
        python, framework = self.values["python"], self.values["framework"]
        aged = {framework: "framework_age", "sqlalchemy": "sqlalchemy", "pydantic": "pydantic"}
        asked = [one for one in declared(">=") if not one.startswith(("fastapi[", "flask["))]
        floors = {one.partition("[")[0]: one.partition(">=")[2] for one in declared(">=")}
        floors["pydantic"] = _OLDEST_PYDANTIC
        for library, axis in aged.items():
            floor = _OLDEST_ON.get((library, python), floors[library])
            asked.append(f"{library}{'==' if self.values[axis] == 'oldest' else '>='}{floor}")
        return asked

    @property
    def digest(self) -> str:
        """Changes with the cell and with the templates, so that no old result is taken for new."""
        found = hashlib.sha256(self.name.encode())
        for path in sorted(path for path in TEMPLATES.rglob("*") if path.is_file()):
            found.update(path.relative_to(TEMPLATES).as_posix().encode() + path.read_bytes())
        return found.hexdigest()


def axes(pythons: Mapping[str, Path]) -> dict[str, tuple[str, ...]]:
    """The axes, those of answers from the questions of the pattern."""
    asked = {question.name: question for question in pattern("jwt-auth").questions}
    chosen = {name: tuple(map(str, asked[name].choices)) for name in ANSWERS if name in asked}
    return {
        **chosen,
        "store": ("sqlite", "postgresql"),
        "python": tuple(pythons),
        "framework_age": AGES,
        "sqlalchemy": AGES,
        "pydantic": AGES,
    }


def cells(pythons: Mapping[str, Path]) -> list[Cell]:
    """All cells of the matrix, in order."""
    return [Cell(number, row) for number, row in enumerate(rows(axes(pythons)), start=1)]


@cache
def installed_pythons() -> dict[str, Path]:
    """The interpreters of this machine by version, of those that the module supports."""
    return {version: path for version in PYTHONS if (path := _interpreter(version)) is not None}


def _interpreter(version: str) -> Path | None:
    places = [shutil.which(f"python{version}")]
    places += [str(one) for one in Path.home().glob(f".pyenv/versions/{version}.*/bin/python3")]
    return next((Path(one) for one in places if one and _runs(one, version)), None)


def _runs(interpreter: str, version: str) -> bool:
    asked = "import sys, ssl, sqlite3; print('%d.%d' % sys.version_info[:2])"
    done = subprocess.run([interpreter, "-c", asked], capture_output=True, text=True, check=False)
    return done.stdout.strip() == version
