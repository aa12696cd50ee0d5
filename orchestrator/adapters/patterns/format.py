"""Format Python text with ruff as a host's own configuration says; touches only temporary files."""

from __future__ import annotations

import importlib
import re
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from orchestrator.adapters.edits.allowed import allow_findings
from orchestrator.adapters.files.temporary import temporary
from orchestrator.adapters.patterns.docstrings import filled
from orchestrator.adapters.patterns.findings import Finding, of_pycodestyle, of_ruff
from orchestrator.adapters.patterns.host_styles import flake8_of, ruff_words
from orchestrator.adapters.patterns.mirror import CONFIGS, held_back, mirrored
from orchestrator.core.change.changes import File
from orchestrator.core.errors import CannotAnswer
from orchestrator.core.host.edits import AllowedFindings, EditDone

_SECONDS = 60
_LIMIT = re.compile(r"\(\d+ > (\d+)\b")


def fitted(
    files: Mapping[str, File], root: Path, instead: Mapping[str, File] | None = None
) -> tuple[dict[str, File], tuple[AllowedFindings, ...]]:
    """The Python files as a host formats and lints, all others as they are; and what it allows.

    A newer ruff also formats the Python in Markdown, so where the host uses ruff that is done too.

    The host's `[tool.ruff]` or `ruff.toml` nearest to each file rules, with every repair of ruff's
    that is safe; without one what black, isort and flake8 are told; without those ruff's defaults.
    Docstrings are filled where lines are too long for the host. What is left is to be allowed by
    the host's configuration, for these files alone. A ruff configuration that this ruff cannot
    read gives way to the defaults. One that is among `instead` counts as it is there, so that an
    upgrade asks again for what it allowed before. Raises CannotAnswer when a file is not valid
    Python.
    """
    python = {path: file for path, file in files.items() if path.endswith(".py")}
    if not python:
        return dict(files), ()
    with temporary("format") as copy:
        configured = mirrored(root, copy, python)
        for path, file in (instead or {}).items():
            if (copy / path).is_file():
                (copy / path).write_bytes(file.content)
        words = held_back(copy) if configured else ruff_words(root, min(python))
        host = _Host(root, copy, python, configured, words)
        allowances = host.lay_out()
        prose = host.in_prose({path: one for path, one in files.items() if path.endswith(".md")})
        done = {
            path: File((copy / path).read_bytes(), file.executable)
            for path, file in {**python, **prose}.items()
        }
    return {path: done.get(path, file) for path, file in files.items()}, allowances


