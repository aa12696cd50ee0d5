"""A pytest plugin that writes down each phase of each test as it happens; changes nothing else."""

from __future__ import annotations

import json
from typing import Any, TextIO

import pytest

_STATE: dict[str, TextIO] = {}


def pytest_addoption(parser: Any) -> None:
    parser.addoption("--probe-log", default=None, help="where the gate's probe writes JSON lines")
    parser.addoption("--probe-reverse", action="store_true", help="run the tests backwards")


def pytest_configure(config: Any) -> None:
    path = config.getoption("--probe-log")
    if path and not hasattr(config, "workerinput"):  # a host may run its tests with xdist
        _STATE["log"] = open(path, "w", encoding="utf-8", newline="\n")  # noqa: PTH123, SIM115


def _write(**line: object) -> None:
    log = _STATE.get("log")
    if log is not None:
        log.write(json.dumps(line, sort_keys=True) + "\n")
        log.flush()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: Any, items: list[Any]) -> None:
    if config.getoption("--probe-reverse"):
        items.reverse()
    for item in items:
        for mark in item.iter_markers("requirement"):
            item.user_properties += [("requirement", str(one)) for one in mark.args]


@pytest.hookimpl(trylast=True)
def pytest_collection_finish(session: Any) -> None:
    if session.items:
        _write(event="collected", tests=sorted(item.nodeid for item in session.items))


def pytest_collectreport(report: Any) -> None:
    if report.failed:
        _write(event="not collected", where=report.nodeid, because=_last_line(report))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_logreport(report: Any) -> None:
    _write(
        event="phase",
        test=report.nodeid,
        when=report.when,
        outcome=report.outcome,
        xfail=hasattr(report, "wasxfail"),
        requirements=sorted({v for k, v in report.user_properties if k == "requirement"}),
        because=_last_line(report) if report.failed else "",
    )


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(exitstatus: Any) -> None:
    _write(event="finished", exit=int(exitstatus))


def _last_line(report: Any) -> str:
    lines = [line for line in str(report.longrepr).splitlines() if line.strip()]
    said = [line[1:].strip() for line in lines if line.startswith("E ")]
    return (said or lines[-1:] or [""])[0][:300]
