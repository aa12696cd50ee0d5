"""Planted frauds, measured with real processes: each must be refused; the honest twin passes."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest
from gate_trees import CART, HOST, OURS, TEST_CART, measure, scope_of

from orchestrator.core.gate.check import Outcome
from orchestrator.report.gate import gate_text

pytestmark = pytest.mark.slow

CONFTEST = "tests/shop/conftest.py"
TESTS = "tests/shop/test_cart.py"
FAILING = "\n\ndef test_wrong() -> None:\n    assert total([1]) == 2\n"
BROKEN = {**OURS, TESTS: TEST_CART + FAILING}

FORGER = """
import pytest


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    report = outcome.get_result()
    report.outcome = "passed"
    report.longrepr = None
"""
QUIET_EXIT = """
def pytest_sessionfinish(session):
    session.exitstatus = 0
"""
LAST_WORD = """
import os


def pytest_unconfigure():
    os._exit(0)
"""
SWALLOWER = """
import pytest


@pytest.hookimpl(hookwrapper=True)
def pytest_pyfunc_call():
    outcome = yield
    outcome.force_result(True)
"""
DESELECTOR = """
def pytest_collection_modifyitems(items):
    items[:] = [item for item in items if "wrong" not in item.name]
"""
EMPTIER = """
def pytest_collection_modifyitems(items):
    items.clear()
