"""A tiny host, a tiny pattern of its own and the real command: whole runs that take seconds."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from orchestrator.adapters.patterns.template_folder import digest_of, read_folder

COMMAND = Path(sys.executable).with_name("orchestrator")
STORY = "GREET-001"
STORY_FILE = f"stories/{STORY}.md"
WORDS = ("skill=code-development", "quality_gate=basic")

HOST: Mapping[str, str] = {
    ".gitignore": "__pycache__/\n",
    "requirements.txt": "# nothing\n",
    "main.py": '"""The host."""\n\nfrom fastapi import FastAPI\n\napp = FastAPI()\n',
    "tests/test_host.py": '"""Of the host."""\n\n\ndef test_adding():\n    assert 1 + 1 == 2\n',
}
MANIFEST = """\
_subdirectory: template
_templates_suffix: .jinja
_pattern:
  id: GREET-001
  title: A greeting
  version: 1.0.0
  language: python
  frameworks: [fastapi]
  usage: Says hello.
  keywords: [greeting, hello]
  provides:
    greet.hello:
      ears: WHEN a visitor asks for a greeting THEN the system SHALL answer 200 with a hello
  documents: []
  edits:
    - kind: call_after_app
      import: "{{ package_import }}.hello:install_hello"
      call: install_hello({app})
    - {kind: ignore_lines, lines: ["hello.db*"]}
prefix:
  type: str
  default: /hello
  validator: "{% if not prefix.startswith('/') %}must begin with a slash{% endif %}"
tone: {type: str, default: warm, choices: [warm, cold]}
loud: {type: bool, default: false}
package_path: {type: str, default: src/hello, when: false}
package_import: {type: str, default: src.hello, when: false}
tests_path: {type: str, default: tests/hello, when: false}
tests_are_package: {type: bool, default: false, when: false}
claims: {type: yaml, default: "{}", when: false}
marks: {type: yaml, default: "{}", when: false}
"""
MODULE = '''\
"""Says hello; knows nobody by name."""


{{ claims["greet.hello"] }}
def install_hello(app: object) -> str:
    """A greeting that says where it was installed."""
    return f"hello from {{ prefix }} in {app!r}"
'''
MODULE_TEST = '''\
"""The greeting."""

import pytest
from {{ package_import }}.hello import install_hello


{{ marks["greet.hello"] }}
def test_it_greets() -> None:
    assert install_hello(None).startswith("hello from {{ prefix }}")
'''


@dataclass(frozen=True)
class Said:
    """How the command ended."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        """The one JSON document on stdout."""
        whole: dict[str, Any] = json.loads(self.out)
        return whole


@dataclass(frozen=True)
class World:
    """A repository, and the environment variables in which the command runs there.

    A command has `patience` seconds to end.
    """

    root: Path
    env: Mapping[str, str]
    prefix: tuple[str, ...] = field(default=())
    patience: int = 300

    def start(self, *words: str, **env: str) -> subprocess.Popen[str]:
        """The real command, started; the caller ends it."""
        return subprocess.Popen(
            [*self.prefix, str(COMMAND), *words],
            cwd=self.root,
            env={**self.env, **env},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, *words: str, **env: str) -> Said:
        """The real command, to its end."""
        process = self.start(*words, **env)
        out, err = process.communicate(timeout=self.patience)
        return Said(process.returncode, out, err)

    def execute(self, *words: str, story: str = STORY, **env: str) -> Said:
        """`exec` of the story at the basic level."""
        return self.run("exec", f"story={story}", *WORDS, *words, "--no-progress", **env)

    def git(self, *words: str) -> str:
        """A git command that must succeed."""
        done = subprocess.run(
            ["git", *words],
            cwd=self.root,
            env=self.env,
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout

    def commit(self, message: str = "all") -> None:
        """Everything, committed."""
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)

    def write(self, path: str, text: str) -> Path:
        """A file of the working copy, with its folders."""
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
        return place

    def edit(self, path: str, old: str, new: str) -> None:
        """Replace the first occurrence of a text that must be there."""
        text = (self.root / path).read_text(encoding="utf-8")
        assert old in text
        self.write(path, text.replace(old, new, 1))

    def copy(self, place: Path, tmp: Path) -> World:
        """The same repository elsewhere, byte for byte, with its own temporary files."""
        shutil.copytree(self.root, place, symlinks=True)
        tmp.mkdir(exist_ok=True)
        made = World(place, {**self.env, "TMPDIR": str(tmp)})
        made.git("update-index", "-q", "--refresh")
        return made

    def behind(self, *prefix: str) -> World:
        """The same world, its command run by another program."""
        return replace(self, prefix=prefix)

    def head(self) -> str:
        """The commit that HEAD names."""
        return self.git("rev-parse", "HEAD").strip()


def make_world(place: Path) -> World:
    """A committed host with its trusted pattern and story; `place` also holds home and cache."""
    home = place / "home"
    home.mkdir(parents=True)
    ours = ("PYTHON", "GIT_", "ORCHESTRATOR", "_ORCHESTRATOR", "VIRTUAL_ENV", "COVERAGE")
    plain = ("CI", "NO_COLOR")
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(ours) and name not in plain
    }
    env = {
        **kept,
        "UV_CACHE_DIR": kept.get("UV_CACHE_DIR", str(_uv_cache())),
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_STATE_HOME": str(home / "state"),
        "ORCHESTRATOR_CACHE": str(place / "cache"),
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "TMPDIR": str(_made(place / "tmp")),
    }
    world = World(_made(place / "greeter"), env)
    for path, text in HOST.items():
        world.write(path, text)
    plant_pattern(world)
    world.git("init", "-q", "-b", "main")
    world.git("config", "user.name", "Ada")
    world.git("config", "user.email", "ada@example.org")
    made = world.run("new", STORY, "--pattern", "greeting")
    assert made.code == 0, made.err
    world.commit()
    return world


def plant_pattern(world: World, *, module: str = MODULE) -> None:
    """The pattern in the host's `templates/`, trusted by its user."""
    folder = world.root / "templates" / "greeting"
    body = "templates/greeting/template/{{ package_path }}"
    world.write("templates/greeting/copier.yml", MANIFEST)
    world.write(f"{body}/__init__.py", '"""A greeting."""\n')
    world.write(f"{body}/hello.py.jinja", module)
    world.write("templates/greeting/template/{{ tests_path }}/test_hello.py.jinja", MODULE_TEST)
    trust_folder(world, folder)


