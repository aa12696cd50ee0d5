"""Add requirements to a host's manifest; a pin of the host is never moved."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from orchestrator.adapters.edits.lines import appended
from orchestrator.core.change.changes import File
from orchestrator.core.host.edits import (
    AddDependencies,
    EditCannot,
    EditDone,
    EditResult,
    EditThere,
)
from orchestrator.core.text.encoded import encoding_of, text_of

_NAME = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[[^\]]*\])?\s*(.*)", re.DOTALL)
_INCLUDE = re.compile(r"\s*(?:-r|--requirement)[ =]\s*(\S+)")
_INSTALL = re.compile(r"install_requires\s*=")
_VERSION = re.compile(r"\d+(?:\.\d+)*")
_Written = tuple[bytes, list[str]]


def add_dependencies(edit: AddDependencies, existing: Mapping[str, File]) -> EditResult:
    """Add what is missing; there when nothing is; cannot when a pin stands against a floor."""
    writers = {
        "pep621": _pep621,
        "poetry": _poetry,
        "requirements": _requirements,
        "setup.cfg": _setup_cfg,
        "pipfile": _pipfile,
    }
    file = existing.get(edit.manifest)
    if file is None:
        return EditCannot(edit.manifest, "the file is not there", _paste(edit, edit.requirements))
    try:
        # Only the text files of pip may have another encoding: TOML is UTF-8, and so is setup.cfg.
        codec = encoding_of(file.content) if edit.style == "requirements" else "utf-8"
        text = file.content.decode(codec)
        done = writers[edit.style](text, edit, existing)
    except (UnicodeDecodeError, _Unclear) as error:
        because = str(error) if isinstance(error, _Unclear) else "it is not UTF-8; save it as such"
        needed = error.needed if isinstance(error, _Unclear) else ()
        paste = _paste(edit, needed or edit.requirements)
        return EditCannot(edit.manifest, because, paste, instead=isinstance(error, _Held))
    if done is None:
        return EditThere(edit.manifest)
    content, added = done
    return EditDone(edit.manifest, File(content, file.executable), tuple(added))


class _Unclear(Exception):
    """The manifest says something that this edit must not decide; `needed` is what it lacks."""

    def __init__(self, because: str, needed: tuple[str, ...] = ()) -> None:
        super().__init__(because)
        self.needed = needed


class _Held(_Unclear):
    """The manifest, or a file that it includes, holds a version that is too low."""


def _paste(edit: AddDependencies, requirements: Iterable[str]) -> str:
    """The requirements as a person would write them into the manifest."""
    if edit.style == "pipfile":
        return "[packages]\n" + "".join(map(_in_pipfile, requirements))
    return "".join(f"{one}\n" for one in requirements)


def _in_pipfile(requirement: str) -> str:
    name, extras, version = _entry(requirement)
    if not extras:
        return f'{name} = "{version}"\n'
    listed = ", ".join(f'"{one}"' for one in extras)
    return f'{name} = {{version = "{version}", extras = [{listed}]}}\n'


def _entry(requirement: str) -> tuple[str, list[str], str]:
    """The name, the extras and the versions of a requirement, for a table of them."""
    found = _NAME.match(requirement)
    extras = re.search(r"\[([^\]]*)\]", requirement)
    listed = extras[1].replace(" ", "").split(",") if extras else []
    return found[1] if found else requirement, listed, _split(requirement)[1] or "*"


def _split(requirement: str) -> tuple[str, str]:
    """The normalised name and the specifier of a requirement, without its marker."""
    found = _NAME.match(requirement)
    if found is None:
        return "", ""
    specifier = found[2].split(";")[0].split(" #")[0].strip().strip("()")
    return re.sub(r"[-_.]+", "-", found[1]).lower(), specifier


def _missing(wanted: tuple[str, ...], there: Mapping[str, str]) -> list[str]:
    """The wanted requirements whose names are not there. Raises _Held for low pins."""
    parts = {requirement: _split(requirement) for requirement in wanted}
    missing = [requirement for requirement, (name, _) in parts.items() if name not in there]
    low = {
        requirement: name
        for requirement, (name, floor) in parts.items()
        if name in there and not _reaches(there[name], floor)
    }
    if low:
        held = "; ".join(
            f"{name} is held at {there[name]!r}, but {requirement} is needed"
            for requirement, name in low.items()
        )
        raise _Held(f"{held}; no pin is moved for you", tuple(low))
    return missing


def _reaches(specifier: str, floor: str) -> bool:
    """Say whether a specifier admits some version that satisfies a floor."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet
    from packaging.version import InvalidVersion, Version

    if not specifier or not floor or specifier.startswith("@"):
        return True
    try:
        allowed, needed = SpecifierSet(specifier), SpecifierSet(floor)
        versions = {Version(one.version.removesuffix(".*")) for one in (*allowed, *needed)}
    except (InvalidSpecifier, InvalidVersion):
        return False
    versions |= {Version(f"{one.base_version}.1") for one in versions}
    return any(
        allowed.contains(one, prereleases=True) and needed.contains(one, prereleases=True)
        for one in versions
    )


def _pep621(text: str, edit: AddDependencies, _existing: Mapping[str, File]) -> _Written | None:
    import tomlkit

    document = _parsed(text)
    project = document.get("project")
    if not isinstance(project, dict):
        raise _Unclear("there is no [project] table")
    listed = project.get("dependencies", [])
    if not isinstance(listed, list):
        raise _Unclear("project.dependencies is not a list")
    missing = _missing(edit.requirements, dict(_split(str(one)) for one in listed))
    if not missing:
        return None
    if "dependencies" not in project:
        project["dependencies"] = tomlkit.array()
    for requirement in missing:
        project["dependencies"].append(requirement)
    return _dumped(document, text), missing


