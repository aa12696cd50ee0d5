"""One host through all that can happen to it: add, add again, edit, upgrade, remove."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from developer import PLACE, Red, inspect
from older_patterns import NEW, plant_new, plant_old
from shape import Shape
from small_world import Said, World, left_behind, make_world, snapshot, trust_folder

STORY = "AUTH-IMPLEMENT-001"
_OURS = (".git", ".orchestrator", "stories", "templates")
_PATIENCE = 3600
_MARK = b"# Written by a person."
# The conditions that need no run of the generated tests, for a first look at a shape.
_QUICK = """\
schema: story-orchestrator/policy/1
levels:
  basic:
    - {id: host-tests, metric: host_tests.regressions, op: "==", value: 0}
    - {id: secrets, metric: secrets.found, op: "==", value: 0}
    - {id: lint, metric: lint.findings, op: "==", value: 0}
    - {id: format, metric: format.changed, op: "==", value: 0}
"""


@dataclass
class Cycle:
    """A host in a world of its own, and how long each step took."""

    shape: Shape
    world: World
    quick: bool
    told: dict[str, str] = field(default_factory=dict)

    def run(self) -> dict[str, str]:
        """Take every step; what each ended with. Raises Red with the first that did not hold."""
        before = tree(self.world)
        with self._step("before"):
            inspect(self.shape, self.world.root, "before")
        with self._step("add"):
            self._add()
        with self._step("edit"):
            edited = self._edit()
        with self._step("upgrade"):
            self._upgrade(edited)
        with self._step("remove"):
            self._remove(edited)
        if changed := differences(before, tree(self.world)):
            raise Red(f"the tree is not what it was: {', '.join(changed)}")
        return self.told

    @contextmanager
    def _step(self, name: str) -> Iterator[None]:
        started = time.monotonic()
        try:
            yield
        except Red as red:
            raise Red(f"{name}: {red}") from red
        self.told[name] = f"held after {time.monotonic() - started:.0f} s"

    def _add(self) -> None:
        self._exec(0, *self.shape.words)
        self._held("after it was added")
        again = self._exec(1)
        if "already IMPLEMENTED" not in again.err:
            raise Red(f"the second one ended with {again.err}")

    def _edit(self) -> dict[Path, bytes]:
        """A person adds a line to a generated file and to the application; the files before it."""
        survey = self.world.run("survey", "--json").document
        app = self.world.root / survey["application"]["place"].partition(":")[0]
        before = {path: path.read_bytes() for path in (app, self._generated("settings.py"))}
        for path, raw in before.items():
            path.write_bytes(raw + _written_by_hand(raw))
        self.world.commit("ours")
        return before

    def _generated(self, name: str) -> Path:
        shown = self.world.run("show", STORY, "--format", "json").document
        paths = (one["path"] for one in shown["record"]["files"])
        found = [one for one in paths if one.endswith(f"/{name}") and "/test" not in f"/{one}"]
        return self.world.root / min(found, key=len)

    def _upgrade(self, edited: dict[Path, bytes]) -> None:
        trust_folder(self.world, plant_new(self.world.root))
        self.world.commit("the newer pattern")
        if self.world.run("outdated").code != 1:
            raise Red("nothing is outdated")
        self._exec(0, "operation_type=upgrade")
        lost = [path.name for path in edited if _MARK not in path.read_bytes()]
        if lost:
            raise Red(f"the edit is gone from {', '.join(lost)}")
        if NEW not in self.world.run("show", STORY).out:
            raise Red(f"{NEW} is not named")
        self._held("after the upgrade")

    def _remove(self, edited: dict[Path, bytes]) -> None:
        for path, before in edited.items():
            raw, added = path.read_bytes(), _written_by_hand(before)
            if not raw.endswith(added):
                raise Red(f"{path.name} does not end in the edit")
            path.write_bytes(raw.removesuffix(added))
        self.world.commit("not ours any more")
        self._exec(0, "operation_type=remove")
        self._held("after it was removed")

    def _exec(self, code: int, *words: str) -> Said:
        level = "basic" if self.quick else self._level(words)
        words = (f"quality_gate={level}", *words)
        done = self.world.run(
            "exec", f"story={STORY}", "skill=code-development", *words, "--no-progress"
        )
        if done.code != code:
            raise Red(f"ended with {done.code}, not {code}:\n{done.err or done.out}")
        return done

    def _level(self, words: tuple[str, ...]) -> str:
        """The level of the shape; the older pattern has a flaw that the attack of the comprehensive
        one finds, so what is implemented with it is measured at standard."""
        flawed = self.shape.level == "comprehensive" and "operation_type=upgrade" not in words
        return "standard" if flawed else self.shape.level

    def _held(self, when: str) -> None:
        verified = self.world.run("verify", "--no-progress")
        if verified.code != 0:
            raise Red(f"verify {when}: {verified.err}")
        # uv leaves locks of its own behind when it builds what a setup.cfg describes.
        if left := [one for one in left_behind(self.world) if "/uv-setuptools-" not in one]:
            raise Red(f"left behind {when}: {left}")
        inspect(self.shape, self.world.root, when)


def _written_by_hand(raw: bytes) -> bytes:
    """What a person adds at the end of a file, as every formatter would have it."""
    end = b"\r\n" if b"\r\n" in raw else b"\n"
    return end * (2 if raw.endswith(end) else 3) + _MARK + end


def try_shape(shape: Shape, place: Path, *, quick: bool) -> dict[str, str]:
    """What each step ended with, in order. Raises Red with the first that did not hold."""
    return Cycle(shape, _world(shape, place, quick=quick), quick).run()


def _world(shape: Shape, place: Path, *, quick: bool) -> World:
    """The host, committed, with its story and the older pattern, trusted."""
    world = make_world(place)
    env = {**world.env, "ORCHESTRATOR_CACHE": str(PLACE / "cache")}
    world = replace(world, env=env, patience=_PATIENCE)
    shutil.rmtree(world.root)
    world.root.mkdir()
    shape.plant(world.root)
    world.git("init", "-q", "-b", "main")
    world.git("config", "user.name", "Ada")
    world.git("config", "user.email", "ada@example.org")
    trust_folder(world, plant_old(world.root))
    if quick:
        world.write(".orchestrator/policy.yaml", _QUICK)
    made = world.run("new", STORY, "--pattern", "jwt-auth")
    if made.code != 0:
        raise Red(f"new: {made.err}")
    world.commit()
    return world


def tree(world: World) -> dict[str, tuple[object, ...]]:
    """Everything but git's own folder, the log, the story and the pattern: bytes and modes."""
    whole = snapshot(world.root, times=False)
    return {path: seen for path, seen in whole.items() if path.split("/")[0] not in _OURS}


def differences(
    before: dict[str, tuple[object, ...]], after: dict[str, tuple[object, ...]]
) -> list[str]:
    """The paths in which two trees differ."""
    return sorted(path for path, _ in before.items() ^ after.items())