def trust_folder(world: World, folder: Path) -> None:
    """Record the digest of a pattern's folder as its user would."""
    trust = Path(world.env["XDG_CONFIG_HOME"]) / "story-orchestrator" / "trust"
    trust.parent.mkdir(parents=True, exist_ok=True)
    with trust.open("a", encoding="utf-8") as file:
        file.write(f"{digest_of(read_folder(folder))}\n")


def snapshot(root: Path, *, times: bool = True) -> dict[str, tuple[object, ...]]:
    """Everything below a folder, `.git` too: kind and mode, content, and when it was written."""
    found: dict[str, tuple[object, ...]] = {}
    for path in sorted(root.rglob("*")):
        seen = path.lstat()
        if path.is_symlink():
            content = str(path.readlink())
        elif path.is_file():
            content = sha256(path.read_bytes()).hexdigest()
        else:
            content = ""
        when = seen.st_mtime_ns if times else 0
        found[path.relative_to(root).as_posix()] = (stat.filemode(seen.st_mode), content, when)
    return found


def visible(root: Path) -> dict[str, tuple[object, ...]]:
    """What a user sees of a repository: all files, and of git its refs, index and settings."""
    hidden = (".git/objects", ".git/orchestrator", ".git/worktrees")
    whole = snapshot(root, times=False)
    return {path: seen for path, seen in whole.items() if not path.startswith(hidden)}


def left_behind(world: World) -> list[str]:
    """What a run left that belongs to nobody: scratch trees, journals, temporary folders."""
    state = world.root / ".git" / "orchestrator"
    places = (state / "scratch", state / "journal", world.root / ".git" / "worktrees")
    found = [path for place in places if place.is_dir() for path in place.rglob("*")]
    found += Path(world.env["TMPDIR"]).iterdir()
    return [str(path) for path in found]


def processes_of(world: World) -> list[str]:
    """The command lines of living processes that work in this world or its temporary files."""
    signs = (str(world.root), world.env["TMPDIR"])
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
        except OSError:
            continue
        if any(sign in line for sign in signs):
            found.append(line)
    return found


def _uv_cache() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "uv"


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True)
    return folder
