"""Read what a host's manifest asks for, as words for uv; installs nothing."""

from __future__ import annotations

import configparser
import json
import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from orchestrator.core.errors import CannotAnswer
from orchestrator.core.host.compiled import compiled, compiled_pins
from orchestrator.core.host.host import Manifest

_TEST_GROUPS = ("test", "tests", "testing", "dev", "develop", "development")
_INCLUDE = re.compile(r"\s*(?:-r|--requirement)[ =]\s*(\S+)")
_NEVER_LOCKED = ("virtual", "editable", "directory", "path")


@dataclass(frozen=True)
class Declared:
    """What to install: options for `uv pip install`, plain requirements, and pinned versions.

    `read` are the files, relative to the root, whose content decides the result.
    """

    options: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()
    pins: tuple[str, ...] = ()
    read: tuple[str, ...] = ()


def declared(root: Path, manifest: Manifest | None) -> Declared:
    """The host's dependencies with those of its tests. Raises CannotAnswer for a broken file."""
    if manifest is None:
        return Declared()
    folder = (root / manifest.path).parent
    pins = tuple(sorted({pin for name in manifest.lock_files for pin in locked(root / name)}))
    read = (manifest.path, *manifest.lock_files)
    match manifest.style:
        case "pep621":
            return Declared(_pep621(root, manifest.path), _pdm(root / manifest.path), pins, read)
        case "setup.cfg":
            extras = tuple(_setup_cfg_tests(root / manifest.path))
            return Declared(("-r", manifest.path), extras, pins, read)
        case "poetry":
            return Declared((), tuple(_poetry(_toml(root / manifest.path))), pins, read)
        case "pipfile":
            return Declared((), tuple(_pipfile(_toml(root / manifest.path))), pins, read)
        case "requirements":
            files = _requirement_files(root, folder, manifest.path)
            options = tuple(word for name in files[0] for word in ("-r", name))
            return Declared(options, (), pins, (*files[1], *manifest.lock_files))


def _pep621(root: Path, path: str) -> tuple[str, ...]:
    data = _toml(root / path)
    extras = data.get("project", {}).get("optional-dependencies", {})
    groups = data.get("dependency-groups", {})
    words = ["-r", path]
    for name in _TEST_GROUPS:
        if name in extras:
            words += ["--extra", name]
        if name in groups:
            words += ["--group", f"{path}:{name}"]
    return tuple(words)


def _pdm(file: Path) -> tuple[str, ...]:
    """The requirements of tests in PDM's own table, which uv does not read."""
    groups = _toml(file).get("tool", {}).get("pdm", {}).get("dev-dependencies", {})
    listed = (one for name in _TEST_GROUPS for one in groups.get(name, ()))
    return tuple(one for one in listed if not one.startswith("-e "))


def _setup_cfg_tests(file: Path) -> Iterator[str]:
    """The extras of a `setup.cfg` that are for tests."""
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(file.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, configparser.Error) as error:
        raise _broken(file, error) from error
    for name in _TEST_GROUPS:
        lines = parser.get("options.extras_require", name, fallback="").splitlines()
        yield from (line.strip() for line in lines if line.strip()[:1] not in ("", "#", ";"))


def _requirement_files(root: Path, folder: Path, first: str) -> tuple[list[str], list[str]]:
    """The files to install, and all files whose content may be included by them."""
    folder = folder.parent if folder.name == "requirements" else folder
    around = sorted({*folder.glob("*requirements*.txt"), *folder.glob("requirements/*.txt")})
    names = [file.relative_to(root).as_posix() for file in around if file.is_file()]
    tests = [name for name in names if re.search(r"dev|test", Path(name).name)]
    tests += _including(root, folder, first)
    wanted = list(dict.fromkeys([first, *(name for name in tests if name != first)]))
    return wanted, sorted({*names, *wanted})


def _including(root: Path, folder: Path, first: str) -> Iterator[str]:
    """The requirements of tests in the folders above that include the host's own."""
    for above in folder.parents if folder != root else ():
        for file in sorted(above.glob("*requirements*.txt")):
            lines = file.read_text("utf-8", errors="replace").splitlines()
            included = (found[1] for found in map(_INCLUDE.match, lines) if found)
            if any((above / one).resolve() == (root / first).resolve() for one in included):
                yield file.relative_to(root).as_posix()
        if above == root:
            return


def _poetry(data: Mapping[str, Any]) -> Iterator[str]:
    poetry = data.get("tool", {}).get("poetry", {})
    groups = poetry.get("group", {})
    tables = [
        poetry.get("dependencies", {}),
        poetry.get("dev-dependencies", {}),
        *(groups[name].get("dependencies", {}) for name in _TEST_GROUPS if name in groups),
    ]
    for table in tables:
        for name, wanted in table.items():
            if name.lower() != "python":
                yield from _from_table(name, wanted, optional=False)


def _pipfile(data: Mapping[str, Any]) -> Iterator[str]:
    for section in ("packages", "dev-packages"):
        for name, wanted in data.get(section, {}).items():
            yield from _from_table(name, wanted, optional=False)


