"""Add missing lines to `.gitignore`; every byte that is there stays."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase

from orchestrator.core.change.changes import File
from orchestrator.core.host.edits import EditCannot, EditDone, EditResult, EditThere, IgnoredPaths

_PATH = ".gitignore"


def add_ignored(edit: IgnoredPaths, existing: Mapping[str, File]) -> EditResult:
    """Append the lines that nothing in the file stands for yet."""
    file = existing.get(_PATH, File(b""))
    try:
        text = file.content.decode("utf-8-sig")
    except UnicodeDecodeError:
        paste = "\n".join(edit.lines) + "\n"
        return EditCannot(_PATH, "the file is not UTF-8", paste)
    rules = [line.strip() for line in text.splitlines() if line.strip()]
    missing = [line for line in edit.lines if not _covered(line, rules)]
    if not missing:
        return EditThere(_PATH)
    return EditDone(_PATH, File(appended(file.content, missing), file.executable))


def appended(content: bytes, lines: list[str]) -> bytes:
    """Some bytes with lines after them: same line ends, and the last one ended as it was."""
    end = b"\r\n" if b"\r\n" in content else b"\n"
    body = end.join(line.encode() for line in lines)
    if not content:
        return body + end
    if content.endswith(b"\n"):
        return content + body + end
    return content + end + body


def _covered(line: str, rules: list[str]) -> bool:
    """Say whether git would ignore what a line names; the last rule that fits decides."""
    wanted = line.strip("/")
    covered = False
    for rule in rules:
        if rule.startswith("#"):
            continue
        pattern = rule.removeprefix("!").strip("/").removeprefix("**/")
        fits = pattern == wanted or (
            not set("?[").intersection(pattern) and fnmatchcase(wanted, pattern)
        )
        covered = not rule.startswith("!") if fits else covered
    return covered
