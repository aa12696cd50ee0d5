"""Records with real evidence, made without a gate run: a small check, its raw output, a story."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from orchestrator.adapters.files.work_tree import FileWorkTree
from orchestrator.adapters.publishing.logstore import FolderLog
from orchestrator.core.errors import CannotAnswer
from orchestrator.core.gate.check import (
    CheckResult,
    Command,
    Completed,
    Figure,
    Finding,
    Outcome,
    Scope,
)
from orchestrator.core.gate.policy import Policy, judge
from orchestrator.core.record.record import (
    ActorData,
    DependencyData,
    DocumentData,
    FigureData,
    FileData,
    FollowUpData,
    GateData,
    ObservationData,
    PatternData,
    Record,
    RequirementData,
    RiskData,
    SubjectData,
    encode,
    entry_name,
)
from orchestrator.core.record.testimony import (
    Testimony,
    Witness,
    check_data,
    condition_data,
    testify,
)
from orchestrator.core.story.story import subject_digest, with_log_entry, with_state
from orchestrator.report.text import render_report

STORY = "AUTH-IMPLEMENT-001"
STORY_TEXT = f"""\
---
id: {STORY}
title: Log in with a token
state: DESIGNED
owner: tech-lead
---
## Brief
Callers prove who they are.
## Requirements
- AUTH-001: WHEN a user submits a valid e-mail and password THEN the system SHALL return a token
- AUTH-002: IF credentials are invalid THEN the system SHALL answer 401
"""
SOURCE = b"def login() -> str:\n    return 'token'\n"
LOCK = b"pyjwt==2.10.1\n"
POLICY = Policy.model_validate(
    {
        "schema": "story-orchestrator/policy/1",
        "levels": {
            "standard": [
                {"id": "tests-fail", "metric": "tests.failed", "op": "==", "value": 0},
                {
                    "id": "branches",
                    "metric": "coverage.branch",
                    "op": ">=",
                    "value": 80,
                    "unit": "percent",
                },
                {
                    "id": "host",
                    "metric": "host_tests.regressions",
                    "op": "==",
                    "value": 0,
                    "must": False,
                    "unmeasured": "close",
                },
            ]
        },
    }
)


@dataclass(frozen=True)
class CountingCheck:
    """A check whose raw output is `name num den` lines; it passes when nothing failed."""

    NAME: str
    run: str

    def commands(self, scope: Scope) -> tuple[Command, ...]:
        """One process that prints numbers."""
        return (Command(self.run, ("{python}", "-m", self.run), outputs=("numbers.txt",)),)

    def parse(self, scope: Scope, runs: Mapping[str, Completed]) -> CheckResult:
        """Read the numbers back."""
        lines = runs[self.run].outputs["numbers.txt"].decode().splitlines()
        figures = tuple(
            Figure(name, int(num), int(den) or None)
            for check, name, num, den in map(str.split, lines)
            if check == self.NAME
        )
        if not figures:
            return CheckResult(Outcome.NOT_CHECKED, "the host's tests cannot run here", 0, 1)
        failed = any(one.id == "failed" and one.num for one in figures)
        tests = (("tests/test_auth.py::test_login", "passed"),) if self.NAME == "tests" else ()
        words = runs[self.run].stdout.decode()
        finding = Finding("slow", "low", "src/auth/login.py", 1, words)
        if self.NAME == "traceability":
            finding = Finding("unverified", "high", "", 0, "AUTH-002: no code claims it")
        outcome = Outcome.FAILED if failed else Outcome.PASSED
        return CheckResult(outcome, "", len(figures), len(figures), figures, (finding,), tests)


CHECKS = {
    "tests": CountingCheck("tests", "pytest"),
    "coverage": CountingCheck("coverage", "pytest"),
    "traceability": CountingCheck("traceability", "pytest"),
    "host_tests": CountingCheck("host_tests", "host"),
}
NUMBERS = (
    b"tests passed 148 148\ntests failed 0 148\ncoverage branch 203 211\n"
    b"traceability verified 1 2\n"
)
SCOPE = Scope(package="auth", sources=("src/auth/login.py",), requirements=("AUTH-001", "AUTH-002"))


@dataclass
class Made:
    """A record with its evidence."""

    record: Record
    blobs: Mapping[str, bytes]

    @property
    def raw(self) -> bytes:
        """The canonical bytes."""
        return encode(self.record)

    @property
    def name(self) -> str:
        """The entry's name."""
        return entry_name(self.raw)

    @property
    def digest(self) -> str:
        """The full hash, as a parent is named."""
        return hashlib.sha256(self.raw).hexdigest()


def make(*, numbers: bytes = NUMBERS, host: bytes = b"", **changes: Any) -> Made:
    """A record of a tolerant transition; `numbers` is the raw output, `changes` overrule fields."""
    results, testimony = _measured(numbers, host)
    verdict = judge(POLICY, "standard", results, tolerant=changes.get("mode") != "strict")
    gate = GateData(
        level="standard",
        policy=testimony.policy,
        passed=verdict.passed,
        conditions=tuple(condition_data(one) for one in verdict.judged),
    )
    fields: dict[str, Any] = {
        **_plain_fields(testimony),
        "gate": gate,
        "checks": tuple(
            check_data(name, result, testimony.statements[name]) for name, result in results.items()
        ),
        **changes,
    }
    return Made(Record(**fields), testimony.blobs)


