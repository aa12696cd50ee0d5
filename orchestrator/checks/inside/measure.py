"""Run pytest in the measured environment, with coverage when asked; reads no host configuration.

The gate's own tools are imported before the tree comes onto the path, so that a file of the tree
cannot take the place of pytest, coverage or a standard module.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

import orchestrator_probe  # type: ignore[import-not-found]
import pytest


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--path", action="append", default=[])
    parser.add_argument("--coverage", default="", metavar="RCFILE")
    parser.add_argument("--coverage-json", default="", metavar="FILE")
    parser.add_argument("--plant", nargs=2, default=(), metavar=("SOURCE", "TARGET"))
    parser.add_argument("--log", required=True)
    parser.add_argument("words", nargs="*")
    asked = parser.parse_args()
    _show_tree(asked.path)
    if asked.plant:
        Path(asked.plant[1]).write_bytes(Path(asked.plant[0]).read_bytes())
    words = ["-p", orchestrator_probe.__name__, f"--probe-log={asked.log}", *asked.words]
    if not asked.coverage:
        return int(pytest.main(words))
    return _measured(words, asked.coverage, asked.coverage_json)


def _show_tree(paths: list[str]) -> None:
    """Put the tree's roots onto the path, here and for the processes that tests start."""
    roots = [str(Path(path).resolve()) for path in paths]
    sys.path[1:1] = roots
    os.environ["PYTHONPATH"] = os.pathsep.join(roots)


def _measured(words: list[str], rcfile: str, report: str) -> int:
    import coverage

    measure = coverage.Coverage(data_file=None, config_file=rcfile)
    measure.start()
    code = int(pytest.main(words))
    measure.stop()
    try:
        measure.json_report(outfile=report)
    except coverage.CoverageException as problem:
        sys.stderr.write(f"coverage: {problem}\n")
    return code


if __name__ == "__main__":
    ended = main()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(ended)
