"""The machine's paths and the names that stand for them in a record; knows no other rewriting."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path


@dataclass(frozen=True)
class Placeholders:
    """Where one run takes place. `work` has the folders gate, out, home, tmp and view."""

    tree: Path
    work: Path
    python: Path

    def expand(self, word: str) -> str:
        """A word of a command with {python}, {tools}, {gate}, {out} and {tree} filled in."""
        for name, value in (
            ("{python}", self.python),
            ("{tools}", sys.executable),
            ("{gate}", self.work / "gate"),
            ("{out}", self.work / "out"),
            ("{tree}", self.tree),
        ):
            word = word.replace(name, str(value))
        return word

    def neutral(self, text: bytes) -> bytes:
        """Text of a run with this machine's paths replaced; paths in the tree become relative."""
        for path, name in self._names:
            text = text.replace(path, name)
        return text

    @cached_property
    def _names(self) -> tuple[tuple[bytes, bytes], ...]:
        prefix = self.python.parent.parent
        named = {
            sys.executable: "{tools}",
            sys.prefix: "{tools-environment}",
            str(Path(__file__).resolve().parents[2]): "{tool}",
            str(Path.home()): "{home}",
            str(self.work / "gate"): "{gate}",
            str(self.work / "out"): "{out}",
            str(self.work): "{work}",
            str(self.python): "{python}",
            str(prefix): "{environment}",
            str(prefix.resolve()): "{environment}",
            **_standard_library(prefix),
        }
        ordered = sorted(named.items(), key=lambda item: -len(item[0]))
        root = str(self.tree)
        pairs = [(f"{root}/", ""), (root, "."), *(one for one in ordered if len(one[0]) > 1)]
        return tuple((path.encode(), name.encode()) for path, name in pairs)


def _standard_library(prefix: Path) -> dict[str, str]:
    """The folders of the interpreter that an environment was made from."""
    try:
        lines = (prefix / "pyvenv.cfg").read_text(encoding="utf-8").splitlines()
    except OSError:
        return {}
    home = next((line.partition("=")[2].strip() for line in lines if line.startswith("home")), "")
    if not home:
        return {}
    found = (Path(home).parent / "lib").glob("python3*")
    return {str(folder): "{stdlib}" for folder in found}