@dataclass
class _Host:
    """A copy of the host's folders with the files to lay out in it."""

    root: Path
    copy: Path
    python: Mapping[str, File]
    configured: bool
    words: list[str]

    def lay_out(self) -> tuple[AllowedFindings, ...]:
        """Bring the files into the host's style, twice where its linter has to allow something:
        what it allows is no longer repaired, so that a later run finds nothing to change."""
        self._write()
        trouble = self._styled()
        if trouble and self.configured:
            self.configured, self.words = False, ["--isolated"]
            trouble = self._styled()
        if trouble:
            raise CannotAnswer(
                f"the rendered code cannot be formatted: {trouble}",
                remedy="check the answers; if they are right, the pattern is wrong",
            )
        allowances = tuple(self._allowances())
        if self.configured and allowances:
            for edit in allowances:
                result = allow_findings(edit, {edit.path: File(self._config(edit.path))})
                if isinstance(result, EditDone):
                    (self.copy / edit.path).write_bytes(result.after.content)
            self._write()
            self._styled()
        return allowances

    def in_prose(self, prose: Mapping[str, File]) -> Mapping[str, File]:
        """Format the Python in these Markdown files, where the host's ruff would; those files.

        A ruff that formats no Markdown leaves them as they are.
        """
        if not self.configured or not prose:
            return {}
        for path, file in prose.items():
            (self.copy / path).parent.mkdir(parents=True, exist_ok=True)
            (self.copy / path).write_bytes(file.content)
        self._ruff(["format", "--quiet", "--force-exclude"], prose)
        return prose

    def _config(self, path: str) -> bytes:
        return (self.copy / path).read_bytes()

    def _write(self) -> None:
        for path, file in self.python.items():
            (self.copy / path).write_bytes(file.content)

    def _styled(self) -> str:
        """Repair, format, and fill what is too long; the first trouble, or nothing."""
        trouble = self._repaired() or self._formatted()
        long = {} if trouble else self._too_long()
        for path, limit in long.items():
            text = (self.copy / path).read_bytes().decode("utf-8")
            (self.copy / path).write_bytes(filled(text, limit).encode("utf-8"))
        return trouble or (self._formatted() if long else "")

    def _repaired(self) -> str:
        sort = ["check", "--select", "I", "--fix", "--quiet", "--exit-zero"]
        trouble = self._ruff(sort).trouble
        if self.configured and not trouble:
            self._ruff(["check", "--fix", "--quiet", "--exit-zero", "--force-exclude"])
        return trouble

    def _formatted(self) -> str:
        return self._ruff(["format", "--quiet"]).trouble

    def _too_long(self) -> dict[str, int]:
        """The files with lines that the host finds too long, and the least limit."""
        limits: dict[str, int] = {}
        for finding in self._findings():
            found = _LIMIT.search(finding.message) if finding.rule in ("E501", "W505") else None
            if found:
                limits[finding.path] = min(int(found[1]), limits.get(finding.path, 1000))
        return limits

    def _findings(self) -> list[Finding]:
        """What the host's linter still reports: its ruff, or its flake8 by pyflakes' rules as ruff
        has them and by pycodestyle itself."""
        words = ["check", "--output-format", "json", "--exit-zero", "--force-exclude"]
        if self.configured:
            return of_ruff(self._ruff(words).shown, self.copy)
        flake8 = flake8_of(self.root, min(self.python))
        if flake8 is None:
            return []
        found = of_ruff(self._ruff([*words, "--select", "F"]).shown, self.copy)
        found += of_pycodestyle(self.copy, self.python, flake8)
        return [one for one in found if flake8.reports(one.rule)]

    def _allowances(self) -> Iterator[AllowedFindings]:
        """What the configurations of the host's linters have to allow, each for its own files."""
        flake8 = None if self.configured else flake8_of(self.root, min(self.python))
        areas = areas_of(self.python)
        wanted: dict[str, dict[str, set[str]]] = {}
        for one in self._findings():
            path = flake8.path if flake8 else self._nearest(one.path)
            wanted.setdefault(path, {}).setdefault(areas[one.path], set()).add(one.rule)
        for path, allowed in sorted(wanted.items()):
            folder = path.rpartition("/")[0]
            rules = (
                (_pattern(area, folder, bool(flake8)), tuple(sorted(allowed[area])))
                for area in sorted(allowed)
            )
            yield AllowedFindings(path, "flake8" if flake8 else "ruff", tuple(rules))

    def _nearest(self, path: str) -> str:
        """The configuration that ruff uses for a file."""
        for folder in PurePosixPath(path).parents:
            for name in reversed(CONFIGS):
                if (self.copy / folder / name).is_file():
                    return str(folder / name)
        raise LookupError(path)

    def _ruff(self, words: list[str], paths: Iterable[str] = ()) -> _Ended:
        ruff = str(importlib.import_module("ruff").find_ruff_bin())
        done = subprocess.run(
            [ruff, *words, "--no-cache", *self.words, "--", *sorted(paths or self.python)],
            cwd=self.copy,
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
        if done.returncode == 0:
            return _Ended(done.stdout)
        text = (done.stderr or done.stdout).decode("utf-8", "replace").strip()
        return _Ended(b"", text.splitlines()[0] if text else f"ruff ended with {done.returncode}")


@dataclass(frozen=True)
class _Ended:
    """What ruff wrote, or the first line of its trouble."""

    shown: bytes
    trouble: str = ""


def areas_of(paths: Iterable[str]) -> dict[str, str]:
    """The folder that each path belongs to, told from these paths alone: the topmost one that
    holds several of them; a path that is alone in its folder is its own."""
    every = sorted(paths)
    areas = {}
    for path in every:
        folders = [str(one) for one in reversed(PurePosixPath(path).parents) if str(one) != "."]
        areas[path] = next((one for one in folders if _is_area(one, every)), path)
    return areas


def _is_area(folder: str, paths: list[str]) -> bool:
    inside = [path for path in paths if path.startswith(f"{folder}/")]
    return len(inside) > 1 and any(
        PurePosixPath(path).parent == PurePosixPath(folder) for path in inside
    )


def _pattern(area: str, folder: str, for_flake8: bool) -> str:
    inside = area.removeprefix(f"{folder}/") if folder else area
    return inside if inside.endswith(".py") else f"{inside}/*" + "*" * (not for_flake8)