"""


def test_honest_work_opens_the_gate(tmp_path: Path) -> None:
    run = measure(tmp_path)
    assert run.verdict.passed, gate_text("honest", run.results, run.verdict)
    assert len(run.order) == len(set(run.order))


def test_without_namespaces_the_gate_says_the_same(tmp_path: Path) -> None:
    run = measure(tmp_path, checks=("tests", "canary", "secrets"), confined=False)
    assert run.verdict.passed, gate_text("honest", run.results, run.verdict)
    assert not any(one.network_off for one in run.runs.values())


@pytest.mark.parametrize(
    "forgery",
    [FORGER, QUIET_EXIT, LAST_WORD, SWALLOWER],
    ids=["reports", "exit status", "last word", "calls"],
)
def test_a_conftest_that_hides_failures_closes_the_gate(tmp_path: Path, forgery: str) -> None:
    run = measure(tmp_path, {**BROKEN, CONFTEST: forgery}, checks=("tests", "canary"))
    assert not run.verdict.passed
    assert run.results["canary"].outcome in (Outcome.FAILED, Outcome.ERRORED)


def test_a_conftest_that_drops_every_test_closes_the_gate(tmp_path: Path) -> None:
    run = measure(tmp_path, {**OURS, CONFTEST: EMPTIER}, checks=("tests", "canary"))
    assert run.results["tests"].outcome is Outcome.FAILED
    assert not run.verdict.passed


def test_a_conftest_that_drops_the_failing_test_is_seen_by_its_silence(tmp_path: Path) -> None:
    files = {**OURS, "tests/shop/test_more.py": FAILING.strip(), CONFTEST: DESELECTOR}
    run = measure(tmp_path, files, checks=("tests",))
    assert run.results["tests"].outcome is Outcome.ERRORED
    assert "test_more.py" in run.results["tests"].reason


SUITES: Mapping[str, str] = {
    "all skipped": 'import pytest\n\npytestmark = pytest.mark.skip(reason="no")\n' + FAILING,
    "all expected to fail": "import pytest\n\npytestmark = pytest.mark.xfail\n" + FAILING,
    "no test": '"""Nothing."""\n',
    "empty file": "",
    "ends the process with 0": "import os\n\n\ndef test_it() -> None:\n    os._exit(0)\n",
    "leaves on import": "import os\n\nos._exit(0)\n",
    "kills its parent": "import os\n\n\ndef test_it() -> None:\n    os.kill(os.getppid(), 9)\n"
    "    assert False\n",
    "raises SystemExit": "def test_it() -> None:\n    raise SystemExit(0)\n",
    "cannot be imported": "import nowhere\n",
    "fails": TEST_CART + FAILING,
}


@pytest.mark.parametrize("suite", sorted(SUITES))
def test_a_suite_that_verifies_nothing_closes_the_gate(tmp_path: Path, suite: str) -> None:
    run = measure(tmp_path, {**OURS, TESTS: SUITES[suite]}, checks=("tests",))
    assert run.results["tests"].outcome in (Outcome.FAILED, Outcome.ERRORED)
    assert not run.verdict.passed


HOSTILE_CONFIGURATION: Mapping[str, str] = {
    "pytest.ini": "[pytest]\naddopts = -k nothing_at_all --collect-only\npython_files = none.py\n",
    "setup.cfg": "[tool:pytest]\naddopts = --collect-only\n[mypy]\nignore_errors = True\n",
    "tox.ini": "[pytest]\naddopts = -k nothing\n",
    "mypy.ini": "[mypy]\nignore_errors = True\n",
    ".coveragerc": "[run]\nomit = *\n[report]\nexclude_also = .*\n",
    "ruff.toml": 'exclude = ["*"]\n[lint]\nselect = []\n',
    ".bandit": "[bandit]\nskips = B102,B307\n",
    "pyproject.toml": '[tool.ruff]\nexclude = ["*"]\n[tool.ruff.lint]\nselect = []\n'
    '[tool.mypy]\nignore_errors = true\n[tool.coverage.run]\nomit = ["*"]\n'
    '[tool.bandit]\nskips = ["B307"]\n[tool.pytest.ini_options]\naddopts = "-k nothing"\n',
    "sitecustomize.py": "import os\nos._exit(0)\n",
    "usercustomize.py": "import os\nos._exit(0)\n",
    "junit.xml": '<testsuites><testsuite tests="99" failures="0"/></testsuites>',
    "out/junit.xml": '<testsuites><testsuite tests="99" failures="0"/></testsuites>',
    ".coverage": "forged",
}
FAULTY = CART + "\n\ndef never(x):\n    import json, os\n    return eval(x)\n"


def test_hostile_configuration_hides_nothing(tmp_path: Path) -> None:
    names = ("tests", "coverage", "lint", "types", "security_lint")
    faulty = {**OURS, "shop/cart.py": FAULTY}
    plain = measure(tmp_path / "plain", faulty, checks=names)
    hidden = measure(tmp_path / "hidden", faulty, extra=HOSTILE_CONFIGURATION, checks=names)
    for name in names:
        assert hidden.results[name] == plain.results[name]
    assert plain.results["lint"].outcome is Outcome.FAILED
    assert plain.results["types"].outcome is Outcome.FAILED
    assert plain.results["security_lint"].outcome is Outcome.FAILED
    lines = next(one for one in plain.results["coverage"].figures if one.id == "line")
    assert lines.den is not None
    assert lines.num < lines.den


IMPOSTOR = "import os\nos._exit(0)\n"


@pytest.mark.parametrize(
    "name", ["pytest.py", "json.py", "coverage.py", "pytest_randomly.py", "orchestrator_probe.py"]
)
def test_a_module_of_the_tree_cannot_stand_in_for_a_tool(tmp_path: Path, name: str) -> None:
    run = measure(tmp_path, BROKEN, extra={name: IMPOSTOR}, checks=("tests",))
    assert run.results["tests"].outcome in (Outcome.FAILED, Outcome.ERRORED)


def test_five_hundred_noqa_hide_nothing(tmp_path: Path) -> None:
    text = '"""Silent."""\n' + "import os  # noqa\n" * 500
    run = measure(tmp_path, {**OURS, "shop/silent.py": text}, checks=("lint", "census"))
    figures = {one.id: one.num for one in run.results["lint"].figures}
    assert figures["findings"] >= 500
    assert figures["hidden"] >= 500
    counted = {one.id: one.num for one in run.results["census"].figures}
    assert counted["suppressions"] == 500


def test_no_cover_hides_no_line(tmp_path: Path) -> None:
    text = CART + "\n\ndef never() -> int:  # pragma: no cover\n    return 1\n"
    run = measure(tmp_path, {**OURS, "shop/cart.py": text}, checks=("coverage",))
    line = next(one for one in run.results["coverage"].figures if one.id == "line")
    assert line.num == line.den - 1 if line.den else False


def test_a_source_that_no_test_imports_counts_as_not_covered(tmp_path: Path) -> None:
    files = {**OURS, "shop/idle.py": '"""Idle."""\n\nA = 1\nB = 2\n'}
    run = measure(tmp_path, files, checks=("coverage",))
    assert [one.path for one in run.results["coverage"].findings] == ["shop/idle.py"]


def test_tests_that_depend_on_each_other_are_named(tmp_path: Path) -> None:
    suite = (
        "SEEN: list[int] = []\n\n\n"
        "def test_first() -> None:\n    SEEN.append(1)\n\n\n"
        "def test_second() -> None:\n    assert not SEEN\n"
    )
    run = measure(tmp_path, {**OURS, TESTS: suite}, checks=("order",))
    assert run.results["order"].outcome is Outcome.FAILED
    assert "test_second" in run.results["order"].findings[0].message


VANDAL = (
    "from pathlib import Path\n\n\ndef test_it() -> None:\n"
    "    for path in Path.cwd().rglob('*.py'):\n        path.write_text('')\n"
    "    Path('left.txt').write_text('here')\n"
)


def test_a_test_cannot_change_what_other_checks_see(tmp_path: Path) -> None:
    run = measure(tmp_path, {**OURS, TESTS: VANDAL}, checks=("tests", "order"))
    if not run.runs["tests"].network_off:
        pytest.skip("this system has no namespaces; the tree is shared")
    assert (tmp_path / "candidate/shop/cart.py").read_text(encoding="utf-8") == CART
    assert not (tmp_path / "candidate/left.txt").exists()
    assert run.results["tests"].outcome is Outcome.PASSED


OUTWARD = (
    "import socket\n\n\ndef test_it() -> None:\n"
    "    socket.create_connection(('192.0.2.1', 80), timeout=5)\n"
)
INWARD = (
    "import socket\n\n\ndef test_it() -> None:\n    with socket.socket() as server:\n"
    "        server.bind(('127.0.0.1', 0))\n        server.listen()\n"
    "        socket.create_connection(server.getsockname(), timeout=5).close()\n"
)


def test_tests_reach_the_loopback_and_no_network(tmp_path: Path) -> None:
    outward = measure(tmp_path / "out", {**OURS, TESTS: OUTWARD}, checks=("tests",))
    if not outward.runs["tests"].network_off:
        pytest.skip("this system has no namespaces; the network stays on")
    inward = measure(tmp_path / "in", {**OURS, TESTS: INWARD}, checks=("tests",))
    assert "unreachable" in outward.results["tests"].findings[0].message
    assert inward.results["tests"].outcome is Outcome.PASSED


def test_a_secret_of_the_caller_is_not_in_the_environment_of_tests(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEPLOY_TOKEN", "of the caller")
    monkeypatch.setenv("PYTEST_ADDOPTS", "-k nothing")
    monkeypatch.setenv("PYTHONPATH", os.fspath(tmp_path))
    suite = 'import os\n\n\ndef test_it() -> None:\n    assert "DEPLOY_TOKEN" not in os.environ\n'
    run = measure(tmp_path, {**OURS, TESTS: suite}, checks=("tests",))
    assert run.results["tests"].outcome is Outcome.PASSED


def test_an_answer_for_the_terminal_carries_no_escape_sequence(tmp_path: Path) -> None:
    suite = 'def test_it() -> None:\n    raise ValueError("\\x1b[2J\\n::error::x")\n'
    run = measure(tmp_path, {**OURS, TESTS: suite}, checks=("tests",))
    assert "\x1b" not in gate_text("hostile", run.results, run.verdict)


def test_a_host_test_that_breaks_is_a_regression_and_a_known_failure_is_none(
    tmp_path: Path,
) -> None:
    host = {**HOST, "tests/test_old.py": "def test_old():\n    assert False\n"}
    broken = measure(
        tmp_path / "broken", host=host, extra={"app.py": "ANSWER = 41\n"}, checks=("host_tests",)
    )
    whole = measure(tmp_path / "whole", host=host, checks=("host_tests",))
    assert [one.rule for one in broken.results["host_tests"].findings] == ["regression"]
    assert whole.results["host_tests"].outcome is Outcome.PASSED


def test_a_requirement_needs_a_claim_and_a_test_that_passed(tmp_path: Path) -> None:
    unmarked = TEST_CART.replace('@pytest.mark.requirement("SHOP-001")\n', "")
    unclaimed = CART.replace("# @req SHOP-001\n", "")
    for number, changed in enumerate(({TESTS: unmarked}, {"shop/cart.py": unclaimed})):
        run = measure(tmp_path / str(number), {**OURS, **changed}, checks=("traceability",))
        assert run.results["traceability"].outcome is Outcome.FAILED


def test_an_id_that_the_story_lacks_is_named(tmp_path: Path) -> None:
    scope = scope_of(OURS, requirements=("SHOP-002",))
    run = measure(tmp_path, checks=("traceability",), scope=scope)
    messages = [one.message for one in run.results["traceability"].findings]
    assert "SHOP-001: not in the story" in messages
