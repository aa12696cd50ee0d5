"""Verify: what was changed after the fact is named; what only moved on is said apart from it."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestrator.app.trust.verify import Problem, Verification, verify
from orchestrator.core.errors import CannotAnswer
from orchestrator.core.gate.check import CheckResult, Figure, Outcome
from orchestrator.core.gate.policy import Policy
from orchestrator.core.story.story import with_state
from orchestrator.report.text import render_report
from tests.record_factory import (
    CHECKS,
    NUMBERS,
    POLICY,
    SOURCE,
    STORY,
    STORY_TEXT,
    FakeChecks,
    Made,
    make,
    ports_of,
    publish,
)

PLACE = f"stories/{STORY}.md"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository in which one transition was recorded."""
    return publish(tmp_path, make())


def looked(root: Path, story: str | None = None) -> Verification:
    """What verify finds."""
    return verify(ports_of(root), story, render=render_report)


def one_problem(root: Path) -> Problem:
    """The only thing that verify finds."""
    (problem,) = looked(root).problems
    return problem


def log_file(root: Path) -> Path:
    """The only entry of the log."""
    (file,) = (root / ".orchestrator/log" / STORY).iterdir()
    return file


def test_what_was_recorded_holds(root: Path) -> None:
    found = looked(root)
    assert (found.code, found.problems) == (0, ())
    assert found.counts["figures"] == 4
    assert found.counts["reports"] == 1
    assert looked(root, STORY).code == 0


def test_a_longer_log_holds(tmp_path: Path) -> None:
    first = make()
    second = make(
        lamport=2, parents=(first.digest,), from_="IMPLEMENTED", to="REVIEWED", skill="code-review"
    )
    found = looked(publish(tmp_path, first, second))
    assert (found.code, found.counts["entries"]) == (0, 2)


def test_every_flipped_byte_of_log_and_evidence_is_found(root: Path) -> None:
    ports = ports_of(root)
    missed = []
    for path, at in sampled(root):
        raw = path.read_bytes()
        path.write_bytes(raw[:at] + bytes([raw[at] ^ 1 << at % 8]) + raw[at + 1 :])
        if verify(ports, None, render=render_report).code != 5:
            missed.append((path.name, at))
        path.write_bytes(raw)
    assert missed == []
    assert looked(root).code == 0