def _poetry(text: str, edit: AddDependencies, _existing: Mapping[str, File]) -> _Written | None:
    import tomlkit

    document = _parsed(text)
    table = document.get("tool", {}).get("poetry", {}).get("dependencies")
    if not isinstance(table, dict):
        raise _Unclear("there is no [tool.poetry.dependencies] table")
    there = {_split(name)[0]: _poetry_specifier(value) for name, value in table.items()}
    missing = _missing(edit.requirements, there)
    for requirement in missing:
        name, extras, version = _entry(requirement)
        if extras:
            value = tomlkit.inline_table()
            value.update({"version": version, "extras": extras})
            table[name] = value
        else:
            table[name] = version
    return (_dumped(document, text), missing) if missing else None


def _poetry_specifier(value: object) -> str:
    """A Poetry constraint as a PEP 440 specifier; "" when it does not bind a version."""
    if isinstance(value, dict):
        value = value.get("version", "")
    parts = [part.strip() for part in str(value).split(",")]
    if "||" in str(value) or parts in (["*"], [""]):
        return ""
    return ",".join(_poetry_part(part) for part in parts)


def _poetry_part(part: str) -> str:
    if part[:1] not in "^~" or part.startswith("~="):
        return part if part[:1] in "<>=!~" else f"=={part}"
    numbers = [int(number) for number in _VERSION.findall(part)[0].split(".")]
    caret = next((i for i, number in enumerate(numbers) if number), len(numbers) - 1)
    at = caret if part[0] == "^" else min(1, len(numbers) - 1)
    above = [*numbers[:at], numbers[at] + 1]
    return f">={part[1:].strip()},<{'.'.join(str(number) for number in above)}"


def _requirements(
    text: str, edit: AddDependencies, existing: Mapping[str, File]
) -> _Written | None:
    if "--hash=" in text:
        raise _Unclear("its lines carry hashes, so a tool must add to it")
    there = _listed(edit.manifest, existing, seen=set())
    missing = _missing(edit.requirements, there)
    if not missing:
        return None
    codec = encoding_of(existing[edit.manifest].content)
    return appended(text.encode(), missing).decode().encode(codec), missing


def _setup_cfg(text: str, edit: AddDependencies, _existing: Mapping[str, File]) -> _Written | None:
    """Lines below `install_requires`, indented as its others."""
    lines = text.splitlines(keepends=True)
    start = next((n for n, line in enumerate(lines) if _INSTALL.match(line)), None)
    if start is None or "\r" in text.replace("\r\n", ""):
        raise _Unclear("there is no install_requires that can be read")
    end = start + 1
    while end < len(lines) and lines[end][:1] in (" ", "\t") and lines[end].strip():
        end += 1
    own = [lines[start].partition("=")[2], *lines[start + 1 : end]]
    plain = [line.strip() for line in own if line.strip() and line.strip()[0] not in "#;"]
    missing = _missing(edit.requirements, dict(map(_split, plain)))
    if not missing:
        return None
    after = lines[end - 1].removesuffix("\n").removesuffix("\r")
    newline = "\r\n" if "\r\n" in text else "\n"
    indent = lines[end - 1][: -len(lines[end - 1].lstrip())] if end > start + 1 else "    "
    added = [f"{indent}{one}" for one in missing]
    lines[end - 1] = newline.join([after, *added]) + lines[end - 1][len(after) :]
    return "".join(lines).encode(), missing


def _pipfile(text: str, edit: AddDependencies, _existing: Mapping[str, File]) -> _Written | None:
    """There when a person has written them; pipenv's own file is never written."""
    packages = _parsed(text).get("packages", {})
    there = {_split(name)[0]: _poetry_specifier(value) for name, value in packages.items()}
    missing = _missing(edit.requirements, there)
    if missing:
        raise _Unclear("a Pipfile is not edited", tuple(missing))
    return None


def _listed(path: str, existing: Mapping[str, File], seen: set[str]) -> dict[str, str]:
    """The requirements of a file and of the files that it includes."""
    if path in seen or path not in existing:
        return {}
    seen.add(path)
    found: dict[str, str] = {}
    for line in text_of(existing[path].content).splitlines():
        included = _INCLUDE.match(line)
        if included:
            folder = path.rpartition("/")[0]
            found.update(_listed(f"{folder}/{included[1]}".lstrip("/"), existing, seen))
        elif line.strip() and line.strip()[0] not in "-#":
            name, specifier = _split(line)
            found[name] = specifier
    return found


def _parsed(text: str) -> Any:
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    try:
        return tomlkit.parse(text)
    except (TOMLKitError, RecursionError) as error:
        raise _Unclear(f"it is not valid TOML: {error}") from error


def _dumped(document: Any, before: str) -> bytes:
    import tomlkit

    after = tomlkit.dumps(document)
    if "\r\n" in before and "\n" not in before.replace("\r\n", ""):
        after = after.replace("\r\n", "\n").replace("\n", "\r\n")
    lost = [line for line in before.splitlines() if line not in after.splitlines()]
    if len(lost) > 1:
        raise _Unclear("it cannot be changed without touching other lines")
    return after.encode()
