"""Run pytest in the measured environment, with coverage when asked; reads no host configuration.

The gate's own tools are imported before the tree comes onto the path, so that a file of the tree
cannot take the place of pytest, coverage or a standard module.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import sys
from pathlib import Path

import coverage
import pytest

GUARDED = ("pytest_randomly", "_pytest", "pluggy", "coverage")


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--path", action="append", default=[])
    parser.add_argument("--coverage", default="", metavar="RCFILE")
    parser.add_argument("--coverage-json", default="", metavar="FILE")
    parser.add_argument("--plant", nargs=2, default=(), metavar=("SOURCE", "TARGET"))
    parser.add_argument("--folder", default=".")
    parser.add_argument("--no-threshold", action="store_true")
    parser.add_argument("--log", required=True)
    parser.add_argument("words", nargs="*")
    asked = parser.parse_args()
    words = ["--no-cov"] if asked.no_threshold and importlib.util.find_spec("pytest_cov") else []
    before = _origins()
    _show_tree(asked.path)
    if _origins() != before:
        sys.exit("a module of the tree takes the name of one of the gate's tools")
    if asked.plant:
        Path(asked.plant[1]).write_bytes(Path(asked.plant[0]).read_bytes())
    os.chdir(asked.folder)
    words += ["-p", "orchestrator_probe", f"--probe-log={asked.log}", *asked.words]
    if not asked.coverage:
        return int(pytest.main(words))
    return _measured(words, asked.coverage, asked.coverage_json)


def _origins() -> list[str | None]:
    """Where the tools come from that are imported only later."""
    specs = [importlib.util.find_spec(name) for name in GUARDED]
    return [spec.origin if spec else None for spec in specs]


def _show_tree(paths: list[str]) -> None:
    """Put the tree's roots onto the path, here and for the processes that tests start."""
    roots = [str(Path(path).resolve()) for path in paths]
    sys.path[1:1] = roots
    os.environ["PYTHONPATH"] = os.pathsep.join(roots)


def _measured(words: list[str], rcfile: str, report: str) -> int:
    measure = coverage.Coverage(data_file=None, config_file=rcfile)
    measure.start()
    code = int(pytest.main(words))
    measure.stop()
    try:
        measure.json_report(outfile=report)
        _shorten(Path(report))
    except coverage.CoverageException as problem:
        sys.stderr.write(f"coverage: {problem}\n")
    return code


def _shorten(report: Path) -> None:
    """Keep the per-file lists from which every figure is summed; drop what repeats them."""
    content = json.loads(report.read_bytes())
    for entry in content["files"].values():
        for name in ("functions", "classes", "summary"):
            entry.pop(name, None)
    content["meta"].pop("timestamp", None)
    report.write_text(json.dumps(content, sort_keys=True), encoding="utf-8")


if __name__ == "__main__":
    ended = main()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(ended)