def sampled(root: Path) -> Iterator[tuple[Path, int]]:
    """Every byte of the small files, and some hundred spread over each larger one."""
    for path in sorted((root / ".orchestrator").rglob("*")):
        if path.is_file():
            size = path.stat().st_size
            step = 1 if size <= 120 else max(1, size // 50)
            yield from ((path, at) for at in range(0, size, step))


def test_a_flipped_byte_in_the_report_is_found_wherever_it_is(root: Path) -> None:
    story = root / PLACE
    raw = story.read_bytes()
    start = raw.index(b"[TRANSITION|")
    end = raw.index(b"\n```", start)
    for at in range(start, end, 17):
        flip = 0x20 if chr(raw[at]).isalpha() else 1
        if raw[at] == 0x0A:
            continue
        story.write_bytes(raw[:at] + bytes([raw[at] ^ flip]) + raw[at + 1 :])
        found = looked(root)
        assert found.code == 5, at
        assert {problem.path for problem in found.problems} == {PLACE}


def test_a_flipped_byte_is_named_with_the_entry_that_it_spoils(root: Path) -> None:
    made = make()
    blob = root / ".orchestrator/evidence" / made.record.checks[0].statement[:2]
    (file,) = [one for one in blob.iterdir() if one.name == made.record.checks[0].statement]
    file.write_bytes(file.read_bytes()[:-1] + b"x")
    problems = looked(root).problems
    assert problems[0].path == file.relative_to(root).as_posix()
    assert problems[0].since == f"{made.name} (2026-03-01T12:00:00Z)"


def forged(made: Made, **changes: object) -> Made:
    """The same evidence under a record that says something else."""
    return Made(made.record.model_copy(update=changes), made.blobs)


def lying_check(made: Made) -> Made:
    checks = tuple(
        one.model_copy(
            update={"figures": tuple(f.model_copy(update={"num": 99}) for f in one.figures)}
        )
        for one in made.record.checks
    )
    return forged(made, checks=checks)


def kinder_requirements(made: Made) -> Made:
    requirements = tuple(
        one.model_copy(update={"status": "verified"}) for one in made.record.requirements
    )
    return forged(made, requirements=requirements)


def opened_gate(made: Made) -> Made:
    assert made.record.gate is not None
    return forged(made, gate=made.record.gate.model_copy(update={"passed": True}))


def loosened_conditions(made: Made) -> Made:
    gate = made.record.gate
    assert gate is not None
    passed = tuple(one.model_copy(update={"outcome": "passed"}) for one in gate.conditions)
    return forged(made, gate=gate.model_copy(update={"conditions": passed, "passed": True}))


BAD = make(numbers=b"tests failed 24 111\ncoverage branch 45 100\n")
GOOD = make()


@pytest.mark.parametrize(
    ("made", "what"),
    [
        (lying_check(GOOD), "is recorded as 99/"),
        (kinder_requirements(GOOD), "AUTH-002: recorded as verified, its evidence says not"),
        (opened_gate(BAD), "gate: recorded as open, judged closed"),
        (loosened_conditions(BAD), "condition tests-fail is failed by the policy"),
        (forged(BAD), "moved although the gate is closed"),
        (forged(GOOD, gate=None), "no gate judged them"),
        (forged(GOOD, evidence=GOOD.record.evidence[1:]), "is used and not listed"),
        (forged(GOOD, evidence=(*GOOD.record.evidence, "0" * 64)), "is missing"),
        (
            forged(GOOD, subject=GOOD.record.subject.model_copy(update={"git_tree": "f" * 40})),
            "about another tree",
        ),
        (
            forged(GOOD, subject=GOOD.record.subject.model_copy(update={"scope": None})),
            "no scope says what was ours",
        ),
        (
            forged(GOOD, checks=(GOOD.record.checks[1], GOOD.record.checks[1])),
            "condition tests-fail is not_checked by the policy",
        ),
        (forged(GOOD, checks=()), "condition tests-fail is not_checked"),
    ],
)
def test_a_record_that_its_own_evidence_contradicts_is_forged(
    tmp_path: Path, made: Made, what: str
) -> None:
    found = looked(publish(tmp_path, made))
    assert found.code == 5
    assert any(what in problem.what for problem in found.problems), found.problems


def test_a_statement_of_another_check_does_not_stand_for_this_one(tmp_path: Path) -> None:
    tests, coverage, *others = GOOD.record.checks
    swapped = tests.model_copy(update={"statement": coverage.statement})
    found = looked(publish(tmp_path, forged(GOOD, checks=(swapped, coverage, *others))))
    assert any("its statement is about coverage" in one.what for one in found.problems)


def test_a_parse_that_cannot_read_the_raw_output_is_a_contradiction(root: Path) -> None:
    class Choking:
        NAME = "tests"

        def parse(self, scope: object, runs: object) -> CheckResult:
            raise KeyError("junit.xml")

    ports = ports_of(root)
    ports.checks = FakeChecks({**CHECKS, "tests": Choking()})
    found = verify(ports, None, render=render_report)
    assert any("raw output cannot be read" in one.what for one in found.problems)


def test_a_check_that_concludes_something_else_today_is_a_contradiction(root: Path) -> None:
    class Other:
        NAME = "tests"

        def parse(self, scope: object, runs: object) -> CheckResult:
            return CheckResult(Outcome.PASSED, "", 1, 1, (Figure("failed", 0, 1),))

    ports = ports_of(root)
    ports.checks = FakeChecks({**CHECKS, "tests": Other()})
    found = verify(ports, None, render=render_report)
    assert any("failed is recorded as 0/148" in one.what for one in found.problems)


def test_a_contradiction_says_when_another_version_recorded_it(tmp_path: Path) -> None:
    old = forged(lying_check(GOOD), tool={"name": "story-orchestrator", "version": "0.0.1"})
    found = looked(publish(tmp_path, old))
    assert any("(recorded by version 0.0.1, this is" in one.what for one in found.problems)
    assert found.code == 5


def test_a_check_that_nobody_provides_leaves_the_question_open(root: Path) -> None:
    ports = ports_of(root)
    ports.checks = FakeChecks({})
    with pytest.raises(CannotAnswer, match="nobody provides"):
        verify(ports, None, render=render_report)


def test_a_check_that_nobody_provides_hides_no_forgery(root: Path) -> None:
    ports = ports_of(root)
    ports.checks = FakeChecks({})
    log_file(root).write_bytes(b"{}")
    assert verify(ports, None, render=render_report).code == 5


def test_a_looser_policy_does_not_stand_for_the_one_that_was_applied(tmp_path: Path) -> None:
    loose = Policy.model_validate(
        {"schema": POLICY.schema_, "levels": {"standard": [POLICY.levels["standard"][2]]}}
    )
    assert loose != POLICY
    changed = dataclasses.replace(GOOD)
    gate = GOOD.record.gate
    assert gate is not None
    changed = forged(GOOD, gate=gate.model_copy(update={"policy": GOOD.record.checks[0].statement}))
    found = looked(publish(tmp_path, changed))
    assert any("not a policy" in one.what for one in found.problems)


@pytest.mark.parametrize("which", ["log", "evidence"])
def test_a_deleted_file_is_missed(root: Path, which: str) -> None:
    if which == "log":
        log_file(root).unlink()
    else:
        next((root / ".orchestrator/evidence").rglob("*/*")).unlink()
    found = looked(root)
    assert found.code == 5


def test_a_deleted_log_is_missed_because_the_story_quotes_it(root: Path) -> None:
    shutil.rmtree(root / ".orchestrator")
    assert one_problem(root).what == "it quotes a record, but there is no log of this story"
    assert looked(root, STORY).code == 5


def test_a_dropped_last_entry_leaves_traces(tmp_path: Path) -> None:
    first = make()
    second = make(
        numbers=NUMBERS + b"tests extra 1 2\n",
        lamport=2,
        parents=(first.digest,),
        from_="IMPLEMENTED",
        to="REVIEWED",
    )
    root = publish(tmp_path, first, second)
    (root / ".orchestrator/log" / STORY / f"{second.name}.json").unlink()
    found = [problem.what for problem in looked(root).problems]
    assert any("no record lists it" in what for what in found)
    assert any("its log ends in IMPLEMENTED" in what for what in found)
    assert any("no record says what its log says" in what for what in found)


def test_added_evidence_is_named(root: Path) -> None:
    name = "0" * 64
    folder = root / ".orchestrator/evidence/00"
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(b"x")
    assert "hash" in one_problem(root).what


@pytest.mark.parametrize("name", [".orchestrator/log/x.txt", ".orchestrator/evidence/notes"])
def test_a_stray_file_is_named(root: Path, name: str) -> None:
    (root / name).write_text("x")
    problem = one_problem(root)
    assert (problem.kind, problem.path, problem.what) == ("forged", name, "does not belong there")


def test_a_renamed_entry_is_named(root: Path) -> None:
    file = log_file(root)
    file.rename(file.with_name("000001-0000000000000000.json"))
    assert "its content is named" in one_problem(root).what


def test_an_entry_of_another_story_is_named(root: Path) -> None:
    other = root / ".orchestrator/log/OTHER-1"
    other.mkdir()
    shutil.copy(log_file(root), other)
    found = looked(root)
    assert any("belongs to the story" in problem.what for problem in found.problems)


def test_a_symbolic_link_is_no_evidence(root: Path, tmp_path: Path) -> None:
    file = log_file(root)
    aside = tmp_path / "aside.json"
    file.rename(aside)
    file.symlink_to(aside)
    found = looked(root)
    assert found.code == 5
    assert any(problem.what == "is a symbolic link" for problem in found.problems)


def test_a_state_that_the_log_does_not_support_is_named(root: Path) -> None:
    story = root / PLACE
    story.write_bytes(with_state(story.read_bytes(), "VERIFIED"))
    problem = one_problem(root)
    assert problem.kind == "forged"
    assert problem.what == "its front matter says VERIFIED, its log ends in IMPLEMENTED"


def test_a_report_that_nobody_recorded_is_named(root: Path) -> None:
    story = root / PLACE
    extra = "\n```text\n[TRANSITION|quality-assurance] by qa\nTO_STATE: VERIFIED\n```\n"
    story.write_text(story.read_text() + extra)
    assert "no record says what its log says: [TRANSITION|quality" in one_problem(root).what


def test_reports_from_before_the_log_began_are_history(tmp_path: Path) -> None:
    old = STORY_TEXT + "## Lifecycle Log\n\n[TRANSITION|design] by architect\nMODE: strict\n"
    assert looked(publish(tmp_path, make(), story=old.encode())).code == 0


def test_a_missing_report_and_a_missing_story_are_named(root: Path) -> None:
    story = root / PLACE
    text = story.read_text()
    story.write_text(text[: text.index("## Lifecycle Log")])
    assert "is missing or was changed" in one_problem(root).what
    story.unlink()
    assert "the story is gone" in one_problem(root).what


def test_a_story_with_other_line_ends_is_the_same_story(root: Path) -> None:
    story = root / PLACE
    story.write_bytes(story.read_bytes().replace(b"\n", b"\r\n"))
    assert all(problem.kind == "stale" for problem in looked(root).problems)


def test_a_story_that_cannot_be_read_is_named(root: Path) -> None:
    (root / PLACE).write_text("no front matter")
    assert "cannot be read" in one_problem(root).what


@pytest.mark.parametrize(
    ("path", "content", "what"),
    [
        ("src/auth/login.py", SOURCE + b"# edited\n", "has changed since it was measured"),
        ("src/auth/login.py", None, "is gone"),
        ("uv.lock", b"pyjwt==2.0\n", "has changed since it was measured"),
        (".orchestrator/policy.yaml", b"levels: {}\n", "was absent when the gate ran"),
    ],
)
def test_a_file_that_moved_on_is_stale_and_not_forged(
    root: Path, path: str, content: bytes | None, what: str
) -> None:
    if content is None:
        (root / path).unlink()
    else:
        (root / path).write_bytes(content)
    found = looked(root)
    assert found.code == 1
    (problem,) = found.problems
    assert (problem.kind, problem.path) == ("stale", path)
    assert what in problem.what


def test_a_changed_requirement_is_stale(root: Path) -> None:
    story = root / PLACE
    story.write_text(story.read_text().replace("answer 401", "answer 403"))
    assert (one_problem(root).kind, one_problem(root).path) == ("stale", PLACE)
    assert looked(root).code == 1


def test_a_host_file_that_we_only_edited_may_change(root: Path) -> None:
    (root / "src/main.py").write_text("app = FastAPI(title='x')\n")
    assert looked(root).code == 0


def test_a_later_entry_that_knows_the_file_makes_it_fresh_again(tmp_path: Path) -> None:
    first = make()
    edited = SOURCE + b"# upgraded\n"
    files = tuple(
        one.model_copy(update={"sha256": _sha256(edited)}) for one in first.record.files[:1]
    )
    second = make(
        lamport=2, parents=(first.digest,), from_="IMPLEMENTED", to="IMPLEMENTED", files=files
    )
    root = publish(tmp_path, first, second)
    (root / "src/auth/login.py").write_bytes(edited)
    assert looked(root).code == 0
    (root / "src/auth/login.py").write_bytes(SOURCE)
    assert looked(root).code == 1


def test_two_heads_that_both_move_are_a_conflict_with_code_5(tmp_path: Path) -> None:
    first = make()
    left, right = (
        make(lamport=2, parents=(first.digest,), from_="IMPLEMENTED", to=to)
        for to in ("REVIEWED", "DESIGNED")
    )
    found = looked(publish(tmp_path, first, left, right))
    assert found.code == 5
    assert [problem.kind for problem in found.problems] == ["conflict"]


def test_forged_and_stale_together_are_forged(root: Path) -> None:
    (root / "uv.lock").unlink()
    log_file(root).write_bytes(b"{}")
    assert looked(root).code == 5


def test_without_any_log_there_is_nothing_to_verify(tmp_path: Path) -> None:
    publish(tmp_path)
    found = looked(tmp_path)
    assert (found.code, found.stories) == (0, ())
    with pytest.raises(CannotAnswer, match="nothing to verify"):
        looked(tmp_path, STORY)


def _sha256(content: bytes) -> str:
    from hashlib import sha256

    return sha256(content).hexdigest()
