"""`make hosts`: take every shape of a host through its cycle; ends with 1 when one is red.

Usage: python tests/shapes [--quick] [--again] [--list] [--lanes=N] [WORD…]

Only shapes whose name holds one of the words. Shapes that held are remembered in .hosts/state.json
with their commit, until the host, a pattern or the tool changes; --again forgets that. --quick
leaves out the generated tests and what is measured by them; what held so is not remembered.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from auth_patterns import ROOT
from cycle import try_shape
from developer import PLACE, Red, environment
from shape import Shape, shapes

_STATE = PLACE / "state.json"
_LANES = 2
_READ = ("orchestrator", "skills", "templates", "tests/shapes", "tests/older_patterns.py")
_writing = threading.Lock()

State = dict[str, dict[str, str]]


def main(words: list[str]) -> int:
    """Try the shapes and print how each ended."""
    chosen = [one for one in shapes() if _chosen(one, words)]
    if "--list" in words:
        sys.stdout.writelines(f"{one.name}\n" for one in chosen)
        return 0
    environment()
    state = {} if "--again" in words else _remembered()
    trying = Trying(state, _digest_of_tool(), quick="--quick" in words)
    with ThreadPoolExecutor(_lanes(words)) as lanes:
        held = list(lanes.map(trying.try_one, chosen))
    print(f"{held.count(True)} held, {held.count(False)} RED")
    return 0 if held and all(held) else 1


def _chosen(shape: Shape, words: list[str]) -> bool:
    asked = [word for word in words if not word.startswith("--")]
    return not asked or any(word in shape.name for word in asked)


def _lanes(words: list[str]) -> int:
    said = [word.removeprefix("--lanes=") for word in words if word.startswith("--lanes=")]
    return int(said[-1]) if said else _LANES


class Trying:
    """Tries shapes, says how each ended, and remembers those that held."""

    def __init__(self, state: State, tool: bytes, *, quick: bool) -> None:
        self._state, self._tool, self._quick = state, tool, quick
        self._commit = _git("describe", "--always", "--dirty", "--abbrev=12")

    def try_one(self, shape: Shape) -> bool:
        """Say whether a shape held, now or when nothing that matters was different."""
        digest = self._digest(shape)
        known = self._state.get(shape.name, {})
        if known.get("digest") == digest and not self._quick:
            print(f"{shape.name}: held at {known['commit']}, as remembered", flush=True)
            return True
        started = time.monotonic()
        held, said = _outcome(shape, quick=self._quick)
        end = "held" if held else "RED"
        print(f"{shape.name}: {end} after {time.monotonic() - started:.0f} s; {said}", flush=True)
        if held and not self._quick:
            self._remember(shape.name, digest)
        return held

    def _digest(self, shape: Shape) -> str:
        found = hashlib.sha256(self._tool + repr((shape.lint, shape.at, shape.level)).encode())
        for path, content in sorted(shape.files.items()):
            found.update(f"{path}\0{len(content)}\0".encode() + content)
        return found.hexdigest()

    def _remember(self, name: str, digest: str) -> None:
        with _writing:
            self._state[name] = {"digest": digest, "commit": self._commit}
            fresh = _STATE.with_suffix(".new")
            fresh.write_text(json.dumps(self._state, indent=1, sort_keys=True) + "\n")
            fresh.replace(_STATE)


def _outcome(shape: Shape, *, quick: bool) -> tuple[bool, str]:
    with tempfile.TemporaryDirectory(prefix="host-") as place:
        try:
            steps = try_shape(shape, Path(place) / "world", quick=quick)
        except (Red, subprocess.TimeoutExpired) as red:
            return False, "\n    ".join(str(red).splitlines())
    return True, ", ".join(f"{name} {said}" for name, said in steps.items())


def _digest_of_tool() -> bytes:
    """Changes with the tool, its patterns and this matrix."""
    found = hashlib.sha256()
    for name in _git("ls-files", "-co", "--exclude-standard", *_READ).splitlines():
        path = ROOT / name
        found.update(name.encode() + b"\0" + (path.read_bytes() if path.is_file() else b""))
    return found.digest()


def _git(*words: str) -> str:
    done = subprocess.run(["git", *words], cwd=ROOT, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def _remembered() -> State:
    return json.loads(_STATE.read_text()) if _STATE.exists() else {}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
