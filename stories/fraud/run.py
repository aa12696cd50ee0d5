"""Show that the gate refuses code that claims much: a published example, and a sabotaged pattern.

Usage: python stories/fraud/run.py [--only example|sabotage] [--all]
    --all tries every sabotage, not only the first.

The example is taken word for word from the file that $DOCUMENT names, else from the document of
that kind beside this checkout, else (and when $DOCUMENT is empty) from our own retelling in
`retold/`. Ends with 0 only if everything was refused for the right reasons. Needs git and the
project's environment.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NoReturn

HERE = Path(__file__).resolve().parent
STORIES = HERE.parent
ROOT = STORIES.parent
sys.path.insert(0, str(ROOT))

from orchestrator.adapters.patterns.catalogue import Catalogue  # noqa: E402
from orchestrator.adapters.patterns.render import CopierRenderer  # noqa: E402
from orchestrator.app.measuring.gate import GateRun, Wanted, run_gate, sites  # noqa: E402
from orchestrator.app.situation import rules  # noqa: E402
from orchestrator.app.situation.situate import survey_commit  # noqa: E402
from orchestrator.app.transition.execute import Closed, execute  # noqa: E402
from orchestrator.cli.door import watched  # noqa: E402
from orchestrator.compose import House  # noqa: E402
from orchestrator.core.change.changes import File, plan_changes  # noqa: E402
from orchestrator.core.gate.check import CheckResult, Figure, Scope  # noqa: E402
from orchestrator.core.story.request import parse_request_text  # noqa: E402
from orchestrator.ports.plugins import Patterns, Renderer  # noqa: E402
from orchestrator.ports.surroundings import Progress  # noqa: E402
from orchestrator.report.gate import figure_text, gate_text  # noqa: E402
from orchestrator.report.text import render_report  # noqa: E402

BESIDE = ROOT.parent / "shared" / "reference"
STORY = "AUTH-IMPLEMENT-001"
REQUEST = f"""story={STORY} skill=code-development operation_type=implement language=python
framework=fastapi search_patterns=["authentication", "jwt", "user_management"]
quality_gate=comprehensive"""
# What the example imports; it names none of it.
IMPORTS = ("PyJWT", "passlib[bcrypt]")
MISSING_APP = "from fastapi import FastAPI\n\napp = FastAPI()\n"
_BLOCK = re.compile(r"\(`(?P<path>[\w/]+\.py)`\)[^\n]*\n```python\n(?P<code>.*?)\n```", re.DOTALL)
_CLAIM = re.compile(r"(\d+)% (?:test )?coverage")


@dataclass(frozen=True)
class Example:
    """Code and tests as somebody published them, and the coverage that they claim."""

    origin: str
    files: Mapping[str, str]
    claimed: str


def main(argv: list[str]) -> int:
    """Try both; say what was measured."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--all", action="store_true", help="try every sabotage")
    parser.add_argument("--only", choices=["example", "sabotage"], help="one of the two parts")
    asked = parser.parse_args(argv)
    sabotages = sorted((HERE / "sabotage").glob("*.diff"), reverse=True)
    with watched() as progress:
        if asked.only != "sabotage":
            refuse_example(published(), progress)
        if asked.only != "example":
            for sabotage in sabotages if asked.all else sabotages[:1]:
                refuse_sabotage(sabotage, progress)
    say("All of it was refused, with figures that were measured.")
    return 0


def published() -> Example:
    """The example: verbatim when its document is at hand, else retold."""
    named = os.environ.get("DOCUMENT")
    found = sorted(BESIDE.glob("000_*.txt")) if named is None else [Path(named)] if named else []
    if not found:
        retold = HERE / "retold"
        files = {
            path.relative_to(retold).as_posix(): path.read_text(encoding="utf-8")
            for path in sorted(retold.rglob("*.py"))
        }
        text = (retold / "README.md").read_text(encoding="utf-8")
        return Example("our retelling of a published example", files, _claim(text))
    if not found[0].is_file():
        fail(f"{found[0]} is no file")
    text = found[0].read_text(encoding="utf-8")
    files = {block["path"]: block["code"] + "\n" for block in _BLOCK.finditer(text)}
    if not files:
        fail(f"no code was found in {found[0].name}")
    return Example(f"the code and tests of {found[0].name}, word for word", files, _claim(text))


def _claim(text: str) -> str:
    found = _CLAIM.search(text)
    return f"{found[1]}%" if found else "nothing"


def refuse_example(example: Example, progress: Progress) -> None:
    """As published, then with the application that it forgot, so that its tests can run at all."""
    say(f"1. {example.origin}")
    with repository(HERE / "host") as root:
        house = House(root, progress)
        as_published = gate(house, example.files)
        show("as published", as_published, example.claimed)
        expect(as_published, passed=0)
        completed = gate(house, {**example.files, "src/main.py": MISSING_APP})
        show("with an empty application added", completed, example.claimed)
        expect(completed)
        if not any(one.rule == "test-failed" for one in completed.results["tests"].findings):
            fail("the tests of the example did not fail")


