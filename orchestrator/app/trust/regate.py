"""Measure a story's committed result again; of what is committed only the file list is believed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any

from orchestrator.app.measuring.gate import GateRun, Wanted, run_gate, sites
from orchestrator.app.measuring.serving import served
from orchestrator.app.situation import rules
from orchestrator.app.situation.situate import survey_commit
from orchestrator.core.errors import CannotAnswer, UsageProblem
from orchestrator.core.gate.check import CheckResult, Scope
from orchestrator.core.gate.policy import Policy
from orchestrator.core.record.chain import Entry, replay, sound
from orchestrator.core.record.installed import LEFT, installed
from orchestrator.core.record.record import Record
from orchestrator.core.story.story import Story, parse_story
from orchestrator.ports.every import Ports


@dataclass(frozen=True)
class Regated:
    """A fresh gate run over HEAD; `differs` says in sentences where the record tells otherwise."""

    story: str
    level: str
    head: str
    record: str
    scope: Scope
    run: GateRun
    differs: tuple[str, ...]


def regate(ports: Ports, story: str, level: str | None = None) -> Regated:
    """Measure HEAD for a story, at the level of its record or another.

    The policy is the target branch's or the bundled one, the requirements are the story's at HEAD,
    the files are those that the record lists and whatever Python lies beside them. The host's
    tests are compared with the commit before. Raises CannotAnswer, and IntegrityBroken when the
    log does not hold together.
    """
    repository = ports.repository
    head = repository.head()
    settings = rules.settings(ports, head)
    entry = newest_transition(ports, story)
    told = _read_story(ports, head, f"{settings.stories}/{story}.md", story)
    policy = rules.policy(ports, head, settings)
    wanted = _level(policy, level, entry.record)
    tracked = repository.tracked(head)
    host = survey_commit(ports, head)
    command = settings.host_tests or host.test_command
    scope, odd = scope_at(entry.record, tracked, told, command)
    if entry.record.patterns:
        main = entry.record.patterns[-1].name
        scope = replace(scope, served=served(main, host, entry.record.answers))
    base = repository.before(head)
    if base is None:
        raise CannotAnswer(
            "the commit before this one is not in this clone, so regressions cannot be seen",
            remedy="fetch the history (`git fetch --unshallow`, or `fetch-depth: 0` in CI)",
        )
    wanted_by = Wanted(host.manifest, host.manifest, _added(entry.record))
    with sites(ports, head, (), wanted_by, base=base) as places:
        run = run_gate(ports, policy, wanted, scope, places)
    differs = (*odd, *_other_figures(entry.record, run.results))
    return Regated(story, wanted, head, entry.name, scope, run, differs)


def scope_at(
    record: Record, tracked: Mapping[str, str], story: Story, host_tests: tuple[str, ...]
) -> tuple[Scope, tuple[str, ...]]:
    """What is ours at a commit, and what about it is not as recorded.

    A listed file that is gone is left out and told; Python files beside ours that the record does
    not list are measured with them and told.
    """
    listed = {file.path for file in record.files if file.change not in (*LEFT, "drop")}
    written = {file.path for file in record.files if not file.region} & listed
    there = {path for path in listed if path in tracked}
    folders = {str(PurePosixPath(path).parent) for path in written if path.endswith(".py")} - {"."}
    beside = {path for path in tracked if path.endswith(".py") and _in(path, folders)} - listed
    tests = _tests_folder(record)
    ours = sorted(((written & there) | beside) & {path for path in tracked if path[-3:] == ".py"})
    told = (
        *(f"{path} is recorded and not in the tree" for path in sorted(listed - there)),
        *(f"{path} lies beside our files and is not recorded" for path in sorted(beside)),
        *_other_requirements(record, story),
    )
    scope = Scope(
        package=str(record.answers.get("package_import", "")),
        sources=tuple(path for path in ours if not _is_test(path, tests)),
        tests=tuple(path for path in ours if _is_test(path, tests)),
        changed=tuple(sorted(there | beside)),
        requirements=tuple(one.id for one in story.requirements),
        host_tests=host_tests,
        verified_by=tuple(sorted(story.verified_by.items())),
    )
    return scope, told


def _in(path: str, folders: set[str]) -> bool:
    return any(path.startswith(f"{folder}/") for folder in folders)


def _tests_folder(record: Record) -> str:
    return str(record.answers.get("tests_path", ""))


def _is_test(path: str, folder: str) -> bool:
    if folder:
        return path.startswith(f"{folder}/")
    name = PurePosixPath(path).name
    return name.startswith("test_") or name == "conftest.py"


def _other_requirements(record: Record, story: Story) -> Iterator[str]:
    recorded = {one.id for one in record.requirements}
    now = {one.id for one in story.requirements}
    for one in sorted(now - recorded):
        yield f"the story has {one}, which the record does not know"
    for one in sorted(recorded - now):
        yield f"the record knows {one}, which the story no longer has"


def newest_transition(ports: Ports, story: str) -> Entry:
    """The newest transition of a story that went through a gate."""
    history = sound(replay(story, ports.log.entries(story)))
    gated = [one for one in history.entries if one.record.kind == "transition" and one.record.gate]
    if not gated:
        raise CannotAnswer(
            f"no transition of {story} is recorded here",
            remedy=f"`orchestrator log {story}` shows what is recorded",
        )
    if installed(history) is None:
        raise CannotAnswer(
            f"{gated[-1].name} took the code of {story} out, so there is nothing to measure",
            remedy="implement the story again first",
        )
    return gated[-1]


def _read_story(ports: Ports, head: str, path: str, story: str) -> Story:
    file = ports.repository.read(head, path)
    if file is None:
        raise CannotAnswer(
            f"{path} is not committed", remedy=f"commit the story {story}, then run again"
        )
    return parse_story(path, file.content)


def _level(policy: Policy, level: str | None, record: Record) -> str:
    wanted = level or (record.gate.level if record.gate else "")
    if wanted not in policy.levels:
        names = ", ".join(policy.levels)
        raise UsageProblem(f"the policy has no level `{wanted}`", remedy=f"use one of: {names}")
    return wanted


def _added(record: Record) -> tuple[str, ...]:
    return tuple(one.requirement for one in record.dependencies)


def _other_figures(record: Record, results: Mapping[str, CheckResult]) -> Iterator[str]:
    for check in record.checks:
        result = results.get(check.name)
        if result is None:
            continue
        if result.outcome.value != check.outcome:
            yield f"{check.name}: recorded {check.outcome}, now {result.outcome.value}"
        now = {one.id: (one.num, one.den) for one in result.figures}
        for figure in check.figures:
            if figure.id in now and now[figure.id] != (figure.num, figure.den):
                was, is_ = _shown((figure.num, figure.den)), _shown(now[figure.id])
                yield f"{check.name}.{figure.id}: recorded {was}, now {is_}"


def _shown(figure: tuple[int, Any]) -> str:
    return str(figure[0]) if figure[1] is None else f"{figure[0]}/{figure[1]}"
