"""Which paths the tool may write: a rule about names alone, which looks at no disk."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

_DEVICES = frozenset(
    {"con", "prn", "aux", "nul", "conin$", "conout$"}
    | {f"{port}{number}" for port in ("com", "lpt") for number in "0123456789¹²³"}
)
_INVISIBLE = frozenset({"Cc", "Cf", "Zl", "Zp"})
_RESERVED = re.compile(r'[<>:"|?*]')
_NAME_BYTES = 255
_PATH_BYTES = 1024


def problem(path: str) -> str | None:
    """Why this is no path that may be written, or None.

    A good path is relative, POSIX, in plain sight, and means the same file on every system that a
    clone may land on. The rules follow git's own `verify_path` with protectHFS and protectNTFS, and
    add what that lets pass: line breaks, invisible characters, device names and long names.
    """
    try:
        encoded = path.encode("utf-8")
    except UnicodeEncodeError:
        return "is not valid Unicode"
    if not path or path.startswith("/"):
        return "is absolute" if path else "is empty"
    if "\\" in path:
        return "has a backslash"
    if len(encoded) > _PATH_BYTES:
        return f"is longer than {_PATH_BYTES} bytes"
    return next((why for name in path.split("/") if (why := _name_problem(name))), None)


def _name_problem(name: str) -> str | None:
    if not name or name in {".", ".."}:
        return "has an empty, '.' or '..' part"
    if invisible(name):
        return "has a control, bidirectional or invisible character"
    if _is_git(name):
        return "reaches into git's own folder"
    if len(name.encode("utf-8")) > _NAME_BYTES:
        return f"has a name longer than {_NAME_BYTES} bytes"
    if _RESERVED.search(name):
        return "has a character that some systems reserve"
    if name[-1] in ". ":
        return "has a name that ends with a dot or a space"
    if name.startswith("-"):
        return "has a name that starts with '-' and reads like an option"
    if name.split(".")[0].rstrip().casefold() in _DEVICES:
        return "has the name of a device"
    return None


def invisible(text: str) -> bool:
    """Whether a text has a control, bidirectional or invisible character."""
    return any(unicodedata.category(character) in _INVISIBLE for character in text)


def _is_git(name: str) -> bool:
    bare = folded(name).split(":")[0].rstrip(". ")
    return bare == ".git" or re.fullmatch(r"git~[0-9]+", bare) is not None


def folded(name: str) -> str:
    """One spelling for all names that a case-blind or normalising file system takes for one."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", name).casefold())


def collisions(touched: Iterable[str], existing: Iterable[str]) -> tuple[str, ...]:
    """Sentences about touched paths that share a place with another path.

    Twins differ only in case or in Unicode form, in the last name or in a folder; and a path may
    not be a file and a folder at once. `existing` may hold folders and the touched paths as well.
    """
    wanted = sorted(set(touched))
    spellings: dict[str, str] = {}
    for path in existing:
        for prefix in _prefixes(path):
            spellings.setdefault(folded(prefix), prefix)
    files = set(wanted)
    found = [sentence for path in wanted for sentence in _twins(path, spellings)]
    for path in wanted:
        found.extend(
            f"{path} needs {prefix} to be a folder, and {prefix} is to be a file"
            for prefix in _prefixes(path)[:-1]
            if prefix in files
        )
    return tuple(dict.fromkeys(found))


def _twins(path: str, spellings: dict[str, str]) -> list[str]:
    found = []
    for prefix in _prefixes(path):
        there = spellings.setdefault(folded(prefix), prefix)
        if there != prefix:
            found.append(f"{prefix} and {there} are one name on some systems")
    return found


def _prefixes(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[: end + 1]) for end in range(len(parts))]