def gate(house: House, files: Mapping[str, str]) -> GateRun:
    """Measure files as a candidate change, as `exec` does."""
    head = house.repository.head()
    proposed = {path: File(text.encode()) for path, text in files.items()}
    python = sorted(path for path in files if path.endswith(".py") and path != "src/main.py")
    scope = Scope(
        package="src.auth",
        sources=tuple(path for path in python if not path.startswith("tests/")),
        tests=tuple(path for path in python if path.startswith("tests/")),
        changed=tuple(sorted(files)),
        host_tests=("{python}", "-m", "pytest", "tests"),
    )
    policy = rules.policy(house, head, rules.settings(house, head))
    manifest = survey_commit(house, head).manifest
    wanted = Wanted(manifest, manifest, IMPORTS)
    with sites(house, head, plan_changes(proposed, {}), wanted) as places:
        return run_gate(house, policy, "comprehensive", scope, places)


def show(title: str, run: GateRun, claimed: str) -> None:
    """The gate's answer, and the claim beside what was measured."""
    say(gate_text(title, run.results, run.verdict))
    tests, coverage = run.results["tests"], run.results["coverage"]
    say(f"tests passed: {figure(tests, 'passed')}; failed: {figure(tests, 'failed')}")
    say(f"line coverage measured: {figure(coverage, 'line')}; claimed: {claimed}")


def figure(result: CheckResult, name: str) -> str:
    """A figure in words."""
    found: Figure | None = next((one for one in result.figures if one.id == name), None)
    return figure_text(found) if found else f"not measured ({result.reason})"


def expect(run: GateRun, *, passed: int | None = None) -> None:
    """The gate is closed, the key in the code was found, and no more tests passed than that."""
    if run.verdict.passed:
        fail("the gate let it through")
    if not any(one.rule == "HARD-CODED-KEY" for one in run.results["security_lint"].findings):
        fail("nobody saw the signing key in the code")
    counts = {one.id: one.num for one in run.results["tests"].figures}
    if passed is not None and counts.get("passed") != passed:
        fail(f"{counts.get('passed')} tests passed, {passed} were expected to")


class SabotagedPatterns(Catalogue):
    """The patterns of another folder; nothing that is kept between runs is made of them."""

    def digest(self) -> str:
        """One name for all of them."""
        return "sabotaged"


class Sabotaged(House):
    """The house with the patterns of another folder."""

    def __init__(self, root: Path, progress: Progress, templates: Path) -> None:
        super().__init__(root, progress)
        self._templates = templates

    @cached_property
    def patterns(self) -> Patterns:
        return SabotagedPatterns(self.root, own=self._templates)

    @cached_property
    def renderer(self) -> Renderer:
        return CopierRenderer(self.root, own=self._templates)


def refuse_sabotage(sabotage: Path, progress: Progress) -> None:
    """Run the whole job with a pattern that a few letters made unsafe."""
    say(f"2. the pattern jwt-auth, sabotaged: {sabotage.stem.replace('-', ' ')}")
    say(sabotage.read_text(encoding="utf-8"))
    with repository(STORIES / "taskflow-api") as root, patched_templates(sabotage) as templates:
        house = Sabotaged(root, progress, templates)
        ended = execute(house, parse_request_text(REQUEST), render=render_report, dry_run=False)
        if not isinstance(ended, Closed):
            fail(f"the gate let it through: {type(ended).__name__}")
        say(gate_text(sabotage.stem, ended.results, ended.verdict))
        if git(root, "status", "--porcelain"):
            fail("a refused run changed the repository")


@contextmanager
def patched_templates(sabotage: Path) -> Iterator[Path]:
    """A copy of the bundled patterns with one patch applied."""
    with tempfile.TemporaryDirectory(prefix="sabotage-") as folder:
        templates = Path(folder, "templates")
        shutil.copytree(ROOT / "templates", templates)
        git(templates, "apply", "--whitespace=nowarn", str(sabotage))
        yield templates


@contextmanager
def repository(host: Path) -> Iterator[Path]:
    """A new repository with the host's files, and the story, in one commit."""
    with tempfile.TemporaryDirectory(prefix="fraud-") as folder:
        root = Path(folder, host.name)
        shutil.copytree(host, root, ignore=shutil.ignore_patterns("__pycache__", ".venv", "*.db*"))
        (root / "stories").mkdir(exist_ok=True)
        shutil.copy(STORIES / f"{STORY}.md", root / "stories")
        git(root, "init", "--quiet", "--initial-branch=main")
        git(root, "config", "user.name", "Demonstration")
        git(root, "config", "user.email", "demonstration@example.org")
        git(root, "config", "commit.gpgsign", "false")
        git(root, "add", "--all")
        git(root, "commit", "--quiet", "--message", "the host")
        yield root


def git(folder: Path, *words: str) -> str:
    """Run git in a folder that must not be taken for a part of another repository."""
    env = {**os.environ, "GIT_CEILING_DIRECTORIES": str(folder.parent)}
    done = subprocess.run(
        ["git", *words], cwd=folder, env=env, capture_output=True, text=True, check=False
    )
    if done.returncode:
        fail(f"git {words[0]}: {done.stderr.strip()}")
    return done.stdout


def say(text: str) -> None:
    """One paragraph of the demonstration."""
    sys.stdout.write(text.rstrip("\n") + "\n\n")
    sys.stdout.flush()


def fail(text: str) -> NoReturn:
    """What should have been refused was not."""
    sys.stdout.flush()
    sys.exit(f"NOT AS IT SHOULD BE: {text}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