def _from_table(name: str, wanted: object, *, optional: bool) -> Iterator[str]:
    """A poetry or Pipfile entry as PEP 508; a local path cannot be had in an isolated place."""
    if isinstance(wanted, str):
        yield name + _listed(wanted)
    elif isinstance(wanted, list):
        for one in wanted:
            yield from _from_table(name, one, optional=optional)
    elif isinstance(wanted, Mapping) and not wanted.get("path"):
        extras = ",".join(wanted.get("extras", ()))
        start = f"{name}[{extras}]" if extras else name
        if "git" in wanted:
            rev = (
                wanted.get("rev") or wanted.get("tag") or wanted.get("branch") or wanted.get("ref")
            )
            yield f"{start} @ git+{wanted['git']}" + (f"@{rev}" if rev else "")
        elif "url" in wanted:
            yield f"{start} @ {wanted['url']}"
        else:
            marker = wanted.get("markers")
            tail = f" ; {marker}" if marker else ""
            yield start + _listed(str(wanted.get("version", "*"))) + tail


def _listed(versions: str) -> str:
    parts = [part.strip() for part in versions.split(",")]
    return ",".join(poetry_version(part) for part in parts if part not in ("", "*"))


def poetry_version(part: str) -> str:
    """One poetry constraint as PEP 440: `^1.2` is `>=1.2,<2`, `~1.2` is `>=1.2,<1.3`."""
    caret = re.fullmatch(r"\^\s*(\d+(?:\.\d+)*)(\S*)", part)
    if caret:
        return f">={caret[1]}{caret[2]},<{_above(caret[1], tilde=False)}"
    tilde = re.fullmatch(r"~\s*(\d+(?:\.\d+)*)(\S*)", part)
    if tilde:
        return f">={tilde[1]}{tilde[2]},<{_above(tilde[1], tilde=True)}"
    if re.match(r"\d", part):
        return f"=={part}"
    return part


def _above(version: str, *, tilde: bool) -> str:
    numbers = [int(number) for number in version.split(".")]
    if tilde:
        place = min(1, len(numbers) - 1)
    else:
        place = next((i for i, number in enumerate(numbers) if number), len(numbers) - 1)
    return ".".join(str(n) for n in [*numbers[:place], numbers[place] + 1])


def locked(file: Path) -> Iterator[str]:
    """The pins of a lock file; what has several versions or no index is left out."""
    if file.name == "Pipfile.lock":
        data = _json(file)
        for section in ("default", "develop"):
            for name, entry in data.get(section, {}).items():
                if str(entry.get("version", "")).startswith("=="):
                    yield f"{name}{entry['version']}"
    elif file.suffix == ".lock" and file.is_file():
        packages = [one for one in _toml(file).get("package", []) if _from_index(one)]
        often = Counter(one["name"] for one in packages)
        for one in packages:
            if often[one["name"]] == 1:
                yield f"{one['name']}=={one['version']}"
    elif file.suffix == ".txt" and file.is_file():
        yield from compiled_pins(file.read_text("utf-8", errors="replace"))


def _from_index(package: Mapping[str, Any]) -> bool:
    source = package.get("source", {})
    local = any(word in source for word in _NEVER_LOCKED) or source.get("type") == "directory"
    return "version" in package and not local and "git" not in source


def _toml(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        raise _broken(file, error) from error


def _json(file: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise _broken(file, error) from error
    return found


def _broken(file: Path, error: Exception) -> CannotAnswer:
    return CannotAnswer(
        f"{file.name} cannot be read: {error}",
        remedy=f"mend {file.name}; the gate's environment is made from it",
    )


def unchanged(before: Sequence[str], after: Sequence[str]) -> tuple[str, ...]:
    """Name each line of a freeze that another freeze no longer has; empty when none moved."""
    kept = {line.strip().lower() for line in after}
    return tuple(line for line in before if line.strip().lower() not in kept)


def held_lower(pins: Sequence[str], requirements: Sequence[str]) -> dict[str, str]:
    """The pinned versions that a requirement shuts out: `name==version` to the requirement."""
    pinned = {canonicalize_name(name): pin for pin in pins for name in [pin.partition("==")[0]]}
    held = {}
    for text in requirements:
        wanted = Requirement(text)
        pin = pinned.get(canonicalize_name(wanted.name), "")
        if pin and not wanted.specifier.contains(pin.partition("==")[2], prereleases=True):
            held[pin] = text
    return held


def command_to_raise(lock: str, names: Sequence[str], text: str = "") -> str:
    """How the versions of some names in a lock file are raised by the tool that wrote it; `text` is
    what a requirements file holds, whose header names the command."""
    made = compiled(text)
    if made and (raising := made.raising(names)):
        return raising
    name = lock.rpartition("/")[2]
    if name == "uv.lock":
        return " ".join(["uv lock", *(f"--upgrade-package {one}" for one in names)])
    tool = {"poetry.lock": "poetry", "pdm.lock": "pdm", "Pipfile.lock": "pipenv"}.get(name)
    return f"{tool} update {' '.join(names)}" if tool else f"raise {', '.join(names)} in {lock}"
