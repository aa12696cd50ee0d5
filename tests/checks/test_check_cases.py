"""Every check against stored output: what it must find, and that it never passes on less."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from gate_trees import bundled_policy

from orchestrator.adapters.checks import InstalledChecks
from orchestrator.core.gate.check import CheckResult, Command, Completed, Outcome, Scope, Served

CASES = Path(__file__).parent / "cases"
CHECKS = sorted(bundled_policy().checks("comprehensive"))
FILES = sorted(CASES.glob("*/*.json"))
NOT_PASSED = {Outcome.FAILED, Outcome.ERRORED, Outcome.NOT_CHECKED}


def read_case(path: Path) -> tuple[Scope, dict[str, Completed], dict[str, Any]]:
    case = json.loads(path.read_text(encoding="utf-8"))
    fields = {name: _tuples(value) for name, value in case["scope"].items() if name != "served"}
    if "served" in case["scope"]:
        served = case["scope"]["served"]
        fields["served"] = Served(**{name: _tuples(value) for name, value in served.items()})
    runs = {name: _completed(name, run) for name, run in case["runs"].items()}
    return Scope(**fields), runs, case["expect"]


def _tuples(value: Any) -> Any:
    return tuple(_tuples(one) for one in value) if isinstance(value, list) else value


def _completed(name: str, run: dict[str, Any]) -> Completed:
    return Completed(
        command=Command(name, (), files=tuple(run.get("files", {}).items())),
        exit_code=run["exit"],
        stdout=run.get("stdout", "").encode(),
        stderr=run.get("stderr", "").encode(),
        outputs={key: text.encode() for key, text in run.get("outputs", {}).items()},
        trouble=run.get("trouble", ""),
    )


def parse(check: str, scope: Scope, runs: dict[str, Completed]) -> CheckResult:
    return InstalledChecks().load(check).parse(scope, runs)


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_check_concludes_what_its_case_says(path: Path) -> None:
    scope, runs, expect = read_case(path)
    result = parse(path.parent.name, scope, runs)
    figures = {f.id: f.num if f.den is None else [f.num, f.den] for f in result.figures}
    assert result.outcome.value == expect["outcome"], result.reason
    assert (result.examined, result.expected) == (expect["examined"], expect["expected"])
    assert figures == expect["figures"]
    assert sorted({one.rule for one in result.findings}) == expect["findings"]
    assert expect.get("reason", result.reason) == result.reason


@pytest.mark.parametrize("check", CHECKS)
def test_every_check_has_a_passing_a_failing_and_an_erring_case(check: str) -> None:
    outcomes = {read_case(path)[2]["outcome"] for path in CASES.glob(f"{check}/*.json")}
    assert {"passed", "failed", "errored"} <= outcomes


def test_there_is_no_case_without_a_check() -> None:
    assert {path.parent.name for path in FILES} == set(CHECKS)


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_pass_has_examined_all_that_was_expected(path: Path) -> None:
    scope, runs, _ = read_case(path)
    result = parse(path.parent.name, scope, runs)
    assert result.outcome is not Outcome.PASSED or result.examined == result.expected > 0


@pytest.mark.parametrize("check", CHECKS)
def test_the_commands_of_a_check_depend_on_the_scope_alone(check: str) -> None:
    scope, _, _ = read_case(CASES / check / "clean.json")
    loaded = InstalledChecks().load(check)
    assert loaded.commands(scope) == loaded.commands(replace(scope))
    assert loaded.commands(scope)


def test_each_test_of_a_run_is_named_with_its_end() -> None:
    scope, runs, _ = read_case(CASES / "tests" / "findings.json")
    assert parse("tests", scope, runs).tests == (
        ("tests/shop/test_cart.py::test_later", "warned"),
        ("tests/shop/test_cart.py::test_prices_are_added", "failed"),
    )


def spoiled() -> Iterator[tuple[str, str, str]]:
    for check in CHECKS:
        _, runs, _ = read_case(CASES / check / "clean.json")
        for name in runs:
            for way in ("absent", "killed", "emptied", "half", "garbled", "exit 9"):
                yield check, name, way


def spoil(run: Completed, way: str) -> Completed | None:
    match way:
        case "absent":
            return None
        case "killed":
            return replace(run, exit_code=None, trouble="did not end within 1 seconds")
        case "exit 9":
            return replace(run, exit_code=9)
        case "emptied":
            return _rewritten(run, lambda _: b"")
        case "half":
            return _rewritten(run, lambda content: content[: len(content) // 2])
    return _rewritten(run, lambda content: b"\x00\xff{" + content)


def _rewritten(run: Completed, change: Any) -> Completed:
    """What the check reads of a run: its files when it has any, else its stdout."""
    if run.outputs:
        return replace(run, outputs={name: change(text) for name, text in run.outputs.items()})
    return replace(run, stdout=change(run.stdout))


@pytest.mark.parametrize(("check", "name", "way"), list(spoiled()))
def test_spoiled_output_never_passes(check: str, name: str, way: str) -> None:
    scope, runs, _ = read_case(CASES / check / "clean.json")
    run = spoil(runs[name], way)
    rest = {key: value for key, value in runs.items() if key != name}
    result = parse(check, scope, rest if run is None else {**rest, name: run})
    assert result.outcome in NOT_PASSED, result.reason


@pytest.mark.parametrize("check", CHECKS)
def test_the_same_output_unspoiled_passes(check: str) -> None:
    scope, runs, _ = read_case(CASES / check / "clean.json")
    assert parse(check, scope, runs).outcome is Outcome.PASSED


@pytest.mark.parametrize("check", sorted(set(CHECKS) - {"host_tests", "traceability"}))
def test_a_scope_without_files_never_passes(check: str) -> None:
    assert parse(check, Scope(), {}).outcome in NOT_PASSED
