"""Changes as a unified diff that `git apply` accepts for text; binary content is only named."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator

from orchestrator.core.change.changes import Change, File


def unified(changes: Iterable[Change]) -> str:
    """The diff of all changes, in their order."""
    return "".join("".join(_one(change)) for change in changes if change.kind != "same")


def _one(change: Change) -> Iterator[str]:
    before, after = _text(change.before), _text(change.after)
    yield f"diff --git a/{change.path} b/{change.path}\n"
    yield from _modes(change)
    if before is None or after is None:
        yield f"Binary files a/{change.path} and b/{change.path} differ\n"
        return
    old = f"a/{change.path}" if change.before else "/dev/null"
    new = f"b/{change.path}" if change.after else "/dev/null"
    for line in difflib.unified_diff(_lines(before), _lines(after), old, new):
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def _modes(change: Change) -> Iterator[str]:
    if change.before is None and change.after is not None:
        yield f"new file mode {_mode(change.after)}\n"
    elif change.after is None and change.before is not None:
        yield f"deleted file mode {_mode(change.before)}\n"
    elif change.before and change.after and change.before.executable != change.after.executable:
        yield f"old mode {_mode(change.before)}\nnew mode {_mode(change.after)}\n"


def _mode(file: File) -> str:
    return "100755" if file.executable else "100644"


def _lines(text: str) -> list[str]:
    return re.findall(r"[^\n]*\n|[^\n]+", text)


def _text(file: File | None) -> str | None:
    if file is None:
        return ""
    try:
        text = file.content.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text