def _measured(numbers: bytes, host: bytes) -> tuple[dict[str, CheckResult], Testimony]:
    runs = {
        check.run: Completed(check.commands(SCOPE)[0], 0, b"3 warnings", b"", {"numbers.txt": raw})
        for check, raw in ((CHECKS["tests"], numbers), (CHECKS["host_tests"], host))
    }
    results = {name: check.parse(SCOPE, runs) for name, check in CHECKS.items()}
    reads = {name: (check.run,) for name, check in CHECKS.items()}
    witness = Witness("a" * 40, "b" * 64, SCOPE, POLICY, runs, reads, {"network": "off"})
    return results, testify(witness, results)


def _plain_fields(testimony: Testimony) -> dict[str, Any]:
    return {
        "schema": "story-orchestrator/record/1",
        "story": STORY,
        "lamport": 1,
        "parents": (),
        "tag": "code.implement",
        "skill": "code-development",
        "title": "Code Development",
        "mode": "tolerant",
        "actor": ActorData(role="tech-lead", name="Ada", email="ada@example.org"),
        "from_": "DESIGNED",
        "to": "IMPLEMENTED",
        "decided_at": "2026-03-01T12:00:00Z",
        "tool": {"name": "story-orchestrator", "version": "0.1.0"},
        "words": (
            f"story={STORY}",
            "skill=code-development",
            "language=python",
            'search_patterns=["authentication", "jwt"]',
        ),
        "inputs": {"language": "python", "quality_gate": "standard", "pattern": ""},
        "answers": {"prefix": "/auth", "form": False, "minutes": 15},
        "origins": {"prefix": "story", "form": "default", "minutes": "command line"},
        "subject": SubjectData(
            git_tree="a" * 40,
            manifest="b" * 64,
            story=subject_digest(STORY_TEXT.encode()),
            scope=testimony.scope,
        ),
        "patterns": (
            PatternData(
                name="jwt-auth",
                id="AUTH-001",
                version="1.0.0",
                digest="c" * 64,
                title="JWT",
                score=FigureData(id="score", num=5, den=6),
                parts=(
                    FigureData(id="text", num=2, den=3),
                    FigureData(id="language", num=1, den=1),
                ),
            ),
        ),
        "requirements": (
            RequirementData(
                id="AUTH-001", key="login.success", score=None, host_test=None, status="verified"
            ),
            RequirementData(
                id="AUTH-002", key=None, score=None, host_test=None, status="unmatched"
            ),
        ),
        "observations": (
            ObservationData(
                subject="app object `app`",
                decision="adopt",
                because="FastAPI() is made there",
                place="src/main.py:12",
            ),
        ),
        "documents": (
            DocumentData(
                title="RFC 7519",
                url="https://www.rfc-editor.org/rfc/rfc7519",
                claim="a token has an issuer",
                checked_on="2026-02-01",
                origin="pattern",
            ),
        ),
        "files": (
            FileData(
                path="src/auth/login.py",
                change="create",
                sha256=hashlib.sha256(SOURCE).hexdigest(),
                pristine="d" * 40,
            ),
            FileData(
                path="src/main.py",
                change="update",
                sha256="e" * 64,
                pristine="f" * 40,
                region=True,
            ),
        ),
        "dependencies": (
            DependencyData(manifest="pyproject.toml", requirement="pyjwt>=2.10", added=True),
        ),
        "risks": (
            RiskData(text="keys are not rotated", owner="tech-lead", mitigation="rotate by hand"),
        ),
        "follow_ups": (
            FollowUpData(action="review the token lifetime", owner="qa", due="2026-03-08"),
        ),
        "next_steps": "Review the change and run `orchestrator verify`.",
        "pins": {
            "file:uv.lock": hashlib.sha256(LOCK).hexdigest(),
            "file:.orchestrator/policy.yaml": "absent",
        },
        "evidence": testimony.names,
        "notes": ("unsigned: tamper-evident against the last anchor; author not authenticated",),
    }


@dataclass
class FakeChecks:
    """The `Checks` port on the checks of this file."""

    known: Mapping[str, Any] = field(default_factory=lambda: CHECKS)

    def load(self, name: str) -> Any:
        """A check, or a refusal as the port asks for."""
        if name not in self.known:
            raise CannotAnswer(f"nobody provides the check {name}")
        return self.known[name]


def ports_of(root: Path) -> Any:
    """Ports on real files below `root`, with the checks of this file and no git."""
    return SimpleNamespace(
        root=root,
        log=FolderLog(root),
        work_tree=FileWorkTree(root),
        checks=FakeChecks(),
        progress=SimpleNamespace(step=lambda text: None),
        repository=SimpleNamespace(head=lambda: "HEAD", read=lambda rev, path: None),
        runs=SimpleNamespace(all=lambda story: ()),
    )


def publish(root: Path, *made: Made, story: bytes = STORY_TEXT.encode()) -> Path:
    """Write records, evidence, code and the story as a transition leaves them."""
    raw = story
    for one in made:
        folder = root / ".orchestrator/log" / one.record.story
        _write(folder / f"{one.name}.json", one.raw)
        for name, stored in one.blobs.items():
            _write(root / ".orchestrator/evidence" / name[:2] / name, stored)
        raw = with_log_entry(with_state(raw, one.record.to), render_report(one.record, one.name))
    _write(root / f"stories/{STORY}.md", raw)
    _write(root / "src/auth/login.py", SOURCE)
    _write(root / "src/main.py", b"app = FastAPI()\n")
    _write(root / "uv.lock", LOCK)
    return root


def commit(root: Path) -> None:
    """Make the folder a git repository with everything committed."""
    identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
    for words in (["init", "-q"], ["add", "-A"], [*identity, "commit", "-q", "-m", "all"]):
        subprocess.run(["git", *words], cwd=root, check=True, capture_output=True)


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
