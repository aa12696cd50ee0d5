"""What the host's own test run demands of the code, which new code has to meet as well."""

from __future__ import annotations

import re
from collections.abc import Iterator

from orchestrator.adapters.memory.manifests import ini_of, table_in, toml_of
from orchestrator.adapters.memory.source import Source
from orchestrator.adapters.memory.style import upwards
from orchestrator.core.host.host import Observation, Place

_COVERAGE = (
    (".coveragerc", "report"),
    ("setup.cfg", "coverage:report"),
    ("tox.ini", "coverage:report"),
)
_PYTEST = (("pytest.ini", "pytest"), ("setup.cfg", "tool:pytest"), ("tox.ini", "pytest"))
_OPTION = re.compile(r"--cov-fail-under[= ](\d+(?:\.\d+)?)")
_LINE = re.compile(r"\s*fail_under\s*=|.*--cov-fail-under")


def demanded_coverage(folder: str, source: Source) -> Iterator[Observation]:
    """The share of lines below which the host's run of its tests fails, at or above a folder."""
    above = [f"{one}/" if one else "" for one in upwards(folder)]
    for path, percent in (one for here in above for one in _floors(here, source)):
        lines = source.text(path).splitlines()
        line = next((n for n, text in enumerate(lines, 1) if _LINE.match(text)), 0)
        because = (
            f"the host's own test run fails below {percent} % coverage; the new package may count "
            "in it, so it should run the new tests too, or leave the package out"
        )
        yield Observation("coverage", "note", because, Place(path, line))
        return


def _floors(here: str, source: Source) -> Iterator[tuple[str, str]]:
    project = toml_of(source.text(f"{here}pyproject.toml"))
    report = table_in(project, "tool", "coverage", "report")
    if report.get("fail_under"):
        yield f"{here}pyproject.toml", str(report["fail_under"])
    for name, section in _COVERAGE:
        floor = ini_of(source.text(here + name)).get(section, "fail_under", fallback="0")
        if floor != "0":
            yield here + name, floor
    words = table_in(project, "tool", "pytest", "ini_options").get("addopts", "")
    options = [("pyproject.toml", words if isinstance(words, str) else " ".join(map(str, words)))]
    for name, section in _PYTEST:
        told = ini_of(source.text(here + name)).get(section, "addopts", fallback="")
        options.append((name, told))
    for name, told in options:
        found = _OPTION.search(told)
        if found and float(found[1]):
            yield here + name, found[1]
